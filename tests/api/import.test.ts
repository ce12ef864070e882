import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ImportKind, ImportResult } from "#contract/data-exchange.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { Answer, TestClient } from "#tests/support/test-client.ts";
import { workbook } from "#tests/support/zip.ts";

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("import");
  admin = await server.as("Admin");
});
afterAll(() => server.close());

const send = (kind: ImportKind, csv: string, query = "", client = admin): Promise<Answer> =>
  client.call("POST", `/import/${kind}${query}`, csv, { "content-type": "text/csv" });
const bring = async (kind: ImportKind, csv: string, query = "") => (await send(kind, csv, query)).read(ImportResult);
const counts = async (kind: ImportKind, csv: string, query = "") => {
  const { rowsRead, rowsCreated, rowsChanged, rowsUnchanged, rowsBad } = await bring(kind, csv, query);
  return { rowsRead, rowsCreated, rowsChanged, rowsUnchanged, rowsBad };
};
/** `line column: reason` of every bad row of a refused file. */
const faults = async (kind: ImportKind, csv: string, query = "") => {
  const answer = await send(kind, csv, query);
  expect(answer).toMatchObject({ status: 400 });
  const rows = (answer.error.details?.["badRows"] ?? []) as { line: number; column: string; reason: string }[];
  return rows.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
};
const fileFault = async (kind: ImportKind, csv: string) => (await send(kind, csv)).error.message;
const first = async <Row>(sql: string, ...values: unknown[]) => (await server.sql<Row>(sql, values))[0];
const item = (sku: string) =>
  first<Record<string, unknown>>("SELECT * FROM item WHERE sku = $1 AND tenant_id = $2", sku, server.tenants.acme.id);

describe("units", () => {
  test("are made, changed, and left alone", async () => {
    expect(await counts("units", "code,name,whole\ndrum,Drum,yes\nMM,Millimetre,\n")).toEqual({
      rowsRead: 2,
      rowsCreated: 2,
      rowsChanged: 0,
      rowsUnchanged: 0,
      rowsBad: 0,
    });
    expect(await counts("units", "code,name\nDRUM,Steel drum\nMM,Millimetre\n")).toEqual({
      rowsRead: 2,
      rowsCreated: 0,
      rowsChanged: 1,
      rowsUnchanged: 1,
      rowsBad: 0,
    });
    expect(await first("SELECT name, whole, version FROM unit WHERE code = 'DRUM'")).toEqual({
      name: "Steel drum",
      whole: true,
      version: 2,
    });
    const told = await first("SELECT action, before, after FROM audit_event WHERE action = 'unit.updated'");
    expect(told).toEqual({ action: "unit.updated", before: { name: "Drum" }, after: { name: "Steel drum" } });
  });
});

describe("suppliers", () => {
  test("come in with their contacts", async () => {
    const csv =
      "code,name,email,phone,website,active\nacme-1,Acme Steel,Sales@Acme.Example,+43 1 234,https://acme.example,1\nb2,Bolts & Co,,,,0\n";
    expect(await counts("suppliers", csv)).toMatchObject({ rowsCreated: 2 });
    expect(await first("SELECT name, email, phone, website, active FROM supplier WHERE code = 'ACME-1'")).toEqual({
      name: "Acme Steel",
      email: "sales@acme.example",
      phone: "+43 1 234",
      website: "https://acme.example",
      active: true,
    });
    expect(await first("SELECT email, active FROM supplier WHERE code = 'B2'")).toEqual({ email: null, active: false });
    expect(await faults("suppliers", "code,name,email\nC,Cee,not an address\n")).toEqual(["2 email: Must be an e-mail address"]);
  });
});

describe("items", () => {
  test("come in with everything they have, however the file writes it", async () => {
    const csv =
      "\uFEFFSKU,Name,Description,Category,Base UOM,tracking,shelfLifeDays,reorder_point,safety_stock,reorder_quantity,maximum_stock,abc_class,standard_cost,active,barcode\r\n" +
      'w-1 ,"Widget, ""large"" ","Line one\r\nline two",Parts,kg,lot,30.00,.50,3.00,0012,100.5000,a,.00,TRUE,4006381333931\r\n' +
      "\r\n" +
      "w-2,Gadget,,,,,,,,,,,,,\r\n";
    expect(await counts("items", csv)).toEqual({ rowsRead: 2, rowsCreated: 2, rowsChanged: 0, rowsUnchanged: 0, rowsBad: 0 });
    expect(await item("W-1")).toMatchObject({
      name: 'Widget, "large"',
      description: "Line one\r\nline two",
      category: "Parts",
      base_uom: "KG",
      tracking: "LOT",
      shelf_life_days: 30,
      reorder_point: "0.5000",
      safety_stock: "3.0000",
      reorder_quantity: "12.0000",
      maximum_stock: "100.5000",
      abc_class: "A",
      standard_cost: "0.0000",
      active: true,
      version: 1,
    });
    expect(await item("W-2")).toMatchObject({ description: null, base_uom: "EA", tracking: "NONE", reorder_point: null, active: true });
    expect(await first("SELECT i.sku FROM item_barcode b JOIN item i ON i.id = b.item_id WHERE b.code = '4006381333931'")).toEqual({
      sku: "W-1",
    });
    expect(await counts("items", csv)).toEqual({ rowsRead: 2, rowsCreated: 0, rowsChanged: 0, rowsUnchanged: 2, rowsBad: 0 });
  });

  test("columns that the file has not stay as they are; an empty cell empties", async () => {
    await bring("items", "sku,name,category,reorder_point\nKEEP,Keep,Parts,5\n");
    expect(await counts("items", "sku,name,reorder_point\nKEEP,Keep,\n")).toMatchObject({ rowsChanged: 1 });
    expect(await item("KEEP")).toMatchObject({ category: "Parts", reorder_point: null, version: 2 });
  });

  test("every class of bad cell is told with its line, column and reason, and nothing comes in", async () => {
    const rows = [
      "sku,name,base_uom,tracking,reorder_point,shelf_life_days,active,abc_class,barcode",
      "OK-1,Fine,EA,NONE,1,1,true,A,",
      ",No sku,EA,NONE,,,,,",
      "B-2,,EA,NONE,,,,,",
      `${"x".repeat(65)},Long,EA,NONE,,,,,`,
      `B-4,${"n".repeat(201)},EA,NONE,,,,,`,
      "B-5,Number,EA,NONE,twelve,,,,",
      "B-6,Negative,EA,NONE,-1,,,,",
      "B-7,Decimals,EA,NONE,1.00001,,,,",
      "B-8,Large,EA,NONE,123456789012,,,,",
      "B-9,Days,EA,NONE,,1.5,,,",
      "B-10,Flag,EA,NONE,,,maybe,,",
      "B-11,Choice,EA,SOME,,,,D,",
      "B-12,Unit,XYZ,NONE,,,,,",
      "B-13,Few,EA",
      "B-14,Control\u0007,EA,NONE,,,,,",
      "B-15,\u0000,EA,NONE,,,,,",
      "B-16,Turned \u202Etxt,EA,NONE,,,,,",
      '"B-\n17",Break,EA,NONE,,,,,',
      "B-18,After the break,EA,NONE,x,,,,",
      "B-19,Twice,EA,NONE,1,,,,",
      "B-19,Twice,EA,NONE,2,,,,",
      "B-20,Code,EA,NONE,,,,,777",
      "B-21,Code,EA,NONE,,,,,777",
    ];
    const csv = `${rows.join("\n")}\n`;
    expect(await faults("items", csv)).toEqual([
      "3 sku: Is required",
      "4 name: Is required",
      "5 sku: Must be at most 64 characters",
      "6 name: Must be at most 200 characters",
      "7 reorder_point: Must be a number such as 12.5",
      "8 reorder_point: Must not be negative",
      "9 reorder_point: Must have at most 4 decimals",
      "10 reorder_point: Must be at most 99999999999.9999",
      "11 shelf_life_days: Must be a whole number from 0 to 36500",
      "12 active: Must be true or false",
      "13 abc_class: Must be one of A, B, C",
      "13 tracking: Must be one of NONE, LOT, SERIAL",
      "14 base_uom: There is no unit XYZ",
      "15 : Has 3 cells where the header has 9",
      "17 name: Must not be empty",
      "19 sku: Must be a single line without invisible characters",
      "21 reorder_point: Must be a number such as 12.5",
      "22 sku: Stands in line 23 too, with other values",
      "23 sku: Stands in line 22 too, with other values",
      "24 barcode: Is given to another item in the same file",
      "25 barcode: Is given to another item in the same file",
    ]);
    expect(await item("OK-1")).toBeUndefined();

    expect(await counts("items", csv, "?dryRun=true&skipBadRows=true")).toEqual({
      rowsRead: 23,
      rowsCreated: 3,
      rowsChanged: 0,
      rowsUnchanged: 0,
      rowsBad: 20,
    });
    expect(await item("OK-1")).toBeUndefined();
    expect(await counts("items", csv, "?skipBadRows=true")).toMatchObject({ rowsCreated: 3, rowsBad: 20 });
    expect(await item("OK-1")).toMatchObject({ name: "Fine" });
    // Characters that cannot be seen are left out of a name, as everywhere.
    expect(await item("B-14")).toMatchObject({ name: "Control" });
    expect(await item("B-16")).toMatchObject({ name: "Turned txt" });
  });

  test("lines that say the same are one", async () => {
    expect(await counts("items", "sku,name,reorder_point\nSAME,Same,1\nsame,Same,1.00\n")).toEqual({
      rowsRead: 2,
      rowsCreated: 1,
      rowsChanged: 0,
      rowsUnchanged: 1,
      rowsBad: 0,
    });
  });

  test("a barcode of another item is refused, a new one of the same item is added", async () => {
    await bring("items", "sku,name,barcode\nBC-1,One,111\nBC-2,Two,222\n");
    expect(await faults("items", "sku,name,barcode\nBC-1,One,222\n")).toEqual(["2 barcode: Belongs to item BC-2 already"]);
    expect(await counts("items", "sku,name,barcode\nBC-1,One,112\n")).toMatchObject({ rowsChanged: 1 });
    expect(await counts("items", "sku,name,barcode\nBC-1,One,112\n")).toMatchObject({ rowsUnchanged: 1 });
    expect(await server.sql("SELECT b.code FROM item_barcode b JOIN item i ON i.id = b.item_id WHERE i.sku = 'BC-1' ORDER BY 1")).toEqual([
      { code: "111" },
      { code: "112" },
    ]);
  });

  test("contents that look like SQL, COPY or formulas are only text", async () => {
    const names = ["'; DROP TABLE item; --", "\\.", "\\N", "a\\tb\\\\", '=HYPERLINK("x")', "${7*7} {sku} $1", "😀 naïve — ünïcode"];
    const csv = `sku,name\n${names.map((name, index) => `TXT-${index},"${name.replaceAll('"', '""')}"`).join("\n")}`;
    expect(await counts("items", csv)).toMatchObject({ rowsCreated: names.length });
    expect(
      (await server.sql<{ name: string }>("SELECT name FROM item WHERE sku LIKE 'TXT-%' ORDER BY sku")).map(({ name }) => name),
    ).toEqual(names);
  });
});

describe("a file that cannot be read as what it is said to be", () => {
  test.each([
    ["empty", "", "The file is empty: its first line must name the columns"],
    [
      "an unknown column",
      "sku,name,colour\nA,B,C\n",
      /^Unknown column "colour"\. The columns of items are sku \(required\), name \(required\), description/,
    ],
    ["a missing column", "sku\nA\n", /^There is no column for name\./],
    ["a column twice", "sku,name,Name\nA,B,C\n", 'The column "name" is there twice'],
    ["semicolons", "sku;name\nA;B\n", /must be separated by commas/],
    ["an open quote", 'sku,name\nA,B\nC,"D\nE,F\n', "Line 3: a quoted cell that begins here is not closed before the end of the file"],
    ["a quote in the middle", 'sku,name\nA,B"C\n', /^Line 2: a quote stands inside a cell/],
    ["text after a quote", 'sku,name\nA,"B"C\n', /^Line 2: a quoted cell goes on after its closing quote/],
  ])("%s", async (_, csv, message) => {
    expect(await fileFault("items", csv)).toMatch(message);
  });

  test("a file that is something else is told so", async () => {
    const response = await fetch(`${server.baseUrl}/api/v1/import/items`, {
      method: "POST",
      body: new Uint8Array(workbook()),
      headers: { cookie: admin.cookie ?? "", "content-type": "text/csv" },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("its first bytes show a ZIP archive or Office document");
  });

  test("another encoding than UTF-8 is told, not guessed", async () => {
    const body = Buffer.concat([Buffer.from("sku,name\nLATIN,M"), Buffer.from([0xfc]), Buffer.from("ller\n")]);
    const response = await fetch(`${server.baseUrl}/api/v1/import/items`, {
      method: "POST",
      body,
      headers: { cookie: admin.cookie ?? "", "content-type": "text/csv" },
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("Is not UTF-8: save the file as UTF-8");
  });

  test("another type of content, and a kind that is none", async () => {
    expect((await admin.post("/import/items", { sku: "A" })).error).toMatchObject({ statusCode: 415 });
    for (const headers of [{ "content-type": "text/csv; charset=utf-16le" }, { "content-type": "text/csv", "content-encoding": "gzip" }])
      expect((await admin.call("POST", "/import/items", "sku,name\nZIPPED,No\n", headers)).error).toMatchObject({ statusCode: 415 });
    expect((await admin.call("POST", "/import/users", "a\n", { "content-type": "text/csv" })).error).toMatchObject({ statusCode: 400 });
  });
});

test("only an Admin imports", async () => {
  for (const role of ["Supervisor", "Operator", "Viewer"] as const) {
    expect((await send("items", "sku,name\nA,B\n", "", await server.as(role))).error).toMatchObject({ statusCode: 403 });
  }
  expect((await send("items", "sku,name\nA,B\n", "", server.anonymous)).error).toMatchObject({ statusCode: 401 });
});

test("a run leaves one audit event with the file's hash; one that changes nothing leaves none", async () => {
  const csv = "sku,name\nAUD-1,One\nAUD-2,Two\n";
  await bring("items", csv);
  await bring("items", csv);
  await bring("items", "sku,name\nAUD-3,Three\n", "?dryRun=true");
  const told = await server.sql(
    "SELECT after, user_id FROM audit_event WHERE action = 'import.completed' ORDER BY recorded_at DESC LIMIT 1",
  );
  expect(told).toEqual([
    {
      after: {
        kind: "items",
        fileSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        rowsRead: 2,
        rowsCreated: 2,
        rowsChanged: 0,
        rowsBad: 0,
      },
      user_id: server.tenants.acme.users.Admin.id,
    },
  ]);
  expect(await item("AUD-3")).toBeUndefined();
});
