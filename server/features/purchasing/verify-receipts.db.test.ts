import { afterAll, beforeAll, expect, test } from "vitest";
import type { PurchaseOrder } from "#contract/purchase-orders.ts";
import type { Receipt } from "#contract/receipts.ts";
import { differencesOf, foundWhile } from "#tests/support/ledger.ts";
import { createPurchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let order: PurchaseOrder;
let receipt: Receipt;
let sku: string;

beforeAll(async () => {
  server = await startTestServer("verify receipts");
  const warehouse = await createWarehouse(server);
  const purchasing = await createPurchasing(server);
  const item = await warehouse.item();
  sku = item.sku;
  order = await purchasing.ofItem(item, 10);
  receipt = await purchasing.received(purchasing.receive(order, [{ quantity: 6, rejectedQuantity: 2 }]));
  const mistake = await purchasing.received(purchasing.receive(order, [{ quantity: 1 }]));
  await purchasing.received(purchasing.reverse(mistake));
});
afterAll(() => server.close());

test("what was received, undone and rejected agrees", async () => {
  expect(await differencesOf(server.ownerUrl)).toEqual([]);
});

test("a line that says more than its receipts is found", async () => {
  const set = (quantity: number) => `UPDATE purchase_order_line SET received_quantity = ${quantity} WHERE id = '${order.lines[0]?.id}'`;
  expect(await foundWhile(server, set(7), set(6))).toEqual([
    {
      check: "received of an order",
      location: `order ${order.number} line 1`,
      stored: "7 received, 2 rejected",
      recomputed: "6 received, 2 rejected",
    },
  ]);
});

test.each(["RECEIVED", "APPROVED"])("an order that is said to be %s, and is not, is found", async (status) => {
  const set = (to: string) => `UPDATE purchase_order SET status = '${to}' WHERE id = '${order.id}'`;
  expect(await foundWhile(server, set(status), set("PARTIALLY_RECEIVED"))).toEqual([
    {
      check: "status of an order",
      location: `order ${order.number}`,
      stored: status,
      recomputed: "PARTIALLY_RECEIVED",
    },
  ]);
});

test("a receipt whose line brought something else than its events is found", async () => {
  const set = (rejected: number) => `UPDATE receipt_line SET rejected_quantity = ${rejected} WHERE receipt_id = '${receipt.id}'`;
  const found = await foundWhile(server, set(1), set(2));
  expect(found.filter(({ check }) => check === "events of a receipt")).toEqual([
    { check: "events of a receipt", location: `receipt ${receipt.number} into A-01`, stored: "4", recomputed: "5" },
    { check: "events of a receipt", location: `receipt ${receipt.number} into Q-01`, stored: "2", recomputed: "1" },
  ]);
});

test("a receipt that is said to be reversed, and whose events are not, is found", async () => {
  const set = (by: string, at: string) => `UPDATE receipt SET reversed_by = ${by}, reversed_at = ${at} WHERE id = '${receipt.id}'`;
  const found = await foundWhile(server, set("user_id", "now()"), set("NULL", "NULL"));
  expect(found.filter(({ check }) => check === "events of a receipt").map(({ stored, recomputed }) => [stored, recomputed])).toEqual([
    ["4", "0"],
    ["2", "0"],
  ]);
});

test("an event that belongs to no receipt is found", async () => {
  const [event] = await server.sql<{ id: string }>(
    `INSERT INTO inventory_event (tenant_id, type, item_id, quantity, entered_quantity, entered_uom, to_location_id, to_status, unit_cost, source_type, source_id, user_id, occurred_at, recorded_at)
     SELECT tenant_id, type, item_id, 3, 3, 'EA', to_location_id, to_status, unit_cost, 'RECEIPT', gen_random_uuid(), user_id, now(), now()
     FROM inventory_event WHERE source_id = $1 LIMIT 1 RETURNING id`,
    [receipt.id],
  );
  const found = (await differencesOf(server.ownerUrl)).filter(({ check }) => check === "events of a receipt");
  await server.sql("ALTER TABLE inventory_event DISABLE TRIGGER inventory_event_immutable");
  await server.sql("DELETE FROM inventory_event WHERE id = $1", [event?.id]);
  await server.sql("ALTER TABLE inventory_event ENABLE TRIGGER inventory_event_immutable");
  expect(found).toMatchObject([{ sku, stored: "3", recomputed: "0" }]);
});
