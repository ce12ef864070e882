import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectAgreement } from "#tests/support/ledger.ts";
import { createPurchasing, type Purchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let purchasing: Purchasing;

beforeAll(async () => {
  server = await startTestServer("receiving at once");
  warehouse = await createWarehouse(server);
  purchasing = await createPurchasing(server);
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

const atOnce = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

test("fifty receive one of thirty: thirty do, the others are told that it would be too much", async () => {
  const item = await warehouse.item();
  const order = await purchasing.ofItem(item, 30);
  const answers = await atOnce(50, () => purchasing.receive(order, [{ quantity: 1 }]));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(30);
  const refused = answers.filter(({ status }) => status !== 201).map(({ error }) => error.code);
  expect(refused.every((code) => code === "OVER_RECEIPT" || code === "INVALID_STATE")).toBe(true);
  expect(await warehouse.onHand(item)).toBe(30);
  expect(await purchasing.read(order)).toMatchObject({ status: "RECEIVED", lines: [{ receivedQuantity: 30 }] });
});

test("two receive the same line at once, again and again: never more than ordered and the tolerance", async () => {
  await server.sql("UPDATE tenant SET settings = '{\"overReceiptTolerancePercent\": 20}' WHERE id = $1", [server.tenants.acme.id]);
  try {
    for (let round = 0; round < 10; round++) {
      const item = await warehouse.item();
      const order = await purchasing.ofItem(item, 10);
      const answers = await atOnce(2, () => purchasing.receive(order, [{ quantity: 7 }]));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
      expect(await warehouse.onHand(item)).toBe(7);
    }
  } finally {
    await server.sql("UPDATE tenant SET settings = '{}' WHERE id = $1", [server.tenants.acme.id]);
  }
});

test("orders with the same items in opposite order are received at once, and nobody waits in a circle", async () => {
  const [one, two] = [await warehouse.item(), await warehouse.item()];
  const line = (itemId: string) => ({ itemId, quantity: 20, unitPrice: 1 });
  const orders = await atOnce(6, (index) =>
    purchasing.approved(index % 2 === 0 ? [line(one.id), line(two.id)] : [line(two.id), line(one.id)]),
  );
  const answers = await atOnce(60, (index) => {
    const order = orders[index % 6] as (typeof orders)[number];
    return purchasing.receive(
      order,
      order.lines.map(({ id }) => ({ lineId: id, quantity: 2 })),
    );
  });
  expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
  expect([await warehouse.onHand(one), await warehouse.onHand(two)]).toEqual([120, 120]);
});

test("the same receipt sent ten times at once with one key is written once, and all get the same answer", async () => {
  const item = await warehouse.item();
  const order = await purchasing.ofItem(item, 10);
  const answers = await atOnce(10, () => purchasing.receive(order, [{ quantity: 4 }], undefined, { "Idempotency-Key": "once" }));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(await warehouse.onHand(item)).toBe(4);
});

test("of ten who reverse a receipt one does, while others receive", async () => {
  const item = await warehouse.item();
  const order = await purchasing.ofItem(item, 100);
  const receipt = await purchasing.received(purchasing.receive(order, [{ quantity: 40 }]));
  const [reversals, receipts] = await Promise.all([
    atOnce(10, () => purchasing.reverse(receipt)),
    atOnce(10, () => purchasing.receive(order, [{ quantity: 6, rejectedQuantity: 1 }])),
  ]);
  expect(reversals.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(receipts.filter(({ status }) => status === 201)).toHaveLength(10);
  expect((await purchasing.read(order)).lines).toMatchObject([{ receivedQuantity: 60, rejectedQuantity: 10 }]);
  expect(await warehouse.onHand(item)).toBe(60);
});

test("an order made, submitted and cancelled ten times at once, each with one key, is made and moved on once", async () => {
  const admin = await server.as("Admin");
  const lines = [{ itemId: (await warehouse.item()).id, quantity: 5, unitPrice: 2 }];
  const body = { supplierId: purchasing.usual.id, siteId: server.tenants.acme.sites.main.id, lines };
  const sameOf = async (path: string, given: object) => {
    const answers = await atOnce(10, () => admin.post(path, given, { "Idempotency-Key": `once ${path}` }));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    return answers[0]?.json as { id: string; status: string; version: number };
  };
  const { id } = await sameOf("/purchasing/purchase-orders", body);
  expect(await sameOf(`/purchasing/purchase-orders/${id}/submit`, {})).toMatchObject({ status: "SUBMITTED", version: 2 });
  expect(await sameOf(`/purchasing/purchase-orders/${id}/cancel`, {})).toMatchObject({ status: "CANCELLED", version: 3 });
  const [made] = await server.sql<{ count: number }>("SELECT count(*)::int AS count FROM purchase_order_line WHERE item_id = $1", [
    lines[0]?.itemId,
  ]);
  expect(made?.count).toBe(1);
});
