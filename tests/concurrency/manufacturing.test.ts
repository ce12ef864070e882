import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { expectAgreement } from "#tests/support/ledger.ts";
import { createManufacturing, type Manufacturing } from "#tests/support/manufacturing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let making: Manufacturing;

beforeAll(async () => {
  server = await startTestServer("making at once");
  warehouse = await createWarehouse(server);
  making = await createManufacturing(server, warehouse);
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

const atOnce = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));
const statusesOf = (answers: readonly { status: number }[], status: number) => answers.filter((answer) => answer.status === status).length;

/** Of a part of which `onHand` are there, one goes into each product. */
async function product({ onHand, issueMethod = "BACKFLUSH" }: { onHand: number; issueMethod?: "MANUAL" | "BACKFLUSH" }) {
  const part = await warehouse.stock({ at: "A-01", onHand, unitCost: 3 });
  const made = await warehouse.item();
  await making.bom(made, [{ item: part, quantity: 1, issueMethod }]);
  return { part, made };
}
const allocatedOf = async (item: Item) =>
  (
    await server.sql<{ sum: number }>("SELECT coalesce(sum(allocated), 0)::float AS sum FROM inventory_balance WHERE item_id = $1", [
      item.id,
    ])
  )[0]?.sum;

test("twenty orders released at once share what there is: never more is promised than is there", async () => {
  const { part, made } = await product({ onHand: 30 });
  const orders = await atOnce(20, () => making.planned(made, 2));
  const released = await Promise.all(orders.map((order) => making.order(making.step(order, "release"))));
  const promised = released.map((order) => making.componentOf(order, part).allocatedQuantity);
  expect(promised.reduce((sum, quantity) => sum + quantity, 0)).toBe(30);
  expect(await allocatedOf(part)).toBe(30);
});

test("released ten times at once, an order is released once", async () => {
  const { part, made } = await product({ onHand: 30 });
  const order = await making.planned(made, 5);
  expect(statusesOf(await atOnce(10, () => making.step(order, "release")), 200)).toBe(1);
  expect(await allocatedOf(part)).toBe(5);
});

test("output of many at once makes what the parts allow, and no more than was ordered", async () => {
  const { part, made } = await product({ onHand: 12 });
  const order = await making.released(made, 20);
  const answers = await atOnce(20, () => making.output(order, 1));
  expect([statusesOf(answers, 201), statusesOf(answers, 409)]).toEqual([12, 8]);
  expect([await warehouse.onHand(part), await warehouse.onHand(made)]).toEqual([0, 12]);
  expect(await making.read(order)).toMatchObject({ producedQuantity: 12, consumedCost: 36, openCost: 0 });
  await warehouse.stock({ at: "A-01", item: part, onHand: 20, unitCost: 3 });
  const more = await atOnce(10, () => making.output(order, 1));
  expect([statusesOf(more, 201), await warehouse.onHand(made)]).toEqual([8, 20]);
});

test("with one key, consumption and output happen once, and all get the same answer", async () => {
  const { part, made } = await product({ onHand: 10, issueMethod: "MANUAL" });
  const order = await making.released(made, 5);
  const consumed = await atOnce(10, () =>
    making.consume(order, [{ itemId: part.id, quantity: 2 }], { "Idempotency-Key": "consumed once" }),
  );
  const produced = await atOnce(10, () => making.output(order, 2, {}, { "Idempotency-Key": "made once" }));
  for (const answers of [consumed, produced]) expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect([await warehouse.onHand(part), await warehouse.onHand(made)]).toEqual([8, 2]);
});

test("undone ten times at once, an output is undone once", async () => {
  const { part, made } = await product({ onHand: 10 });
  const order = await making.released(made, 5);
  const posting = await making.posting(making.output(order, 5));
  expect(statusesOf(await atOnce(10, () => making.undo(posting)), 200)).toBe(1);
  expect([await warehouse.onHand(part), await warehouse.onHand(made)]).toEqual([10, 0]);
});

test("orders that need each other's parts in opposite order, while the parts move, never block each other", async () => {
  const parts = await Promise.all(Array.from({ length: 4 }, () => warehouse.stock({ at: "A-01", onHand: 200, unitCost: 1 })));
  const operator = await server.as("Operator");
  const [from, to] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
  const orders = await atOnce(8, async (index) => {
    const made = await warehouse.item();
    const inTurn = [...parts.slice(index % 4), ...parts.slice(0, index % 4)];
    await making.bom(
      made,
      (index % 2 === 0 ? inTurn : inTurn.toReversed()).map((item) => ({ item, quantity: 1, issueMethod: "BACKFLUSH" as const })),
    );
    return await making.released(made, 10);
  });
  const answers = await Promise.all([
    ...orders.flatMap((order) => [1, 2, 3].map(() => making.output(order, 2))),
    ...orders.map((order) =>
      making.consume(
        order,
        parts.map(({ id }) => ({ itemId: id, quantity: 2 })),
      ),
    ),
    ...parts.flatMap((part) =>
      [1, 2, 3].map(() =>
        operator.post("/inventory/events", { type: "MOVE", itemId: part.id, quantity: 5, fromLocationId: from, toLocationId: to }),
      ),
    ),
  ]);
  // What is wanted from A-01 may lie at A-02 by then, or be promised: a refusal is an answer, a deadlock or a time-out is none.
  expect(answers.map(({ status }) => status).filter((status) => ![201, 409].includes(status))).toEqual([]);
  expect(answers.filter(({ status, text }) => status === 409 && !/INSUFFICIENT_STOCK/.test(text)).map(({ text }) => text)).toEqual([]);
  expect(statusesOf(answers, 201)).toBeGreaterThan(24);
});

test("output whose promises move at the same time, backflushed or not, waits for them in one order: nobody in a circle", async () => {
  const [byHand, flushed] = await Promise.all([1, 2].map(() => warehouse.stock({ at: "A-01", onHand: 500, unitCost: 1 })));
  if (!byHand || !flushed) throw new Error("No parts");
  const made = await warehouse.stock({ at: "A-02", onHand: 500, unitCost: 1 });
  const simple = await warehouse.stock({ at: "A-02", onHand: 500, unitCost: 1 });
  await making.bom(made, [
    { item: byHand, quantity: 1 },
    { item: flushed, quantity: 1, issueMethod: "BACKFLUSH" },
  ]);
  await making.bom(simple, [{ item: byHand, quantity: 1 }]);
  const orders = await atOnce(6, (index) => making.released(index % 2 === 0 ? made : simple, 20));
  const [one, other] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
  const move = ({ id }: Item, fromLocationId: string, toLocationId: string) => ({
    type: "MOVE",
    itemId: id,
    quantity: 1,
    fromLocationId,
    toLocationId,
  });
  const events = [move(byHand, one, other), move(flushed, one, other), move(simple, other, one)];
  for (let round = 0; round < 8; round += 1) {
    const answers = await Promise.all([
      ...orders.map((order) => making.output(order, 1)),
      ...orders.map(() => warehouse.post("/inventory/events/batch", { events })),
    ]);
    expect(statusesOf(answers, 201)).toBe(12);
  }
  // One that was broken is tried again, and would go unseen otherwise.
  const [found] = await server.sql<{ deadlocks: number }>(
    "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
    [],
  );
  expect(found?.deadlocks).toBe(0);
});

test("lots held as a whole while they are backflushed: each waits for the other, and none is stuck", async () => {
  const part = await warehouse.item({ tracking: "LOT" });
  for (const lotCode of ["L-1", "L-2", "L-3"]) await warehouse.stock({ at: "A-01", item: part, onHand: 20, lotCode });
  const made = await warehouse.item();
  await making.bom(made, [{ item: part, quantity: 1, issueMethod: "BACKFLUSH" }]);
  const order = await making.planned(made, 60);
  // Released before there is anything to promise, so that holding is not refused.
  await server.sql("UPDATE production_order SET status = 'RELEASED', released_at = now() WHERE id = $1", [order.id]);
  await server.sql(
    "INSERT INTO production_component (tenant_id, production_order_id, line_number, item_id, planned_quantity, issue_method) VALUES ($1, $2, 1, $3, 60, 'BACKFLUSH')",
    [server.tenants.acme.id, order.id, part.id],
  );
  const lots = await server.sql<{ id: string }>("SELECT id FROM lot WHERE item_id = $1", [part.id]);
  const [hold, release] = ["hold", "release"].map(
    (what) =>
      ({ id }: { id: string }) =>
        making.clients.Supervisor.post(`/inventory/lots/${id}/${what}`, { reasonCode: "QUALITY" }),
  );
  const answers = await Promise.all([
    ...Array.from({ length: 15 }, () => making.output(order, 1)),
    ...lots.flatMap((lot) => [hold?.(lot), release?.(lot), hold?.(lot), release?.(lot)]),
  ]);
  expect(answers.filter((answer) => ![200, 201, 409].includes(answer?.status ?? 0)).map((answer) => answer?.text)).toEqual([]);
  expect(
    answers.filter((answer) => answer?.status === 409 && !/INSUFFICIENT_STOCK|NOTHING_TO/.test(answer.text)).map((answer) => answer?.text),
  ).toEqual([]);
});
