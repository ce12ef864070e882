import { afterAll, beforeAll, expect, test } from "vitest";
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
