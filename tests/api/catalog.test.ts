import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Barcode, BarcodeList, Item, ItemList, Lot, LotList, ReasonCode, ReasonCodeList, Unit, UnitList } from "#contract/catalog.ts";
import { AuditEventList } from "#contract/identity.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let supervisor: TestClient;
let warehouse: Warehouse;
beforeAll(async () => {
  server = await startTestServer("catalog");
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
    [{ sku: "X\u202E", name: "x" }, { sku: "Must not contain control characters" }],
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

describe("the list of items", () => {
  const skus = async (query: string) => (await supervisor.get(`/inventory/items?${query}`)).read(ItemList).items.map(({ sku }) => sku);
  beforeAll(async () => {
    for (const [index, name] of ["O'Brien bracket", '3/4" bolt', "50% vinegar", "A--B connector", "union nut", "Ünïcode ßtück"].entries()) {
      await warehouse.item({
        sku: `LIST-${index}`,
        name,
        category: `Cat ${index % 2}`,
        ...(index === 5 ? { tracking: "LOT" as const } : {}),
      });
    }
  });

  test.each([
    ["O'Brien", ["LIST-0"]],
    ['3/4" bolt', ["LIST-1"]],
    ["50%", ["LIST-2"]],
    ["A--B", ["LIST-3"]],
    ["union nut", ["LIST-4"]],
    ["ünïCODE", ["LIST-5"]],
    ["list-3", ["LIST-3"]],
    ["%", ["LIST-2"]],
    ["_", []],
    ["select-grade oak", []],
    ["drop forged", []],
    ["C#", []],
  ])("finds %j", async (text, found) => {
    expect(await skus(`search=${encodeURIComponent(text)}`)).toEqual(found);
  });

  test.each([
    "'; DROP TABLE users; --",
    "x' OR '1'='1",
    "1 UNION SELECT password FROM users",
    "x'; --",
    "a'/*",
    "1 or 1=1",
    "xp_cmdshell",
    "pg_sleep(10)",
  ])("refuses %j", async (text) => {
    const answer = await supervisor.get(`/inventory/items?search=${encodeURIComponent(text)}`);
    expect(answer.error).toMatchObject({ statusCode: 400, message: "Invalid search query - contains forbidden patterns" });
    expect(faultsOf(answer)).toHaveProperty("search");
  });

  test("finds by barcode, in whatever case", async () => {
    const item = await warehouse.item();
    await supervisor.post(`/inventory/items/${item.id}/barcodes`, { code: "Ab-4006381333931" });
    expect(await skus("search=AB-40063813")).toEqual([item.sku]);
  });

  test("filters", async () => {
    expect(await skus("category=Cat%201&sort=-sku")).toEqual(["LIST-5", "LIST-3", "LIST-1"]);
    expect(await skus("tracking=LOT&search=list-")).toEqual(["LIST-5"]);
    expect(await skus("sku=list-2")).toEqual(["LIST-2"]);
    expect(await skus("active=false&search=list-")).toEqual([]);
  });

  test("pages by offset and by cursor through every row once", async () => {
    const all = await skus("search=LIST-&limit=1000");
    expect(all).toHaveLength(6);
    for (const sort of ["sku", "-name", "category,-sku", "-category", "createdAt", "-updatedAt,name"]) {
      const whole = await skus(`search=LIST-&sort=${sort}`);
      const byOffset = [
        ...(await skus(`search=LIST-&sort=${sort}&limit=4`)),
        ...(await skus(`search=LIST-&sort=${sort}&limit=4&offset=4`)),
      ];
      const byCursor: string[] = [];
      let cursor: string | null = null;
      do {
        const after: string = cursor === null ? "" : `&cursor=${cursor}`;
        const page = (await supervisor.get(`/inventory/items?search=LIST-&sort=${sort}&limit=2${after}`)).read(ItemList);
        byCursor.push(...page.items.map(({ sku }) => sku));
        cursor = page.page.nextCursor;
      } while (cursor !== null);
      expect(byOffset, sort).toEqual(whole);
      expect(byCursor, sort).toEqual(whole);
    }
  });

  test("tells its page, and counts when asked", async () => {
    expect((await supervisor.get("/inventory/items?search=LIST-&limit=2&total=true")).read(ItemList).page).toMatchObject({
      limit: 2,
      offset: 0,
      hasMore: true,
      total: 6,
    });
    expect((await supervisor.get("/inventory/items?search=LIST-&offset=100&total=true")).read(ItemList)).toMatchObject({
      items: [],
      page: { hasMore: false, total: 6 },
    });
    expect((await supervisor.get("/inventory/items?limit=1000000")).read(ItemList).page.limit).toBe(1_000);
    expect((await supervisor.get("/inventory/items?limit=-1&offset=-5")).read(ItemList).page).toMatchObject({ limit: 50, offset: 0 });
  });

  test.each([
    ["sort=password", "sort"],
    ["sort=sku;drop", "sort"],
    ["cursor=forged", "cursor"],
    ["unknown=1", "unknown"],
    ["active=maybe", "active"],
    ["tracking=SOME", "tracking"],
    ["total=1", "total"],
    ["search=a&search=b", "search"],
  ])("refuses ?%s", async (query, path) => {
    expect(faultsOf(await supervisor.get(`/inventory/items?${query}`))).toHaveProperty(path);
  });

  test("is one statement, however long, and shows stock and cost", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 4, unitCost: 2.5 });
    const operator = await server.as("Operator");
    for (const client of [warehouse.client, operator]) {
      const statements = await server.statements(async () => {
        const { items } = (await client.get("/inventory/items?limit=1000")).read(ItemList);
        expect(items.find(({ id }) => id === item.id)).toMatchObject({ onHand: 4, averageCost: 2.5 });
      });
      expect(statements.filter((text) => !text.includes("find_session"))).toHaveLength(1);
    }
  });
});

describe("barcodes", () => {
  test("are added, listed and taken away", async () => {
    const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
    const path = `/inventory/items/${item.id}/barcodes`;
    const carton = (await supervisor.post(path, { code: "C-1", uom: "CTN" })).read(Barcode);
    await supervisor.post(path, { code: "c-1" });
    expect((await supervisor.get(path)).read(BarcodeList).items).toHaveLength(2);
    expect((await supervisor.get(`/inventory/items/${item.id}`)).read(Item).barcodes).toHaveLength(2);
    expect((await supervisor.delete(`${path}/${carton.id}`)).status).toBe(204);
    expect((await supervisor.delete(`${path}/${carton.id}`)).status).toBe(404);
    expect((await supervisor.get(path)).read(BarcodeList).items.map(({ code }) => code)).toEqual(["c-1"]);
  });

  test("are on one item only, in one of its units", async () => {
    const [one, other] = [await warehouse.item(), await warehouse.item()];
    await supervisor.post(`/inventory/items/${one.id}/barcodes`, { code: "ONCE" });
    expect((await supervisor.post(`/inventory/items/${other.id}/barcodes`, { code: "ONCE" })).error).toMatchObject({
      code: "UNIQUE_CONSTRAINT_VIOLATION",
      message: "A record with this code already exists",
    });
    expect(faultsOf(await supervisor.post(`/inventory/items/${one.id}/barcodes`, { code: "2", uom: "PAL" }))).toEqual({
      uom: "Is none of the item's units: EA",
    });
    const { items } = (await supervisor.get(`/inventory/items/${one.id}/barcodes`)).read(BarcodeList);
    expect((await supervisor.delete(`/inventory/items/${other.id}/barcodes/${items[0]?.id}`)).status).toBe(404);
  });
});

describe("lots", () => {
  test("are of an item that is tracked", async () => {
    const [plain, tracked] = [await warehouse.item(), await warehouse.item({ tracking: "LOT" })];
    const lot = (
      await supervisor.post("/inventory/lots", { itemId: tracked.id, code: "L-2030", expiresOn: "2030-02-28", supplierLot: "sup 9" })
    ).read(Lot);
    expect(lot).toMatchObject({ itemId: tracked.id, sku: tracked.sku, expiresOn: "2030-02-28", supplierLot: "sup 9", version: 1 });
    expect(faultsOf(await supervisor.post("/inventory/lots", { itemId: plain.id, code: "L" }))).toEqual({
      itemId: "Is not tracked by lot or serial number",
    });
    expect((await supervisor.post("/inventory/lots", { itemId: tracked.id, code: "L-2030" })).error.code).toBe(
      "UNIQUE_CONSTRAINT_VIOLATION",
    );
    expect(faultsOf(await supervisor.post("/inventory/lots", { itemId: tracked.id, code: "L", expiresOn: "2030-02-30" }))).toHaveProperty(
      "expiresOn",
    );
    expect((await supervisor.patch(`/inventory/lots/${lot.id}`, { version: 1, expiresOn: null })).read(Lot)).toMatchObject({
      expiresOn: null,
      version: 2,
    });
    expect((await supervisor.patch(`/inventory/lots/${lot.id}`, { version: 1, expiresOn: null })).error.code).toBe("STALE_VERSION");
  });

  test("are found by item, expiry and text", async () => {
    const { id } = await warehouse.item({ tracking: "LOT" });
    for (const [code, expiresOn] of [
      ["X-1", "2031-01-01"],
      ["X-2", "2032-01-01"],
      ["X-3", null],
    ])
      await supervisor.post("/inventory/lots", { itemId: id, code, expiresOn });
    const codes = async (query: string) =>
      (await supervisor.get(`/inventory/lots?itemId=${id}&${query}`)).read(LotList).items.map(({ code }) => code);
    expect(await codes("from=2031-06-01")).toEqual(["X-2"]);
    expect(await codes("to=2031-06-01")).toEqual(["X-1"]);
    expect(await codes("search=x-3")).toEqual(["X-3"]);
    expect(await codes("sort=-expiresOn")).toEqual(["X-3", "X-2", "X-1"]);
  });
});

describe("units and reason codes", () => {
  test("a unit out of use is offered to no other item", async () => {
    const unit = (await supervisor.post("/inventory/units", { code: "drum", name: "Drum", whole: true })).read(Unit);
    expect(unit).toMatchObject({ code: "DRUM", whole: true, active: true });
    const user = await warehouse.item({ baseUom: "DRUM" });
    expect((await supervisor.patch(`/inventory/units/${unit.id}`, { version: 1, active: false })).read(Unit).active).toBe(false);
    expect(faultsOf(await supervisor.post("/inventory/items", { sku: "DRUMMED", name: "x", baseUom: "DRUM" }))).toEqual({
      baseUom: "DRUM is not an active unit",
    });
    expect((await supervisor.patch(`/inventory/items/${user.id}`, { version: 1, units: [{ uom: "PAL", factor: 4 }] })).status).toBe(200);
    expect((await supervisor.get("/inventory/units?active=false")).read(UnitList).items.map(({ code }) => code)).toEqual(["DRUM"]);
    expect((await supervisor.post("/inventory/units", { code: "DRUM", name: "Again" })).error.code).toBe("UNIQUE_CONSTRAINT_VIOLATION");
  });

  test("a reason code belongs to a use", async () => {
    const made = (await supervisor.post("/inventory/reason-codes", { code: "broken", name: "Broken", use: "SCRAP" })).read(ReasonCode);
    expect((await supervisor.post("/inventory/reason-codes", { code: "BROKEN", name: "For another use", use: "HOLD" })).status).toBe(201);
    expect((await supervisor.post("/inventory/reason-codes", { code: "BROKEN", name: "Again", use: "SCRAP" })).error.code).toBe(
      "UNIQUE_CONSTRAINT_VIOLATION",
    );
    const codes = (await supervisor.get("/inventory/reason-codes?use=SCRAP")).read(ReasonCodeList).items.map(({ code }) => code);
    expect(codes).toEqual(["BROKEN", "DAMAGED", "EXPIRED"]);
    expect((await supervisor.patch(`/inventory/reason-codes/${made.id}`, { version: 1, active: false })).read(ReasonCode)).toMatchObject({
      active: false,
      version: 2,
    });
  });

  test("a new company has a reason code for every use", async () => {
    for (const use of ["SCRAP", "ADJUST", "HOLD", "COUNT", "REVERSAL", "RETURN", "EXPIRED_OVERRIDE", "CONSUMPTION"]) {
      expect((await supervisor.get(`/inventory/reason-codes?use=${use}`)).read(ReasonCodeList).items.length).toBeGreaterThan(0);
    }
  });
});
