import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { averageCostOf, expectAgreement, faultPaths, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let ledger: ReturnType<typeof ledgerOf>;
let A1: string;
let A2: string;

beforeAll(async () => {
  server = await startTestServer("ledger cost");
  warehouse = await createWarehouse(server);
  ledger = ledgerOf(await server.as("Supervisor"));
  [A1, A2] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
});
afterAll(async () => {
  try {
    await expectAgreement(server);
  } finally {
    await server.close();
  }
});

const receive = (item: Item, quantity: number, unitCost?: number, toLocationId = A1) =>
  ledger.post({ type: "RECEIVE", itemId: item.id, quantity, unitCost, toLocationId });
const ship = (item: Item, quantity: number, fromLocationId = A1) =>
  ledger.post({ type: "SHIP", itemId: item.id, quantity, fromLocationId });
const cost = (item: Item) => averageCostOf(server, item);

test("each receipt weighs in: (on hand × average + quantity × cost) / (on hand + quantity)", async () => {
  const item = await warehouse.item();
  await receive(item, 10, 2);
  expect(await cost(item)).toBe(2);
  await receive(item, 30, 4);
  expect(await cost(item)).toBe(3.5);
  await ship(item, 20);
  expect(await cost(item)).toBe(3.5);
  await receive(item, 1, 0);
  expect(await cost(item)).toBe(3.3333);
});

test("on hand counts every place, site and state", async () => {
  const item = await warehouse.item();
  await receive(item, 5, 1, A1);
  await ledger.post({ type: "HOLD", itemId: item.id, quantity: 5, fromLocationId: A1, reasonCode: "QUALITY" });
  const admin = ledgerOf(await server.as("Admin"));
  await admin.post({
    type: "RECEIVE",
    itemId: item.id,
    quantity: 5,
    unitCost: 3,
    toLocationId: server.tenants.acme.sites.second.locations["A-01"],
  });
  expect(await cost(item)).toBe(2);
  await receive(item, 10, 5, A2);
  expect(await cost(item)).toBe(3.5);
});

test("a receipt without a cost takes the average, and so does whatever leaves or is corrected", async () => {
  const item = await warehouse.item();
  await receive(item, 10, 2.5);
  expect((await receive(item, 5)).event.unitCost).toBe(2.5);
  expect((await ship(item, 1)).event.unitCost).toBe(2.5);
  expect(
    (await ledger.post({ type: "SCRAP", itemId: item.id, quantity: 1, fromLocationId: A1, reasonCode: "DAMAGED" })).event.unitCost,
  ).toBe(2.5);
  expect(
    (await ledger.post({ type: "ADJUST", itemId: item.id, quantity: 7, toLocationId: A1, reasonCode: "CORRECTION" })).event.unitCost,
  ).toBe(2.5);
  expect((await ledger.post({ type: "RETURN", itemId: item.id, quantity: 7, toLocationId: A1 })).event.unitCost).toBe(2.5);
  expect(await cost(item)).toBe(2.5);
});

test("the first receipt without a cost is worth nothing", async () => {
  const item = await warehouse.item();
  expect((await receive(item, 10)).event.unitCost).toBe(0);
  await receive(item, 10, 1);
  expect(await cost(item)).toBe(0.5);
});

test("what only changes its place or state has no cost, and leaves the average alone", async () => {
  const item = await warehouse.item();
  await receive(item, 10, 2);
  expect(
    (await ledger.post({ type: "MOVE", itemId: item.id, quantity: 3, fromLocationId: A1, toLocationId: A2 })).event.unitCost,
  ).toBeNull();
  expect(await cost(item)).toBe(2);
});

test("at zero the average stays, and the next receipt begins anew", async () => {
  const item = await warehouse.item();
  await receive(item, 10, 2);
  await ship(item, 10);
  expect(await cost(item)).toBe(2);
  expect((await receive(item, 4)).event.unitCost).toBe(2);
  await ship(item, 4);
  await receive(item, 5, 7);
  expect(await cost(item)).toBe(7);
});

test("within a batch the costs follow line by line", async () => {
  const item = await warehouse.item();
  const { events } = await ledger.batch([
    { type: "RECEIVE", itemId: item.id, quantity: 10, unitCost: 2, toLocationId: A1 },
    { type: "SHIP", itemId: item.id, quantity: 5, fromLocationId: A1 },
    { type: "RECEIVE", itemId: item.id, quantity: 5, unitCost: 4, toLocationId: A2 },
    { type: "MOVE", itemId: item.id, quantity: 5, fromLocationId: A2, toLocationId: A1 },
    { type: "SHIP", itemId: item.id, quantity: 10, fromLocationId: A1 },
    { type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: A1 },
  ]);
  expect(events.map(({ unitCost }) => unitCost)).toEqual([2, 2, 4, null, 3, 3]);
  expect(await cost(item)).toBe(3);
});

describe("a reversal takes out what the original put in", () => {
  test("of a receipt: the average is what it would be without it", async () => {
    const item = await warehouse.item();
    await receive(item, 10, 2);
    const { event } = await receive(item, 30, 4);
    const { event: undone } = await ledger.reverse(event.id);
    expect(undone.unitCost).toBe(4);
    expect(await cost(item)).toBe(2);
  });
  test("of a shipment: at the cost that it left with, not at today's", async () => {
    const item = await warehouse.item();
    await receive(item, 10, 2);
    const { event } = await ship(item, 5);
    await receive(item, 5, 4);
    expect(await cost(item)).toBe(3);
    await ledger.reverse(event.id);
    expect(await cost(item)).toBe(2.6667);
  });
  test("of the only receipt: at zero the average stays", async () => {
    const item = await warehouse.item();
    const { event } = await receive(item, 10, 2);
    await ledger.reverse(event.id);
    expect(await cost(item)).toBe(2);
  });
  test("never below nothing", async () => {
    const item = await warehouse.item();
    await receive(item, 10, 1);
    const { event } = await receive(item, 10, 9);
    await ship(item, 9);
    await ledger.reverse(event.id);
    expect(await cost(item)).toBeGreaterThanOrEqual(0);
  });
});

test("a cost is refused where the average applies", async () => {
  const item = await warehouse.item();
  for (const type of ["SHIP", "MOVE", "RETURN", "ADJUST"] as const) {
    expect(faultPaths(await ledger.refused({ type, itemId: item.id, quantity: 1, unitCost: 1, fromLocationId: A1 }))).toContain("unitCost");
  }
});

test("rounding is to four decimals, half away from zero, at any size", async () => {
  const item = await warehouse.item({ baseUom: "KG" });
  await receive(item, 3, 0.0001);
  await receive(item, 1, 0);
  expect(await cost(item)).toBe(0.0001);
  await receive(item, 2, 0);
  expect(await cost(item)).toBe(0.0001);
  const big = await warehouse.item({ baseUom: "KG" });
  await receive(big, 99_999_999_998, 99_999_999_999.9999);
  await receive(big, 1, 99_999_999_999.9999);
  expect(await cost(big)).toBe(99_999_999_999.9999);
});
