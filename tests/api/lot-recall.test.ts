import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { LotRecall, LotTrace } from "#contract/lots.ts";
import { balancesOf, expectAgreement, expectNothingWritten, ledgerOf } from "#tests/support/ledger.ts";
import { createManufacturing, type Manufacturing } from "#tests/support/manufacturing.ts";
import { createPurchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let ledger: ReturnType<typeof ledgerOf>;
let admin: TestClient;
let supervisor: TestClient;
let making: Manufacturing;
let A1: string;

beforeAll(async () => {
  server = await startTestServer("lot recall");
  warehouse = await createWarehouse(server);
  [admin, supervisor] = [await server.as("Admin"), await server.as("Supervisor")];
  ledger = ledgerOf(admin);
  making = await createManufacturing(server, warehouse);
  await admin.post("/inventory/reason-codes", { use: "CONSUMPTION", code: "RECIPE", name: "By the recipe of the day" });
  A1 = warehouse.locationId("A-01");
});
afterAll(async () => {
  try {
    await expectAgreement(server);
  } finally {
    await server.close();
  }
});

const quality = { reasonCode: "QUALITY" };
interface Lot {
  item: Item;
  code: string;
}
const lotOf = async (code: string): Promise<Lot> => ({ item: await warehouse.item({ tracking: "LOT" }), code });
const receive = ({ item, code }: Lot, quantity: number) =>
  ledger.post({ type: "RECEIVE", itemId: item.id, quantity, toLocationId: A1, lotCode: code });
const idOf = async ({ item, code }: Lot) =>
  (await server.sql<{ id: string }>("SELECT id FROM lot WHERE item_id = $1 AND code = $2", [item.id, code]))[0]?.id ?? "";
/** One order that uses up some of each lot and makes one. */
async function produce(used: readonly [Lot, number][], made: Lot, quantity: number): Promise<string> {
  await making
    .draft(made.item, [{ item: await warehouse.item(), quantity: 1 }])
    .then((answer) => making.activate(answer.json as { id: string }));
  const order = await making.released(made.item, quantity);
  const lines = used.map(([{ item, code }, amount]) => ({ itemId: item.id, quantity: amount, lotCode: code, reasonCode: "RECIPE" }));
  await making.posting(making.consume(order, lines));
  await making.posting(making.output(order, quantity, { locationId: A1, lotCode: made.code }));
  return order.number;
}
const trace = async (lot: Lot, client = admin) => (await client.get(`/inventory/lots/${await idOf(lot)}/trace`)).read(LotTrace);
const recall = async (lot: Lot, query = "") => await supervisor.post(`/inventory/lots/${await idOf(lot)}/recall${query}`, quality);

/** Flour and water make dough; dough and salt make bread, in two batches; some bread is shipped. */
async function bakery() {
  const [flour, water, salt, dough, white, dark] = await Promise.all(
    ["FLOUR", "WATER", "SALT", "DOUGH", "WHITE", "DARK"].map((code) => lotOf(code)),
  );
  const all = { flour, water, salt, dough, white, dark } as Record<"flour" | "water" | "salt" | "dough" | "white" | "dark", Lot>;
  for (const bought of [all.flour, all.water, all.salt]) await receive(bought, 10);
  await produce(
    [
      [all.flour, 6],
      [all.water, 4],
    ],
    all.dough,
    8,
  );
  await produce(
    [
      [all.dough, 3],
      [all.salt, 1],
    ],
    all.white,
    3,
  );
  await produce([[all.dough, 4]], all.dark, 4);
  await ledger.post({ type: "SHIP", itemId: all.white.item.id, quantity: 2, fromLocationId: A1, lotCode: "WHITE" });
  return all;
}
const named = (lots: readonly { lotCode: string; level: number }[]) => lots.map(({ lotCode, level }) => `${level} ${lotCode}`);

describe("the trace of a lot", () => {
  test("goes to all lots that it went into, at all levels, and back to all that they were made of", async () => {
    const { flour, white, dough } = await bakery();
    const into = await trace(flour);
    expect(named(into.madeInto).toSorted()).toEqual(["1 DOUGH", "2 DARK", "2 WHITE"]);
    expect(into.madeFrom).toEqual([]);
    expect(into.madeInto.find(({ lotCode }) => lotCode === "WHITE")?.throughLotIds).toEqual([await idOf(dough)]);
    const from = await trace(white);
    expect(named(from.madeFrom).toSorted()).toEqual(["1 DOUGH", "1 SALT", "2 FLOUR", "2 WATER"]);
    expect(from.madeInto).toEqual([]);
  });

  test("says where it and what it went into is, and what brought it there or took it away", async () => {
    const { flour } = await bakery();
    const { balances, passages, events, hiddenEvents, moreEvents } = await trace(flour);
    expect(Object.fromEntries(balances.map(({ lotCode, onHand }) => [lotCode, onHand]))).toEqual({ FLOUR: 4, DOUGH: 1, WHITE: 1, DARK: 4 });
    expect(passages.map(({ lotCode, type, documentType, quantity }) => [lotCode, type, documentType, quantity])).toEqual([
      ["FLOUR", "RECEIVE", null, 10],
      ["FLOUR", "ISSUE", "CONSUMPTION", 6],
      ["DOUGH", "PRODUCE", "OUTPUT", 8],
      ["DOUGH", "ISSUE", "CONSUMPTION", 3],
      ["WHITE", "PRODUCE", "OUTPUT", 3],
      ["DOUGH", "ISSUE", "CONSUMPTION", 4],
      ["DARK", "PRODUCE", "OUTPUT", 4],
      ["WHITE", "SHIP", null, 2],
    ]);
    expect([events.length, hiddenEvents, moreEvents]).toEqual([8, 0, false]);
  });

  test("counts what was undone as not done", async () => {
    const lot = await lotOf("L-1");
    await receive(lot, 5);
    const shipped = await ledger.post({ type: "SHIP", itemId: lot.item.id, quantity: 2, fromLocationId: A1, lotCode: "L-1" });
    await ledger.reverse(shipped.event.id);
    const { passages } = await trace(lot);
    expect(passages.map(({ type, quantity, events }) => [type, quantity, events])).toEqual([
      ["RECEIVE", 5, 1],
      ["SHIP", 0, 2],
    ]);
  });

  test("names the receipt that brought it, and its supplier", async () => {
    const purchasing = await createPurchasing(server);
    const lot = await lotOf("L-1");
    const order = await purchasing.ofItem(lot.item, 3);
    const { number, supplierName } = await purchasing.received(purchasing.receive(order, [{ quantity: 3, lotCode: "L-1" }]));
    expect((await trace(lot)).passages).toMatchObject([{ type: "RECEIVE", documentType: "RECEIPT", documentNumber: number, supplierName }]);
  });

  test("names the order that made it or used it up", async () => {
    const [used, made] = [await lotOf("L-1"), await lotOf("L-2")];
    await receive(used, 3);
    const documentNumber = await produce([[used, 2]], made, 1);
    expect((await trace(used)).passages).toMatchObject([
      { type: "RECEIVE", documentNumber: null },
      { lotCode: "L-1", type: "ISSUE", documentNumber },
      { lotCode: "L-2", type: "PRODUCE", documentNumber },
    ]);
  });

  test("of what was undone leads nowhere", async () => {
    const [used, made] = [await lotOf("L-1"), await lotOf("L-2")];
    await receive(used, 3);
    await produce([[used, 2]], made, 1);
    const { items } = (await admin.get("/manufacturing/postings?limit=1")).json as { items: [{ id: string }] };
    await making.posting(making.undo(items[0]));
    expect((await trace(used)).madeInto).toEqual([]);
  });

  test("of a lot that comes round to itself ends", async () => {
    const [scrap, melt] = [await lotOf("SCRAP"), await lotOf("MELT")];
    await receive(scrap, 10);
    await produce([[scrap, 4]], melt, 4);
    await produce([[melt, 2]], scrap, 2);
    expect(named((await trace(scrap)).madeInto)).toEqual(["1 MELT"]);
  });

  test("keeps what lies in a site that the caller may not enter to itself, and says that it does", async () => {
    const lot = await lotOf("L-1");
    const { second } = server.tenants.acme.sites;
    await receive(lot, 5);
    await ledger.post({
      type: "MOVE",
      itemId: lot.item.id,
      quantity: 2,
      fromLocationId: A1,
      toLocationId: second.locations["A-01"],
      lotCode: "L-1",
    });
    const seen = await trace(lot, await server.as("Viewer"));
    expect(seen.balances.map(({ siteCode, onHand }) => [siteCode, onHand])).toEqual([["MAIN", 3]]);
    expect([seen.events.map(({ type }) => type), seen.passages.map(({ type }) => type), seen.hiddenEvents]).toEqual([
      ["RECEIVE"],
      ["RECEIVE"],
      1,
    ]);
  });

  test("is told in as many statements for three lots as for one", async () => {
    const { flour } = await bakery();
    const alone = await lotOf("ALONE");
    await receive(alone, 1);
    const statements = async (lot: Lot) => (await server.statements(() => trace(lot))).length;
    expect(await statements(flour)).toBe(await statements(alone));
  });
});

describe("a recall", () => {
  test("holds what is still here of the lot and of all that it went into, and tells everything it reached", async () => {
    const { flour, water } = await bakery();
    const told = (await recall(flour)).read(LotRecall);
    expect(told.held.map(({ lotCode, quantity }) => `${lotCode} ${quantity}`).toSorted()).toEqual([
      "DARK 4",
      "DOUGH 1",
      "FLOUR 4",
      "WHITE 1",
    ]);
    expect(told.balances.map(({ status }) => status)).toEqual(["HOLD", "HOLD", "HOLD", "HOLD"]);
    expect(told.passages.find(({ type }) => type === "SHIP")).toMatchObject({ lotCode: "WHITE", quantity: 2 });
    expect(named(told.madeInto).toSorted()).toEqual(["1 DOUGH", "2 DARK", "2 WHITE"]);
    expect(await balancesOf(server, water.item)).toMatchObject([{ status: "AVAILABLE", on_hand: 6 }]);
  });

  test("leaves what a document has been promised, and says so; asked again, it holds what has become free", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5, allocated: 2, lotCode: "L-1", more: { tracking: "LOT" } });
    const lot = { item, code: "L-1" };
    const told = (await recall(lot)).read(LotRecall);
    expect(told.held.map(({ quantity }) => quantity)).toEqual([3]);
    expect(told.promised).toMatchObject([{ lotCode: "L-1", siteCode: "MAIN", locationCode: "A-01", quantity: 2, documentType: "test" }]);
    await server.sql(
      `WITH freed AS (DELETE FROM inventory_allocation WHERE item_id = '${item.id}' RETURNING 1)
       UPDATE inventory_balance SET allocated = 0 WHERE item_id = '${item.id}' AND (SELECT count(*) FROM freed) > 0`,
    );
    expect((await recall(lot)).read(LotRecall).held.map(({ quantity }) => quantity)).toEqual([2]);
    expect((await recall(lot)).read(LotRecall).held).toEqual([]);
  });

  test("with a dry run only shows what would be", async () => {
    const { flour } = await bakery();
    await expectNothingWritten(server, async () => {
      expect((await recall(flour, "?dryRun=true")).read(LotRecall).held).toHaveLength(4);
    });
  });

  test("leaves its trace", async () => {
    const { flour } = await bakery();
    await recall(flour);
    const audited = await server.sql("SELECT after FROM audit_event WHERE entity_id = $1 AND action = 'lot.recalled'", [await idOf(flour)]);
    expect(audited).toMatchObject([{ after: { reasonCode: "QUALITY", lots: 4, promised: [] } }]);
  });
});
