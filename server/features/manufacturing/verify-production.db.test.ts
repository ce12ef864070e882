import { afterAll, beforeAll, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import type { ProductionOrder } from "#contract/production.ts";
import { differencesOf, foundWhile } from "#tests/support/ledger.ts";
import { createManufacturing } from "#tests/support/manufacturing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let order: ProductionOrder;
let part: Item;
let location: string;

beforeAll(async () => {
  server = await startTestServer("verify production");
  const warehouse = await createWarehouse(server);
  const making = await createManufacturing(server, warehouse);
  part = await warehouse.stock({ at: "A-01", onHand: 20, unitCost: 2 });
  const product = await warehouse.item();
  await making.bom(product, [{ item: part, quantity: 2 }]);
  order = await making.released(product, 5);
  await making.posting(making.consume(order, [{ itemId: part.id, quantity: 4 }]));
  await making.posting(making.undo(await making.posting(making.consume(order, [{ itemId: part.id, quantity: 1 }]))));
  await making.posting(making.output(order, 2, { scrapQuantity: 1 }));
  location = `production order ${order.number}`;
});
afterAll(() => server.close());

const orderSet = (text: string) => `UPDATE production_order SET ${text} WHERE id = '${order.id}'`;
const componentSet = (consumed: number) =>
  `UPDATE production_component SET consumed_quantity = ${consumed} WHERE production_order_id = '${order.id}'`;

test("what was consumed, made, scrapped and undone agrees", async () => {
  expect(await differencesOf(server.ownerUrl)).toEqual([]);
});

test.each([
  ["consumed for a production order", () => [componentSet(5), componentSet(4)], "5", "4"],
  ["produced for a production order", () => [orderSet("produced_quantity = 3"), orderSet("produced_quantity = 2")], "3", "2"],
  ["scrapped for a production order", () => [orderSet("scrapped_quantity = 0"), orderSet("scrapped_quantity = 1")], "0", "1"],
  [
    "status of a production order",
    () => [
      orderSet("status = 'RELEASED', produced_quantity = 0, scrapped_quantity = 0"),
      orderSet("status = 'IN_PROGRESS', produced_quantity = 2, scrapped_quantity = 1"),
    ],
    "RELEASED",
    "IN_PROGRESS",
  ],
] as const)("a difference in what is %s is found", async (check, sets, stored, recomputed) => {
  const [damage, repair] = sets();
  const found = await foundWhile(server, damage ?? "", repair ?? "");
  expect(found).toContainEqual({ check, location, stored, recomputed });
});

test("a promise beyond what the order still needs is found", async () => {
  const promised = (change: string) => `
    WITH a AS (UPDATE inventory_allocation SET quantity = quantity ${change} 2 WHERE document_id = '${order.id}')
    UPDATE inventory_balance SET allocated = allocated ${change} 2 WHERE item_id = '${part.id}'`;
  expect(await foundWhile(server, promised("+"), promised("-"))).toEqual([
    { check: "allocated to a production order", location, stored: "7", recomputed: "6" },
  ]);
});

test("output that carries more than was consumed is found", async () => {
  const events = (cost: string) => `
    ALTER TABLE inventory_event DISABLE TRIGGER inventory_event_immutable;
    UPDATE inventory_event SET unit_cost = ${cost} WHERE type = 'PRODUCE';
    ALTER TABLE inventory_event ENABLE TRIGGER inventory_event_immutable`;
  const found = await foundWhile(server, events("unit_cost + 5"), events("unit_cost - 5"));
  expect(found).toContainEqual({ check: "cost of a production order", location, stored: "18", recomputed: "8" });
});
