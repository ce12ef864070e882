import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Item } from "#contract/catalog.ts";
import { AuditEventList } from "#contract/identity.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let supervisor: TestClient;
let warehouse: Warehouse;
beforeAll(async () => {
  server = await startTestServer("items");
  supervisor = await server.as("Supervisor");
  warehouse = await createWarehouse(server);
});
afterAll(() => server.close());

describe("an item", () => {
  test("comes back as it was made, with defaults", async () => {
    const answer = await supervisor.post("/inventory/items", {
      sku: " bolt-1 ",
      name: 'Bolt 3/4"',
      category: "Fasteners",
      reorderPoint: 12.5,
      standardCost: 0.0001,
      units: [{ uom: "ctn", factor: 12 }],
    });
    expect(answer.status).toBe(201);
    const item = answer.read(Item);
    expect(item).toMatchObject({
      sku: "BOLT-1",
      name: 'Bolt 3/4"',
      baseUom: "EA",
      tracking: "NONE",
      reorderPoint: 12.5,
      standardCost: 0.0001,
      onHand: 0,
      averageCost: null,
      active: true,
      version: 1,
    });
    expect(item.units).toEqual([{ uom: "CTN", factor: 12 }]);
    expect((await supervisor.get(`/inventory/items/${item.id}`)).read(Item)).toEqual(item);
  });

  test("with a SKU that is taken is a conflict", async () => {
    const { sku } = await warehouse.item();
    const answer = await supervisor.post("/inventory/items", { sku: sku.toLowerCase(), name: "Again" });
    expect(answer.error).toMatchObject({
      statusCode: 409,
      code: "UNIQUE_CONSTRAINT_VIOLATION",
      message: "A record with this sku already exists",
      details: { fields: ["sku"] },
    });
  });

  test.each<[object, Record<string, string>]>([
    [{ name: "x" }, { sku: "Invalid input: expected string, received undefined" }],
    [
      { sku: "", name: " " },
      { sku: "Must not be empty", name: "Must not be empty" },
    ],
    [{ sku: "X", name: "x", colour: "red" }, { colour: "Unknown field" }],
    [
      { sku: "X", name: "x", tenantId: "1", onHand: 5 },
      { tenantId: "Unknown field", onHand: "Unknown field" },
    ],
    [{ sku: "X", name: "x", baseUom: "FURLONG" }, { baseUom: "FURLONG is not an active unit" }],
    [{ sku: "X", name: "x", reorderPoint: -1 }, { reorderPoint: "Must not be negative" }],
    [{ sku: "X", name: "x", standardCost: 1.00001 }, { standardCost: "Must have at most 4 decimals" }],
    [{ sku: "X", name: "x", units: [{ uom: "CTN", factor: 0 }] }, { "units.0.factor": "Must be greater than 0" }],
    [{ sku: "X", name: "x", units: [{ uom: "CTN", factor: 1.5 }] }, { "units.0.factor": "Must be whole: EA is counted, never cut" }],
    [{ sku: "X", name: "x", units: [{ uom: "EA", factor: 2 }] }, { "units.0.uom": "Is the base unit" }],
    [
      {
        sku: "X",
        name: "x",
        units: [
          { uom: "BOX", factor: 2 },
          { uom: "BOX", factor: 3 },
        ],
      },
      { "units.1.uom": "Is there twice" },
    ],
    [{ sku: "X", name: "x", units: [{ uom: "NONE", factor: 2 }] }, { "units.0.uom": "NONE is not an active unit" }],
    [{ sku: "X", name: "x", baseUom: "KG", tracking: "SERIAL" }, { tracking: "Serial numbers need a unit that is counted, and KG is not" }],
    [{ sku: "X\u202E", name: "x" }, { sku: "Must be a single line without invisible characters" }],
  ])("%j is refused where it is wrong", async (body, faults) => {
    const answer = await supervisor.post("/inventory/items", body);
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toEqual(faults);
  });

  test("is changed only from the state that was seen", async () => {
    const { id } = await warehouse.item();
    const path = `/inventory/items/${id}`;
    expect(faultsOf(await supervisor.patch(path, { name: "New" }))).toEqual({ version: "Give the version you saw, or an If-Match header" });
    expect((await supervisor.patch(path, { version: 1, name: "New" })).read(Item)).toMatchObject({ name: "New", version: 2 });
    expect((await supervisor.patch(path, { version: 1, name: "Late" })).error).toMatchObject({
      statusCode: 409,
      code: "STALE_VERSION",
      details: { version: 2 },
    });
    const seen = (await supervisor.get(path)).headers.get("etag") ?? "";
    expect((await supervisor.patch(path, { name: "Newer" }, { "if-match": seen })).status).toBe(200);
    expect((await supervisor.patch(path, { name: "Late" }, { "if-match": seen })).error).toMatchObject({
      statusCode: 412,
      code: "PRECONDITION_FAILED",
    });
    expect((await supervisor.patch(path, { version: 3, name: "Late" }, { "if-match": "nonsense" })).status).toBe(412);
  });

  test("changed by two at once is changed by one", async () => {
    const { id } = await warehouse.item();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => supervisor.patch(`/inventory/items/${id}`, { version: 1, name: `By ${index}` })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  test("leaves a trail of what changed", async () => {
    const { id, name } = await warehouse.item();
    await supervisor.patch(`/inventory/items/${id}`, { version: 1, name: "After" });
    const { items } = (await warehouse.get(`/audit-events?entityType=item&entityId=${id}`)).read(AuditEventList);
    expect(items.map(({ action }) => action)).toEqual(["item.updated", "item.created"]);
    expect(items[0]).toMatchObject({ userName: "Supervisor", before: { name, version: 1 }, after: { name: "After", version: 2 } });
  });

  test("keeps base unit and tracking once it moved", async () => {
    const fresh = await warehouse.item();
    expect(
      (await supervisor.patch(`/inventory/items/${fresh.id}`, { version: 1, baseUom: "KG", tracking: "LOT" })).read(Item),
    ).toMatchObject({ baseUom: "KG", tracking: "LOT" });
    const moved = await warehouse.stock({ at: "A-01", onHand: 3 });
    for (const change of [{ baseUom: "KG" }, { tracking: "LOT" }]) {
      expect((await supervisor.patch(`/inventory/items/${moved.id}`, { version: 1, ...change })).error).toMatchObject({
        statusCode: 409,
        code: "IN_USE",
      });
    }
    expect((await supervisor.patch(`/inventory/items/${moved.id}`, { version: 1, baseUom: "EA", tracking: "NONE" })).status).toBe(200);
  });

  test("with stock is not given up", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 1 });
    expect((await supervisor.patch(`/inventory/items/${item.id}`, { version: 1, active: false })).error).toMatchObject({
      statusCode: 409,
      code: "IN_USE",
    });
    await warehouse.post("/inventory/events", { type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: warehouse.locationId("A-01") });
    expect((await supervisor.patch(`/inventory/items/${item.id}`, { version: 1, active: false })).read(Item).active).toBe(false);
  });

  test("given up while goods come in is either empty or refused", async () => {
    for (let round = 0; round < 5; round++) {
      const item = await warehouse.item();
      const [received, closed] = await Promise.all([
        warehouse.post("/inventory/events", { type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: warehouse.locationId("A-01") }),
        supervisor.patch(`/inventory/items/${item.id}`, { version: 1, active: false }),
      ]);
      expect([received.status === 201, closed.status === 200].filter(Boolean)).toHaveLength(1);
    }
  });

  test("replaces its units as a whole, but not one that a barcode counts in", async () => {
    const item = await warehouse.item({ units: [{ uom: "BOX", factor: 10 }] });
    await supervisor.post(`/inventory/items/${item.id}/barcodes`, { code: `box-${item.sku}`, uom: "BOX" });
    expect((await supervisor.patch(`/inventory/items/${item.id}`, { version: 1, units: [{ uom: "CTN", factor: 12 }] })).error.code).toBe(
      "IN_USE",
    );
    const changed = (
      await supervisor.patch(`/inventory/items/${item.id}`, {
        version: 1,
        units: [
          { uom: "CTN", factor: 12 },
          { uom: "BOX", factor: 20 },
        ],
      })
    ).read(Item);
    expect(changed.units).toEqual([
      { uom: "CTN", factor: 12 },
      { uom: "BOX", factor: 20 },
    ]);
  });
});
