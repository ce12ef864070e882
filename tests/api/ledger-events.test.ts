import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { Posted, postableTypes, type PostableType } from "#contract/ledger.ts";
import {
  availableOf,
  balancesOf,
  expectAgreement,
  type EventBody,
  expectNothingWritten,
  faultPaths,
  ledgerOf,
} from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let ledger: ReturnType<typeof ledgerOf>;
let A1: string;
let A2: string;

beforeAll(async () => {
  server = await startTestServer("ledger events");
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

const stock = () => warehouse.stock({ at: "A-01", onHand: 10, unitCost: 2 });

describe("what each type of event does to ten on hand at A-01", () => {
  const cases: Record<PostableType, [(item: Item) => EventBody, Record<string, number>]> = {
    RECEIVE: [() => ({ type: "RECEIVE", quantity: 3, toLocationId: A2 }), { "A-01": 10, "A-02": 3 }],
    MOVE: [() => ({ type: "MOVE", quantity: 3, fromLocationId: A1, toLocationId: A2 }), { "A-01": 7, "A-02": 3 }],
    RETURN: [() => ({ type: "RETURN", quantity: 3, toLocationId: A1, reasonCode: "CUSTOMER-RETURN" }), { "A-01": 13 }],
    SHIP: [() => ({ type: "SHIP", quantity: 3, fromLocationId: A1 }), { "A-01": 7 }],
    SCRAP: [() => ({ type: "SCRAP", quantity: 3, fromLocationId: A1, reasonCode: "DAMAGED" }), { "A-01": 7 }],
    HOLD: [() => ({ type: "HOLD", quantity: 3, fromLocationId: A1, reasonCode: "QUALITY" }), { "A-01": 7, "A-01 on hold": 3 }],
    RELEASE: [() => ({ type: "RELEASE", quantity: 3, fromLocationId: A1 }), { "A-01": 10 }],
    ADJUST: [() => ({ type: "ADJUST", quantity: 3, fromLocationId: A1, reasonCode: "CORRECTION" }), { "A-01": 7 }],
  };

  test.each(postableTypes)("%s", async (type) => {
    const item = await stock();
    if (type === "RELEASE") await ledger.post({ type: "HOLD", itemId: item.id, quantity: 3, fromLocationId: A1, reasonCode: "QUALITY" });
    const [bodyOf, expected] = cases[type];
    const answer = await ledger.send({ ...bodyOf(item), itemId: item.id });
    expect(answer.status).toBe(201);
    const { event, balances } = answer.read(Posted);
    expect(event).toMatchObject({
      type,
      itemId: item.id,
      sku: item.sku,
      quantity: 3,
      uom: "EA",
      reversesEventId: null,
      reversedByEventId: null,
      userName: "Supervisor",
    });
    const rows = await balancesOf(server, item);
    expect(
      Object.fromEntries(rows.map((row) => [row.location.replace("MAIN/", "") + (row.status === "HOLD" ? " on hold" : ""), row.on_hand])),
    ).toEqual(expected);
    for (const balance of balances.filter(({ onHand }) => onHand > 0)) {
      expect(rows).toContainEqual(
        expect.objectContaining({ location: `MAIN/${balance.locationCode}`, status: balance.status, on_hand: balance.onHand }),
      );
    }
    expect((await server.as("Viewer").then((viewer) => viewer.get(`/inventory/events/${event.id}`))).json).toEqual(event);
  });

  test("ADJUST upward", async () => {
    const item = await stock();
    await ledger.post({ type: "ADJUST", itemId: item.id, quantity: 2, toLocationId: A1, reasonCode: "CORRECTION" });
    expect(await availableOf(server, item)).toEqual({ "A-01": 12 });
  });
});

describe("too little stock", () => {
  const takes: [string, EventBody][] = [
    ["MOVE", { type: "MOVE", quantity: 11 }],
    ["SHIP", { type: "SHIP", quantity: 11 }],
    ["SCRAP", { type: "SCRAP", quantity: 11, reasonCode: "DAMAGED" }],
    ["HOLD", { type: "HOLD", quantity: 11, reasonCode: "QUALITY" }],
    ["ADJUST", { type: "ADJUST", quantity: 11, reasonCode: "CORRECTION" }],
  ];
  test.each(takes)("%s tells what, where, how much was asked and how much is available", async (type, body) => {
    const item = await stock();
    await expectNothingWritten(server, async () => {
      const error = await ledger.refused({
        ...body,
        itemId: item.id,
        fromLocationId: A1,
        ...(type === "MOVE" ? { toLocationId: A2 } : {}),
      });
      expect(error).toMatchObject({
        statusCode: 409,
        code: "INSUFFICIENT_STOCK",
        details: {
          itemId: item.id,
          sku: item.sku,
          locationId: A1,
          locationCode: "A-01",
          lotId: null,
          status: "AVAILABLE",
          asked: 11,
          available: 10,
        },
      });
    });
  });

  test("where there never was any, none is available", async () => {
    const item = await warehouse.item();
    expect(await ledger.refused({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A2 })).toMatchObject({
      code: "INSUFFICIENT_STOCK",
      details: { asked: 1, available: 0 },
    });
  });

  test("stock on hold is there, but not to be shipped or moved as available", async () => {
    const item = await stock();
    await ledger.post({ type: "HOLD", itemId: item.id, quantity: 8, fromLocationId: A1, reasonCode: "QUALITY" });
    expect(await ledger.refused({ type: "SHIP", itemId: item.id, quantity: 3, fromLocationId: A1 })).toMatchObject({
      code: "INSUFFICIENT_STOCK",
      details: { available: 2 },
    });
    expect(faultPaths(await ledger.refused({ type: "SHIP", itemId: item.id, quantity: 3, fromLocationId: A1, status: "HOLD" }))).toEqual([
      "status",
    ]);
    expect(await ledger.refused({ type: "RELEASE", itemId: item.id, quantity: 9, fromLocationId: A1 })).toMatchObject({
      code: "INSUFFICIENT_STOCK",
      details: { status: "HOLD", available: 8 },
    });
    await ledger.post({ type: "MOVE", itemId: item.id, quantity: 8, fromLocationId: A1, toLocationId: A2, status: "HOLD" });
    await ledger.post({ type: "RELEASE", itemId: item.id, quantity: 5, fromLocationId: A2 });
    await ledger.post({ type: "SHIP", itemId: item.id, quantity: 5, fromLocationId: A2 });
    expect(await availableOf(server, item)).toEqual({ "A-01": 2 });
  });

  test("stock promised to a document cannot be taken by anything", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 10, allocated: 8 });
    for (const [type, body] of takes) {
      const error = await ledger.refused({
        ...body,
        quantity: 3,
        itemId: item.id,
        fromLocationId: A1,
        ...(type === "MOVE" ? { toLocationId: A2 } : {}),
      });
      expect(error, type).toMatchObject({ code: "INSUFFICIENT_STOCK", details: { asked: 3, available: 2 } });
    }
    await ledger.post({ type: "MOVE", itemId: item.id, quantity: 2, fromLocationId: A1, toLocationId: A2 });
    expect((await balancesOf(server, item)).map(({ on_hand, allocated }) => [on_hand, allocated])).toEqual([
      [8, 8],
      [2, 0],
    ]);
  });
});

describe("units", () => {
  test("what was entered in cartons is kept so, and posted in the base unit", async () => {
    const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
    const { event } = await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 2.5, uom: "CTN", toLocationId: A1 });
    expect(event).toMatchObject({ quantity: 30, uom: "EA", enteredQuantity: 2.5, enteredUom: "CTN" });
    expect(await availableOf(server, item)).toEqual({ "A-01": 30 });
  });

  test("a unit that the item does not have is refused, its base unit by name is not", async () => {
    const item = await warehouse.item();
    expect(faultPaths(await ledger.refused({ type: "RECEIVE", itemId: item.id, quantity: 1, uom: "CTN", toLocationId: A1 }))).toEqual([
      "uom",
    ]);
    await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 1, uom: "ea", toLocationId: A1 });
  });

  test("what is counted in whole units is never cut, not by a conversion either", async () => {
    const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
    expect(faultPaths(await ledger.refused({ type: "RECEIVE", itemId: item.id, quantity: 1.5, toLocationId: A1 }))).toEqual(["quantity"]);
    expect(faultPaths(await ledger.refused({ type: "RECEIVE", itemId: item.id, quantity: 0.1, uom: "CTN", toLocationId: A1 }))).toEqual([
      "quantity",
    ]);
    const liquid = await warehouse.item({ baseUom: "L" });
    await ledger.post({ type: "RECEIVE", itemId: liquid.id, quantity: 0.0001, toLocationId: A1 });
    expect(await availableOf(server, liquid)).toEqual({ "A-01": 0.0001 });
  });

  test("an amount that has no four decimals in the base unit is refused", async () => {
    const item = await warehouse.item({ baseUom: "KG", units: [{ uom: "G", factor: 0.001 }] });
    expect(faultPaths(await ledger.refused({ type: "RECEIVE", itemId: item.id, quantity: 0.01, uom: "G", toLocationId: A1 }))).toEqual([
      "quantity",
    ]);
    await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 0.1, uom: "G", toLocationId: A1 });
  });

  test("an amount beyond what can be stored is refused, in one event and in the sum", async () => {
    const item = await warehouse.item({ baseUom: "KG", units: [{ uom: "PAL", factor: 1_000 }] });
    expect(
      (await ledger.refused({ type: "RECEIVE", itemId: item.id, quantity: 99_999_999_999, uom: "PAL", toLocationId: A1 })).statusCode,
    ).toBe(400);
    await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 99_999_999_999.9999, toLocationId: A1 });
    expect((await ledger.refused({ type: "RECEIVE", itemId: item.id, quantity: 0.0001, toLocationId: A1 })).statusCode).toBe(400);
    expect(await availableOf(server, item)).toEqual({ "A-01": 99_999_999_999.9999 });
  });
});

describe("by code or by id", () => {
  test("the same thing is named, whatever its case", async () => {
    const item = await stock();
    await ledger.post({
      type: "MOVE",
      sku: item.sku.toLowerCase(),
      quantity: 1,
      siteId: server.tenants.acme.sites.main.id,
      fromLocationCode: "a-01",
      toLocationCode: " A-02 ",
    });
    expect(await availableOf(server, item)).toEqual({ "A-01": 9, "A-02": 1 });
  });
  test("from a place to itself is refused, however it is named", async () => {
    const item = await stock();
    const siteId = server.tenants.acme.sites.main.id;
    for (const places of [
      { fromLocationId: A1, toLocationId: A1 },
      { fromLocationId: A1.toUpperCase(), toLocationId: A1 },
      { fromLocationId: A1, toLocationCode: "A-01", siteId },
      { fromLocationCode: "A-01", toLocationCode: "a-01", siteId },
    ]) {
      expect(faultPaths(await ledger.refused({ type: "MOVE", itemId: item.id, quantity: 1, ...places }))).toEqual(["toLocationId"]);
    }
  });
  test.each<[string, (item: Item) => EventBody, string]>([
    ["an item", () => ({ type: "SHIP", sku: "NO-SUCH", quantity: 1, fromLocationId: A1 }), "sku"],
    [
      "a location",
      ({ id }) => ({ type: "SHIP", itemId: id, quantity: 1, fromLocationCode: "NO-SUCH", siteId: server.tenants.acme.sites.main.id }),
      "fromLocationCode",
    ],
    [
      "a location of another site",
      ({ id }) => ({ type: "SHIP", itemId: id, quantity: 1, fromLocationCode: "A-01", siteId: crypto.randomUUID() }),
      "fromLocationCode",
    ],
  ])("%s that is not there is 404, and says which field", async (_, bodyOf, path) => {
    const error = await ledger.refused(bodyOf(await stock()));
    expect({ status: error.statusCode, paths: faultPaths(error) }).toEqual({ status: 404, paths: [path] });
  });
});

test.each([
  ["SCRAP", "QUALITY"],
  ["HOLD", "DAMAGED"],
  ["ADJUST", "NO-SUCH"],
  ["SHIP", "CORRECTION"],
  ["RETURN", "DAMAGED"],
] as const)("%s with a reason code for something else is refused", async (type, reasonCode) => {
  const item = await stock();
  const place = type === "RETURN" ? { toLocationId: A1 } : { fromLocationId: A1 };
  expect(faultPaths(await ledger.refused({ type, itemId: item.id, quantity: 1, reasonCode, ...place }))).toEqual(["reasonCode"]);
});

test("when it happened is kept; when it was recorded is the ledger's own, and never earlier than the one before", async () => {
  const item = await stock();
  const first = await ledger.post({
    type: "SHIP",
    itemId: item.id,
    quantity: 1,
    fromLocationId: A1,
    occurredAt: "2020-02-29T12:00:00+02:00",
    note: "Über <b>",
  });
  expect(first.event).toMatchObject({ occurredAt: "2020-02-29T10:00:00Z", note: "Über <b>" });
  const second = await ledger.post({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A1 });
  expect(Date.now() - new Date(second.event.recordedAt).getTime()).toBeLessThan(60_000);
  expect(second.event.recordedAt > first.event.recordedAt).toBe(true);
  expect(second.event.occurredAt).toBe(second.event.recordedAt);
});
