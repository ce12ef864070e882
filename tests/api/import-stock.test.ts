import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ImportKind, ImportResult } from "#contract/data-exchange.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("import stock");
  admin = await server.as("Admin");
});
afterAll(() => server.close());

const send = (kind: ImportKind, csv: string, query = "?siteCode=MAIN", client = admin) =>
  client.call("POST", `/import/${kind}${query}`, csv, { "content-type": "text/csv" });
const counts = async (kind: ImportKind, csv: string, query?: string) => {
  const { rowsCreated, rowsChanged, rowsUnchanged, rowsBad } = (await send(kind, csv, query)).read(ImportResult);
  return [rowsCreated, rowsChanged, rowsUnchanged, rowsBad];
};
const faults = async (kind: ImportKind, csv: string, query?: string) => {
  const answer = await send(kind, csv, query);
  const rows = (answer.error.details?.["badRows"] ?? []) as { line: number; column: string; reason: string }[];
  return rows.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
};
const acme = () => server.tenants.acme;
const itemId = async (sku: string) => (await server.sql<{ id: string }>("SELECT id FROM item WHERE sku = $1", [sku]))[0]?.id ?? "";
const tree = async () =>
  (
    await server.sql<{ path: string }>(
      `SELECT s.code || '/' || coalesce(p.code || '/', '') || l.code || ' ' || l.type AS path FROM location l JOIN site s ON s.id = l.site_id LEFT JOIN location p ON p.id = l.parent_id
       WHERE l.tenant_id = $1 AND l.code LIKE 'Z%' ORDER BY 1`,
      [acme().id],
    )
  ).map(({ path }) => path);

describe("locations", () => {
  beforeEach(() => server.sql("DELETE FROM location WHERE code LIKE 'Z%'"));

  test("a tree in any order, in several sites", async () => {
    const csv =
      "code,parent,type,site,name,barcode,pick_sequence,capacity\nZ-1-1,Z-1,,,,LOC-1,7,2.5\nZ-1,Z,picking,,Aisle,,,\nZ,,,,,,,\nZ,,SHIPPING,second,,,,\n";
    expect(await counts("locations", csv)).toEqual([4, 0, 0, 0]);
    expect(await tree()).toEqual(["MAIN/Z STORAGE", "MAIN/Z-1/Z-1-1 STORAGE", "MAIN/Z/Z-1 PICKING", "SECOND/Z SHIPPING"]);
    expect(await counts("locations", csv)).toEqual([0, 0, 4, 0]);
    expect(await server.sql("SELECT name, barcode, pick_sequence, capacity FROM location WHERE code = 'Z-1-1'")).toEqual([
      { name: null, barcode: "LOC-1", pick_sequence: 7, capacity: "2.5000" },
    ]);
  });

  test("a place moves below one that the same file makes, and its audit event says from where", async () => {
    await counts("locations", "code,parent\nZ,\nZ-9,Z\n");
    expect(await counts("locations", "code,parent\nZ-9,Z-NEW\nZ-NEW,\n")).toEqual([1, 1, 0, 0]);
    expect(await tree()).toEqual(["MAIN/Z STORAGE", "MAIN/Z-NEW STORAGE", "MAIN/Z-NEW/Z-9 STORAGE"]);
    const [told] = await server.sql<{ before: object; after: object }>(
      "SELECT before, after FROM audit_event WHERE action = 'location.updated' ORDER BY recorded_at DESC LIMIT 1",
    );
    expect(Object.keys(told?.before ?? {})).toEqual(["parentId"]);
  });

  test("loops, unknown parents and what stands below them are bad; the rest can come in", async () => {
    await counts("locations", "code,parent\nZ,\nZ-1,Z\nZ-2,Z-1\n");
    const csv = "code,parent\nZ,Z-2\nZ-L1,Z-L2\nZ-L2,Z-L1\nZ-ME,Z-ME\nZ-LOST,NOWHERE\nZ-BELOW,Z-LOST\nZ-OK,A-01\n";
    expect(await faults("locations", csv)).toEqual([
      "2 parent: Its parents form a loop, or one of them is a bad row",
      "3 parent: Its parents form a loop, or one of them is a bad row",
      "4 parent: Its parents form a loop, or one of them is a bad row",
      "5 parent: Its parents form a loop, or one of them is a bad row",
      "6 parent: There is no location NOWHERE in site MAIN",
      "7 parent: Its parents form a loop, or one of them is a bad row",
    ]);
    expect(await counts("locations", csv, "?siteCode=MAIN&skipBadRows=true")).toEqual([1, 0, 0, 6]);
    expect(await tree()).toEqual(["MAIN/A-01/Z-OK STORAGE", "MAIN/Z STORAGE", "MAIN/Z-1/Z-2 STORAGE", "MAIN/Z/Z-1 STORAGE"]);
  });

  test("a site must be named, must be there, and must be of this company", async () => {
    expect((await send("locations", "code\nZ\n", "")).error.message).toMatch(
      /^There is no column for site \(or say which site the whole file is for\)/,
    );
    await server.sql("INSERT INTO site (tenant_id, code, name) VALUES ($1, 'FOREIGN', 'Foreign') ON CONFLICT DO NOTHING", [
      server.tenants.globex.id,
    ]);
    expect(await faults("locations", "code,site\nZ,FOREIGN\nZ,NONE\n")).toEqual([
      "2 site: There is no site FOREIGN",
      "3 site: There is no site NONE",
    ]);
  });

  test("a barcode belongs to one place", async () => {
    await counts("locations", "code,barcode\nZ-A,LB-1\n");
    expect(await faults("locations", "code,barcode\nZ-B,LB-1\nZ-C,LB-2\nZ-D,LB-2\nZ-E,\nZ-E2,\n")).toEqual([
      "2 barcode: Belongs to location Z-A already",
      "3 barcode: Is given to another location in the same file",
      "4 barcode: Is given to another location in the same file",
    ]);
  });
});

describe("opening balances", () => {
  beforeAll(async () => {
    const items =
      "sku,name,tracking,base_uom,shelf_life_days,active\nBOLT,Bolt,,,,\nOIL,Oil,,L,,\nGLUE,Glue,LOT,,90,\nPUMP,Pump,SERIAL,,,\nGONE,Gone,,,,false\n";
    await counts("items", items);
    await server.sql(
      "INSERT INTO item_unit (tenant_id, item_id, uom, factor) SELECT tenant_id, id, 'BOX', 12 FROM item WHERE sku = 'BOLT'",
    );
    await server.sql("INSERT INTO location (tenant_id, site_id, code, type, active) VALUES ($1, $2, 'SHUT', 'STORAGE', false)", [
      acme().id,
      acme().sites.main.id,
    ]);
  });

  const csv =
    "sku,location,quantity,uom,unit_cost,lot_code,expires_on,status\nBOLT,A-01,3.00,,2.5,,,\nbolt,a-02,2,box,3,,,HOLD\nBOLT,B-01,.00,,,,,\nOIL,A-01,1.2500,,,,,\n" +
    "GLUE,A-01,4,,1,L1,2030-01-31 00:00:00,\nGLUE,A-01,5,,1,L2,,\nPUMP,A-01,1,,90,SN-1,,\nPUMP,A-02,1,,90,SN-2,,\n";

  test("become receipts in the ledger, with lots and costs", async () => {
    expect(await counts("opening-balances", csv, "?siteCode=MAIN&dryRun=true")).toEqual([7, 0, 1, 0]);
    expect(await server.sql("SELECT 1 FROM inventory_event UNION ALL SELECT 1 FROM lot UNION ALL SELECT 1 FROM inventory_balance")).toEqual(
      [],
    );

    expect(await counts("opening-balances", csv)).toEqual([7, 0, 1, 0]);
    expect(
      await server.sql(
        `SELECT i.sku, l.code AS place, o.code AS lot, o.expires_on::text AS expires, b.status, trim_scale(b.on_hand)::text AS on_hand FROM inventory_balance b
         JOIN item i ON i.id = b.item_id JOIN location l ON l.id = b.location_id LEFT JOIN lot o ON o.id = b.lot_id ORDER BY 1, 2, 3`,
      ),
    ).toEqual([
      { sku: "BOLT", place: "A-01", lot: null, expires: null, status: "AVAILABLE", on_hand: "3" },
      { sku: "BOLT", place: "A-02", lot: null, expires: null, status: "HOLD", on_hand: "24" },
      { sku: "GLUE", place: "A-01", lot: "L1", expires: "2030-01-31", status: "AVAILABLE", on_hand: "4" },
      { sku: "GLUE", place: "A-01", lot: "L2", expires: expect.stringMatching(/^20\d\d-/) as string, status: "AVAILABLE", on_hand: "5" },
      { sku: "OIL", place: "A-01", lot: null, expires: null, status: "AVAILABLE", on_hand: "1.25" },
      { sku: "PUMP", place: "A-01", lot: "SN-1", expires: null, status: "AVAILABLE", on_hand: "1" },
      { sku: "PUMP", place: "A-02", lot: "SN-2", expires: null, status: "AVAILABLE", on_hand: "1" },
    ]);
    const [event] = await server.sql(
      "SELECT type, source_type, entered_quantity::text, entered_uom, quantity::text, unit_cost::text FROM inventory_event WHERE to_status = 'HOLD'",
    );
    expect(event).toEqual({
      type: "RECEIVE",
      source_type: "OPENING_BALANCE",
      entered_quantity: "2.0000",
      entered_uom: "BOX",
      quantity: "24.0000",
      unit_cost: "3.0000",
    });
    expect(await server.sql("SELECT average_cost::text FROM item_valuation v JOIN item i ON i.id = v.item_id WHERE sku = 'BOLT'")).toEqual([
      { average_cost: "2.9444" },
    ]);
  });

  test("the same file again opens nothing twice, whatever has moved since", async () => {
    const moved = await admin.post("/inventory/events", {
      type: "SHIP",
      sku: "BOLT",
      quantity: 2,
      fromLocationId: acme().sites.main.locations["A-01"],
    });
    expect(moved.status).toBe(201);
    expect(await counts("opening-balances", csv)).toEqual([0, 0, 8, 0]);
  });

  test("another quantity for what is open already is refused", async () => {
    expect(await faults("opening-balances", "sku,location,quantity\nBOLT,A-01,5\nOIL,A-01,0\n")).toEqual([
      "2 quantity: The opening balance is 3 already: adjust it instead",
      "3 quantity: The opening balance is 1.25 already: adjust it instead",
    ]);
  });

  test("in another state the same place is another balance", async () => {
    expect(await counts("opening-balances", "sku,location,quantity,status\nBOLT,A-02,1,AVAILABLE\n")).toEqual([1, 0, 0, 0]);
  });

  test("a known lot that takes its expiry from the file tells that; a new one is told by the run", async () => {
    const lot = await admin.post("/inventory/lots", { itemId: await itemId("GLUE"), code: "KNOWN" });
    const { id } = lot.json as { id: string };
    const rows = "GLUE,B-01,1,KNOWN,2031-05-01\nGLUE,B-01,1,NEW,2031-05-02\n";
    expect(await counts("opening-balances", `sku,location,quantity,lot_code,expires_on\n${rows}`)).toEqual([2, 0, 0, 0]);
    expect(
      await server.sql("SELECT entity_id, before, after FROM audit_event WHERE action = 'lot.updated' AND before ? 'expiresOn'"),
    ).toEqual([{ entity_id: id, before: { expiresOn: null }, after: { expiresOn: "2031-05-01", version: 2 } }]);
  });

  test("an item that is closed meanwhile is waited for, and told", async () => {
    await counts("items", "sku,name\nCLOSES,Closes\n");
    const owner = new pg.Client(server.ownerUrl);
    await owner.connect();
    await owner.query("BEGIN; SELECT FROM item WHERE sku = 'CLOSES' FOR UPDATE; UPDATE item SET active = false WHERE sku = 'CLOSES'");
    const told = faults("opening-balances", "sku,location,quantity\nCLOSES,A-01,1\n");
    await new Promise((done) => setTimeout(done, 500));
    await owner.query("COMMIT");
    await owner.end();
    expect(await told).toEqual(["2 sku: CLOSES is inactive: nothing more comes in"]);
  });

  test("what was reversed may be opened anew", async () => {
    const [event] = await server.sql<{ id: string }>(
      "SELECT e.id FROM inventory_event e JOIN item i ON i.id = e.item_id WHERE i.sku = 'OIL'",
    );
    expect((await admin.post(`/inventory/events/${event?.id}/reverse`, { reasonCode: "ENTRY-ERROR" })).status).toBe(201);
    expect(await counts("opening-balances", "sku,location,quantity\nOIL,A-01,7\n")).toEqual([1, 0, 0, 0]);
  });

  test("every class of bad row is told, and nothing is posted", async () => {
    const before = await server.sql("SELECT count(*) FROM inventory_event");
    const rows = [
      "sku,location,quantity,uom,lot_code,expires_on,status",
      "NOPE,A-01,1,,,,",
      "BOLT,NOPE,1,,,,",
      "GONE,A-01,1,,,,",
      "BOLT,SHUT,1,,,,",
      "BOLT,R-01,1,PAL,,,",
      "BOLT,Q-01,1.5,,,,",
      "BOLT,B-01,-1,,,,",
      "BOLT,S-01,1,,L9,,",
      "GLUE,R-01,1,,,,",
      "GLUE,R-01,1,,L1,2031-01-01,",
      "PUMP,R-01,2,,SN-9,,",
      "PUMP,R-01,1,,SN-1,,",
      "PUMP,R-01,1,,SN-8,,",
      "PUMP,Q-01,1,,SN-8,,",
      "OIL,Q-01,1,,,,",
      "OIL,Q-01,1,,,,AVAILABLE",
      "GLUE,Q-01,1,,L3,2031-02-29,",
      "GLUE,Q-01,1,,L4,2031-02-01,",
      "GLUE,S-01,1,,L4,2031-02-02,",
      "OIL,S-01,1,,,,LOST",
      "OIL,R-01,0.5,,,,",
    ];
    expect(await faults("opening-balances", rows.join("\n"))).toEqual([
      "2 sku: There is no item NOPE",
      "3 location: There is no location NOPE in site MAIN",
      "4 sku: GONE is inactive: nothing more comes in",
      "5 location: SHUT is inactive: nothing more goes there",
      "6 uom: BOLT has no unit PAL",
      "7 quantity: EA is counted in whole units",
      "8 quantity: Must not be negative",
      "9 lot_code: BOLT is not tracked by lot",
      "10 lot_code: This item moves only with a lot",
      "11 expires_on: Lot L1 of GLUE expires on 2030-01-31",
      "12 quantity: A serial number is one unit",
      "13 lot_code: Serial number SN-1 is on hand already",
      "14 lot_code: Serial number SN-8 is in several lines",
      "15 lot_code: Serial number SN-8 is in several lines",
      "16 sku: OIL at Q-01 stands in line 17 too: one line an item, location, lot and status",
      "17 sku: OIL at Q-01 stands in line 16 too: one line an item, location, lot and status",
      "18 expires_on: Must be a date such as 2026-01-31",
      "19 expires_on: Lot L4 of GLUE has another expiry date in another line",
      "20 expires_on: Lot L4 of GLUE has another expiry date in another line",
      "21 status: Must be one of AVAILABLE, HOLD",
    ]);
    expect(await server.sql("SELECT count(*) FROM inventory_event")).toEqual(before);
    expect(await counts("opening-balances", rows.join("\n"), "?siteCode=MAIN&skipBadRows=true")).toEqual([1, 0, 0, 20]);
  });

  test("another company's item and place are not there", async () => {
    const globex = await server.as("Admin", "globex");
    const answer = await send("opening-balances", "sku,location,quantity\nBOLT,A-01,1\n", "?siteCode=MAIN", globex);
    expect(answer.error.details?.["badRows"]).toEqual([{ line: 2, column: "sku", reason: "There is no item BOLT" }]);
    await server.sql("INSERT INTO location (tenant_id, site_id, code, type) VALUES ($1, $2, 'ONLY-HERE', 'STORAGE')", [
      acme().id,
      acme().sites.main.id,
    ]);
    await send("items", "sku,name\nTHEIRS,Theirs\n", "", globex);
    const place = await send("opening-balances", "sku,location,quantity\nTHEIRS,ONLY-HERE,1\n", "?siteCode=MAIN", globex);
    expect(place.error.details?.["badRows"]).toEqual([
      { line: 2, column: "location", reason: "There is no location ONLY-HERE in site MAIN" },
    ]);
  });

  test("what is fixed once stock has moved, and what is not closed while there is stock", async () => {
    expect(await faults("items", "sku,name,base_uom,tracking,active\nBOLT,Bolt,KG,LOT,true\nGLUE,Glue,,,no\n", "")).toEqual([
      "2 base_uom: Is fixed once an item has moved or has lots: it stays EA",
      "2 base_uom: Other units are converted to EA",
      "2 tracking: Is fixed once an item has moved or has lots: it stays NONE",
      "3 active: There is still stock of this item",
    ]);
    expect(await faults("units", "code,name,whole\nEA,Each,false\n", "")).toEqual([
      "2 whole: Items are measured in EA already: whole can no longer be changed",
    ]);
    expect(await faults("locations", "code,active\nA-01,false\n")).toEqual(["2 active: There is still stock in this location"]);
  });
});

test("an open place stands in no closed one, whatever else is bad", async () => {
  await counts("locations", "code,parent,active\nO,,\nO-1,O,\nO-SHUT,,false\n");
  expect(await faults("locations", "code,active\nO,false\n")).toEqual([
    "2 active: There are still active locations in this one, such as O-1",
  ]);
  expect(await faults("locations", "code,parent\nO-2,O-SHUT\n")).toEqual(["2 parent: O-SHUT is closed"]);
  // The child cannot be closed for its unknown parent, so neither can what it stands in.
  expect(await faults("locations", "code,parent,active\nO,,false\nO-1,NOWHERE,false\nO-3,O-SHUT,true\nO-4,O-3,true\n")).toEqual([
    "2 active: There are still active locations in this one, such as O-1",
    "3 parent: There is no location NOWHERE in site MAIN",
    "4 parent: O-SHUT is closed",
    "5 parent: There is no location O-3 in site MAIN",
  ]);
  expect(await counts("locations", "code,parent,active\nO-1,O,false\nO,,false\n")).toEqual([0, 2, 0, 0]);
});

test("units that are not in use, and serial numbers of what is not counted", async () => {
  await counts("units", "code,name,active\nOLD,Old,false\n", "");
  expect(await faults("items", "sku,name,base_uom,tracking\nU-1,One,OLD,\nU-2,Two,KG,SERIAL\n", "")).toEqual([
    "2 base_uom: OLD is not an active unit",
    "3 tracking: Serial numbers need a unit that is counted, and KG is not",
  ]);
});
