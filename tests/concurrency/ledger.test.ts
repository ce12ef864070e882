import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { Posted } from "#contract/ledger.ts";
import { resolveSql } from "#features/ledger/resolve.ts";
import { balancesOf, expectAgreement, type EventBody, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let ledger: ReturnType<typeof ledgerOf>;
let places: string[];

beforeAll(async () => {
  server = await startTestServer("ledger concurrency");
  warehouse = await createWarehouse(server);
  ledger = ledgerOf(await server.as("Supervisor"));
  places = (["A-01", "A-02", "B-01"] as const).map((code) => warehouse.locationId(code));
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

const at = (index: number) => places[index % places.length] as string;
/** Whoever is freed from waiting in a circle looks everything up once more: that nobody was told of it does not make it right. */
async function triesOf<T>(work: () => Promise<T>): Promise<{ done: T; tries: number }> {
  const outcome: { done?: T } = {};
  const sent = await server.statements(async () => (outcome.done = await work()));
  return { done: outcome.done as T, tries: sent.filter((text) => text === resolveSql).length };
}
const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T;

test("a hundred ask for the last unit: one gets it, ninety-nine are told that there is none, and none is left", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 1 });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => ledger.send({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: at(0) })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(new Set(refused.map((answer) => `${answer.status} ${answer.error.code} ${String(answer.error.details?.["available"])}`))).toEqual(
    new Set(["409 INSUFFICIENT_STOCK 0"]),
  );
  expect(refused).toHaveLength(99);
  expect(await balancesOf(server, item)).toEqual([]);
});

test("a hundred ask for ten of twenty-five: two get them", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 25 });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      ledger.send({ type: "MOVE", itemId: item.id, quantity: 10, fromLocationId: at(0), toLocationId: at(1) }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
  expect((await balancesOf(server, item)).map(({ on_hand }) => on_hand)).toEqual([5, 20]);
});

test("two hundred opposite moves between the same bins all pass", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 200 });
  await warehouse.stock({ at: "A-02", onHand: 200, item });
  const { done: answers, tries } = await triesOf(() =>
    Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        ledger.send({ type: "MOVE", itemId: item.id, quantity: 1, fromLocationId: at(index % 2), toLocationId: at(1 - (index % 2)) }),
      ),
    ),
  );
  expect(tries).toBe(200);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect((await balancesOf(server, item)).map(({ on_hand }) => on_hand)).toEqual([200, 200]);
});

test("batches over the same items in opposite orders all pass", async () => {
  const items = await Promise.all(Array.from({ length: 10 }, () => warehouse.stock({ at: "A-01", onHand: 100, unitCost: 1 })));
  const lines = (order: readonly Item[]): EventBody[] =>
    order.flatMap(({ id }) => [
      { type: "MOVE", itemId: id, quantity: 1, fromLocationId: at(0), toLocationId: at(1) },
      { type: "RECEIVE", itemId: id, quantity: 1, unitCost: 3, toLocationId: at(2) },
      { type: "SHIP", itemId: id, quantity: 1, fromLocationId: at(1) },
    ]);
  const { done: answers, tries } = await triesOf(() =>
    Promise.all(Array.from({ length: 40 }, (_, index) => ledger.sendBatch(lines(index % 2 ? items.toReversed() : items)))),
  );
  expect(tries).toBe(40);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  for (const item of items) expect((await balancesOf(server, item)).map(({ on_hand }) => on_hand)).toEqual([60, 40]);
});

test("a receipt that waits for an item's units to be changed counts in the new ones", async () => {
  const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
  const owner = new pg.Client(server.ownerUrl);
  await owner.connect();
  await owner.query(`BEGIN; SELECT FROM item WHERE id = '${item.id}' FOR UPDATE`);
  await owner.query(
    `UPDATE item SET version = version + 1 WHERE id = '${item.id}'; UPDATE item_unit SET factor = 10 WHERE item_id = '${item.id}'`,
  );
  const receipt = ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 1, uom: "CTN", toLocationId: at(0) });
  await new Promise((done) => setTimeout(done, 300));
  await owner.query("COMMIT");
  await owner.end();
  expect((await receipt).event).toMatchObject({ quantity: 10, enteredQuantity: 1, enteredUom: "CTN" });
});

test("the same new lot, received by forty at once, is one lot", async () => {
  const item = await warehouse.item({ tracking: "LOT", shelfLifeDays: 30 });
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      ledger.send({ type: "RECEIVE", itemId: item.id, quantity: 1, lotCode: "NEW", toLocationId: at(index) }),
    ),
  );
  expect(new Set(answers.map((answer) => answer.read(Posted).event.lotId)).size).toBe(1);
  expect((await balancesOf(server, item)).reduce((sum, { on_hand }) => sum + on_hand, 0)).toBe(40);
});

test("a serial number, received with and without an expiry at once, is on hand once, and nobody waits in a circle", async () => {
  const item = await warehouse.item({ tracking: "SERIAL" });
  await warehouse.post("/inventory/lots", { itemId: item.id, code: "S-1" });
  const receipt = (index: number): EventBody => ({
    type: "RECEIVE",
    itemId: item.id,
    quantity: 1,
    lotCode: "S-1",
    toLocationId: at(index),
    ...(index % 2 ? { expiresOn: "2099-12-31" } : {}),
  });
  const { done: answers, tries } = await triesOf(() => Promise.all(Array.from({ length: 40 }, (_, index) => ledger.send(receipt(index)))));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(39);
  expect(tries).toBe(40);
});

test("a shipped serial number, taken back while it is received anew with an expiry, is on hand once, and nobody waits in a circle", async () => {
  const item = await warehouse.item({ tracking: "SERIAL" });
  const receipt: EventBody = { type: "RECEIVE", itemId: item.id, quantity: 1, lotCode: "S-1", toLocationId: at(0) };
  await ledger.post(receipt);
  const { event } = await ledger.post({ type: "SHIP", itemId: item.id, quantity: 1, lotCode: "S-1", fromLocationId: at(0) });
  const { done: answers, tries } = await triesOf(() =>
    Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 ? ledger.send({ ...receipt, toLocationId: at(1), expiresOn: "2099-12-31" }) : ledger.sendReversal(event.id),
      ),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(39);
  expect(tries).toBe(20);
});

test(
  "sixty-four clients post fifty random movements each on twenty items: nobody is told of a failure of ours, and every sum agrees",
  { timeout: 120_000 },
  async () => {
    const items = await Promise.all(
      Array.from({ length: 20 }, (_, index) => warehouse.stock({ at: "A-01", onHand: 40, unitCost: 1 + index })),
    );
    for (const item of items) await warehouse.stock({ at: "A-02", onHand: 40, unitCost: 2, item });
    const posted: string[] = [];
    const answered = new Map<string, number>();

    const movement = (): EventBody => {
      const itemId = pick(items).id;
      const quantity = 1 + Math.floor(Math.random() * 5);
      const [one, other] = Math.random() < 0.5 ? [at(0), at(1)] : [at(1), at(0)];
      return pick<EventBody>([
        { type: "MOVE", itemId, quantity, fromLocationId: one, toLocationId: other },
        { type: "MOVE", itemId, quantity, fromLocationId: other, toLocationId: one },
        { type: "RECEIVE", itemId, quantity, toLocationId: one, unitCost: quantity },
        { type: "SHIP", itemId, quantity, fromLocationId: one },
        { type: "HOLD", itemId, quantity, fromLocationId: one, reasonCode: "QUALITY" },
        { type: "RELEASE", itemId, quantity, fromLocationId: one },
        { type: "ADJUST", itemId, quantity, toLocationId: other, reasonCode: "CORRECTION" },
      ]);
    };
    const client = async () => {
      for (let sent = 0; sent < 50; sent++) {
        const kind = Math.random();
        const undone = posted.length > 0 ? pick(posted) : undefined;
        const answer =
          kind < 0.1 && undone
            ? await ledger.sendReversal(undone)
            : kind < 0.3
              ? await ledger.sendBatch(Array.from({ length: 1 + Math.floor(Math.random() * 6) }, movement))
              : await ledger.send(movement());
        const told = answer.status < 400 ? String(answer.status) : `${answer.status} ${answer.error.code}`;
        answered.set(told, (answered.get(told) ?? 0) + 1);
        const id = (answer.json as { event?: { id: string } }).event?.id;
        if (answer.status === 201 && id) posted.push(id);
      }
    };
    await Promise.all(Array.from({ length: 64 }, client));
    const expected = new Set(["201", "409 INSUFFICIENT_STOCK", "409 ALREADY_REVERSED", "409 REVERSAL_BLOCKED", "409 INVALID_STATE"]);
    expect([...answered].filter(([told]) => !expected.has(told))).toEqual([]);
    expect(answered.get("201")).toBeGreaterThan(1_000);
    expect(await server.sql("SELECT 1 FROM inventory_balance WHERE on_hand < 0 OR allocated > on_hand")).toEqual([]);
  },
);
