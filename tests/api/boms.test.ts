import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bom, BomCost, BomList } from "#contract/boms.ts";
import { Item } from "#contract/catalog.ts";
import { createManufacturing, type Manufacturing } from "#tests/support/manufacturing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let making: Manufacturing;

beforeAll(async () => {
  server = await startTestServer("bills of materials");
  warehouse = await createWarehouse(server);
  making = await createManufacturing(server, warehouse);
});
afterAll(() => server.close());

const items = (count: number) => Promise.all(Array.from({ length: count }, () => warehouse.item()));
const path = ({ id }: { id: string }, rest = "") => `/manufacturing/boms/${id}${rest}`;

describe("a bill of materials", () => {
  test("comes back as it was made, is found by what it makes and by what goes in, and is audited", async () => {
    const [bike, frame, wheel] = (await items(3)) as [Item, Item, Item];
    const made = (
      await making.draft(
        bike,
        [
          { item: frame, quantity: 1 },
          { item: wheel, quantity: 2, scrapPercent: 2.5, issueMethod: "BACKFLUSH" },
        ],
        { version: "a", yieldQuantity: 1, effectiveFrom: "2026-01-01", note: "First" },
      )
    ).read(Bom);
    expect(made).toMatchObject({
      sku: bike.sku,
      revision: "A",
      status: "DRAFT",
      yieldQuantity: 1,
      effectiveFrom: "2026-01-01",
      effectiveTo: null,
      note: "First",
      version: 1,
    });
    expect(made.components).toMatchObject([
      { lineNumber: 1, sku: frame.sku, quantity: 1, scrapPercent: 0, issueMethod: "MANUAL" },
      { lineNumber: 2, sku: wheel.sku, quantity: 2, scrapPercent: 2.5, issueMethod: "BACKFLUSH" },
    ]);
    for (const filter of [`itemId=${bike.id}`, `componentItemId=${wheel.id}`, `search=${bike.sku}`, `itemId=${bike.id}&status=DRAFT`])
      expect((await warehouse.get(`/manufacturing/boms?${filter}`)).read(BomList).items).toMatchObject([
        { id: made.id, componentCount: 2 },
      ]);
    expect((await warehouse.get(`/manufacturing/boms?itemId=${frame.id}`)).read(BomList).items).toEqual([]);
    const [audited] = await server.sql<{ action: string; after: { revision: string } }>(
      "SELECT action, after FROM audit_event WHERE entity_id = $1",
      [made.id],
    );
    expect(audited).toMatchObject({ action: "bom.created", after: { revision: "A" } });
  });

  test("a draft is changed; once active, only its dates and note are", async () => {
    const [product, first, second] = (await items(3)) as [Item, Item, Item];
    const made = (await making.draft(product, [{ item: first, quantity: 1 }])).read(Bom);
    const components = [{ itemId: second.id, quantity: 3 }];
    const changed = (await warehouse.patch(path(made), { version: 1, components, yieldQuantity: 2, note: "More" })).read(Bom);
    expect(changed).toMatchObject({ version: 2, yieldQuantity: 2, note: "More", components: [{ sku: second.sku, quantity: 3 }] });
    expect((await warehouse.patch(path(made), { version: 1, note: "Late" })).error.code).toBe("STALE_VERSION");
    const active = (await making.activate(made)).read(Bom);
    expect((await warehouse.patch(path(made), { version: active.version, components })).error.code).toBe("INVALID_STATE");
    const dated = (await warehouse.patch(path(made), { version: active.version, effectiveTo: "2027-01-01" })).read(Bom);
    expect(dated).toMatchObject({ effectiveTo: "2027-01-01", status: "ACTIVE", components: [{ sku: second.sku }] });
    expect(faultsOf(await warehouse.patch(path(made), { version: dated.version, effectiveFrom: "2028-01-01" }))).toHaveProperty(
      "effectiveTo",
    );
  });

  test("of an item one is active: the next one retires it, and it may come back", async () => {
    const [product, part] = (await items(2)) as [Item, Item];
    const one = await making.bom(product, [{ item: part, quantity: 1 }]);
    const two = await making.bom(product, [{ item: part, quantity: 2 }], { version: "2" });
    const statusOf = async (bom: Bom) => (await warehouse.get(path(bom))).read(Bom).status;
    expect([await statusOf(one), await statusOf(two)]).toEqual(["RETIRED", "ACTIVE"]);
    expect((await making.activate(one)).status).toBe(200);
    expect([await statusOf(one), await statusOf(two)]).toEqual(["ACTIVE", "RETIRED"]);
    expect((await warehouse.post(path(one, "/retire"))).status).toBe(200);
    expect((await warehouse.post(path(one, "/retire"))).error.code).toBe("INVALID_STATE");
    expect((await making.draft(product, [{ item: part, quantity: 1 }])).error.code).toBe("UNIQUE_CONSTRAINT_VIOLATION");
  });

  test("is refused by field where it makes no sense", async () => {
    const [product, part] = (await items(2)) as [Item, Item];
    const serial = await warehouse.item({ tracking: "SERIAL" });
    const twice = await making.draft(product, [
      { item: part, quantity: 1 },
      { item: part, quantity: 2 },
    ]);
    expect(faultsOf(twice)).toHaveProperty(["components.1.itemId"]);
    expect(faultsOf(await making.draft(product, [{ item: serial, quantity: 1, issueMethod: "BACKFLUSH" }]))).toHaveProperty([
      "components.0.issueMethod",
    ]);
    expect(faultsOf(await making.draft(product, [{ item: part, quantity: 0 }]))).toHaveProperty(["components.0.quantity"]);
    expect(faultsOf(await making.draft(product, [{ item: part, quantity: 1, scrapPercent: 101 }]))).toHaveProperty([
      "components.0.scrapPercent",
    ]);
    expect(faultsOf(await making.draft(product, []))).toHaveProperty("components");
    const dates = { effectiveFrom: "2026-02-01", effectiveTo: "2026-01-01" };
    expect(faultsOf(await making.draft(product, [{ item: part, quantity: 1 }], dates))).toHaveProperty("effectiveTo");
    expect((await making.draft(product, [{ item: { id: product.id.replace(/.$/, "0") }, quantity: 1 }])).status).toBe(404);
    await warehouse.patch(`/inventory/items/${part.id}`, { version: part.version, active: false });
    expect((await making.draft(product, [{ item: part, quantity: 1 }])).error.code).toBe("ITEM_INACTIVE");
  });
});

describe("a loop", () => {
  test("is refused with the path that closes it, at whatever depth", async () => {
    const [bike, wheel, rim, steel] = (await items(4)) as [Item, Item, Item, Item];
    await making.bom(bike, [{ item: wheel, quantity: 2 }]);
    await making.bom(wheel, [{ item: rim, quantity: 1 }]);
    await making.bom(rim, [{ item: steel, quantity: 1 }]);
    const answer = await making.draft(steel, [{ item: bike, quantity: 1 }]);
    expect(answer.status).toBe(409);
    expect(answer.error).toMatchObject({ code: "BOM_LOOP", details: { path: [steel.sku, bike.sku, wheel.sku, rim.sku, steel.sku] } });
    const itself = await making.draft(bike, [{ item: bike, quantity: 1 }], { version: "2" });
    expect(itself.error).toMatchObject({ code: "BOM_LOOP", details: { path: [bike.sku, bike.sku] } });
  });

  test("that a draft would close is refused when it becomes active, and when it is changed", async () => {
    const [one, other, part] = (await items(3)) as [Item, Item, Item];
    const first = (await making.draft(one, [{ item: other, quantity: 1 }])).read(Bom);
    const second = (await making.draft(other, [{ item: one, quantity: 1 }])).read(Bom);
    expect((await making.activate(first)).status).toBe(200);
    expect((await making.activate(second)).error.code).toBe("BOM_LOOP");
    const third = (await making.draft(other, [{ item: part, quantity: 1 }], { version: "2" })).read(Bom);
    const closing = await warehouse.patch(path(third), { version: 1, components: [{ itemId: one.id, quantity: 1 }] });
    expect(closing.error.code).toBe("BOM_LOOP");
  });

  test("that two would close between them is closed by neither: of many activated at once, one is", async () => {
    for (let round = 0; round < 5; round++) {
      const [one, other] = (await items(2)) as [Item, Item];
      const drafts = [
        (await making.draft(one, [{ item: other, quantity: 1 }])).read(Bom),
        (await making.draft(other, [{ item: one, quantity: 1 }])).read(Bom),
      ];
      const answers = await Promise.all(drafts.map(making.activate));
      expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
      expect(answers.find(({ status }) => status !== 200)?.error.code).toBe("BOM_LOOP");
    }
  });
});

describe("the cost", () => {
  test("rolls up through all levels, scrap and yield, from average and standard costs", async () => {
    const [bike, wheel] = (await items(2)) as [Item, Item];
    const spoke = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 0.25 });
    const rim = await warehouse.item({ standardCost: 8 });
    const paint = await warehouse.item();
    // Two wheels at a time.
    const ofWheel = await making.bom(
      wheel,
      [
        { item: spoke, quantity: 64, scrapPercent: 25 },
        { item: rim, quantity: 2 },
      ],
      { yieldQuantity: 2 },
    );
    const ofBike = await making.bom(bike, [
      { item: wheel, quantity: 2 },
      { item: paint, quantity: 1 },
    ]);
    const cost = (await warehouse.get(path(ofBike, "/cost"))).read(BomCost);
    expect(cost).toMatchObject({ sku: bike.sku, materialCost: 36, unitCost: 36 });
    expect(cost.lines).toMatchObject([
      { level: 1, sku: wheel.sku, quantity: 2, amount: 36, unitCost: 18, source: "BOM" },
      { level: 2, sku: spoke.sku, quantity: 80, amount: 20, unitCost: 0.25, source: "AVERAGE" },
      { level: 2, sku: rim.sku, quantity: 2, amount: 16, unitCost: 8, source: "STANDARD" },
      { level: 1, sku: paint.sku, quantity: 1, amount: 0, unitCost: 0, source: "NONE" },
    ]);
    expect((await warehouse.get(path(ofWheel, "/cost"))).read(BomCost)).toMatchObject({ materialCost: 36, unitCost: 18 });
    expect((await warehouse.post(path(ofBike, "/set-standard-cost"), { note: "2026" })).status).toBe(200);
    expect((await warehouse.get(`/inventory/items/${bike.id}`)).read(Item)).toMatchObject({ standardCost: 36, version: 2 });
  });

  test("of what is diluted until nothing is left of it is nothing, and the rest is told", async () => {
    const [drop, solution, drink] = (await Promise.all([1, 2, 3].map(() => warehouse.item({ baseUom: "KG", standardCost: 5 })))) as [
      Item,
      Item,
      Item,
    ];
    await making.bom(solution, [{ item: drop, quantity: 0.0001 }], { yieldQuantity: 10_000 });
    const ofDrink = await making.bom(drink, [
      { item: solution, quantity: 0.0001 },
      { item: await warehouse.item({ standardCost: 2 }), quantity: 1 },
    ]);
    const cost = (await warehouse.get(path(ofDrink, "/cost"))).read(BomCost);
    expect(cost.materialCost).toBe(2);
    expect(cost.lines[1]).toMatchObject({ level: 2, sku: drop.sku, quantity: 0, amount: 0, unitCost: 0 });
  });
});
