import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImportResult } from "#contract/data-exchange.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("import at once");
  admin = await server.as("Admin");
});
afterAll(() => server.close());

const lines = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, index) => line(index)).join("\n");
const send = async (kind: string, csv: string) =>
  (await admin.call("POST", `/import/${kind}?siteCode=MAIN`, csv, { "content-type": "text/csv" })).read(ImportResult);

test("the same file from several at once comes in once, and all are told the truth", async () => {
  const csv = `sku,name\n${lines(2_000, (index) => `AT-ONCE-${index},Item ${index}`)}`;
  const results = await Promise.all([send("items", csv), send("items", csv), send("items", csv)]);
  expect(results.map(({ rowsCreated }) => rowsCreated).toSorted((a, b) => a - b)).toEqual([0, 0, 2_000]);
  expect(results.map(({ rowsUnchanged }) => rowsUnchanged).toSorted((a, b) => a - b)).toEqual([0, 2_000, 2_000]);
  expect(await server.sql("SELECT count(*)::int AS count FROM item WHERE sku LIKE 'AT-ONCE-%'")).toEqual([{ count: 2_000 }]);
});

test("opening balances from several at once, while stock moves, are opened once", async () => {
  const csv = `sku,location,quantity,unit_cost\n${lines(500, (index) => `AT-ONCE-${index},A-01,10,${index % 9}`)}`;
  const load = { on: true };
  const moving = (async () => {
    while (load.on) {
      await admin.post("/inventory/events", {
        type: "RECEIVE",
        sku: "AT-ONCE-3",
        quantity: 1,
        toLocationId: server.tenants.acme.sites.main.locations["A-01"],
        unitCost: 4,
      });
    }
  })();
  const results = await Promise.all([send("opening-balances", csv), send("opening-balances", csv)]);
  load.on = false;
  await moving;
  expect(results.map(({ rowsCreated }) => rowsCreated).toSorted((a, b) => a - b)).toEqual([0, 500]);
  expect(await server.sql("SELECT sum(quantity)::int AS sum FROM inventory_event WHERE source_type = 'OPENING_BALANCE'")).toEqual([
    { sum: 5_000 },
  ]);
  expect(
    await server.sql("SELECT (SELECT sum(on_hand) FROM inventory_balance) = (SELECT sum(quantity) FROM inventory_event) AS agree"),
  ).toEqual([{ agree: true }]);
});

describe("with an Idempotency-Key", () => {
  const csv = `sku,location,quantity\n${lines(300, (index) => `AT-ONCE-${index},B-01,5`)}`;
  const sendWith = (key: string, text: string, query = "?siteCode=MAIN") =>
    admin.call("POST", `/import/opening-balances${query}`, text, { "content-type": "text/csv", "idempotency-key": key });

  test("the same file from several at once is opened once, and all get the one answer", async () => {
    const answers = await Promise.all(Array.from({ length: 3 }, () => sendWith("opened-once", csv)));
    const later = await sendWith("opened-once", csv);
    expect(new Set([...answers, later].map(({ text }) => text)).size).toBe(1);
    expect(later.read(ImportResult)).toMatchObject({ rowsCreated: 300, rowsUnchanged: 0 });
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") === null)).toHaveLength(1);
    expect(later.headers.get("idempotency-replayed")).toBe("true");
    const opened = await server.sql(
      "SELECT count(*)::int AS count FROM inventory_event e JOIN location l ON l.id = e.to_location_id WHERE l.code = 'B-01'",
    );
    expect(opened).toEqual([{ count: 300 }]);
  });

  test("another file or another question with it is refused", async () => {
    for (const answer of [await sendWith("opened-once", `${csv}\n`), await sendWith("opened-once", csv, "?siteCode=MAIN&skipBadRows=true")])
      expect(answer.error).toMatchObject({ statusCode: 422, code: "IDEMPOTENCY_KEY_REUSED" });
  });

  test("a refusal and a dry run keep nothing: the same key may be used for the file that was mended", async () => {
    const bad = await sendWith("mended", "sku,location,quantity\nNO-SUCH,B-01,1\n");
    expect(bad.status).toBe(400);
    const mended = "sku,location,quantity\nAT-ONCE-1,R-01,1\n";
    expect((await sendWith("mended", mended, "?siteCode=MAIN&dryRun=true")).read(ImportResult).rowsCreated).toBe(1);
    const done = await sendWith("mended", mended);
    expect(done.read(ImportResult).rowsCreated).toBe(1);
    expect(done.headers.get("idempotency-replayed")).toBeNull();
  });
});
