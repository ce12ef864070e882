import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BalanceList } from "#contract/ledger.ts";
import { ProductionOrderList } from "#contract/production.ts";
import { expectAgreement } from "#tests/support/ledger.ts";
import { createManufacturing, type Manufacturing } from "#tests/support/manufacturing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let making: Manufacturing;

beforeAll(async () => {
  server = await startTestServer("production orders");
  warehouse = await createWarehouse(server);
  making = await createManufacturing(server, warehouse);
  await warehouse.post("/inventory/reason-codes", { use: "CONSUMPTION", code: "MORE", name: "More was needed" });
  await warehouse.post("/inventory/reason-codes", { use: "EXPIRED_OVERRIDE", code: "STILL-GOOD", name: "Still good" });
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

describe("an order", () => {
  test("is planned by the active bill, changed until it is released, found again, and cancelled", async () => {
    const part = await warehouse.item();
    const product = await warehouse.item();
    expect((await making.plan(product, 3)).error.code).toBe("NO_BOM");
    await making.bom(product, [{ item: part, quantity: 1 }], { effectiveFrom: "2026-01-01", effectiveTo: "2026-12-31" });
    expect((await making.plan(product, 3, { dueDate: "2027-01-01" })).error.code).toBe("NO_BOM");
    const planned = await making.planned(product, 3, { dueDate: "2026-12-01", note: "Soon" });
    expect(planned).toMatchObject({
      number: expect.stringMatching(/^MO-\d{6}$/) as string,
      status: "PLANNED",
      quantity: 3,
      bomRevision: "1",
      components: [],
      openCost: 0,
    });
    const path = `/manufacturing/production-orders/${planned.id}`;
    expect((await making.order(warehouse.patch(path, { version: 1, quantity: 4 }))).quantity).toBe(4);
    expect(faultsOf(await warehouse.patch(path, { version: 2, quantity: 1.5 }))).toHaveProperty("quantity");
    for (const filter of [
      `itemId=${product.id}`,
      `search=${planned.number}`,
      `search=${product.sku}`,
      `itemId=${product.id}&status=PLANNED`,
    ])
      expect((await warehouse.get(`/manufacturing/production-orders?${filter}`)).read(ProductionOrderList).items).toMatchObject([
        { id: planned.id },
      ]);
    expect((await making.order(making.step(planned, "cancel"))).status).toBe("CANCELLED");
    expect((await making.step(planned, "release")).error.code).toBe("INVALID_STATE");
  });

  test("of another site, or of a draft, is not made", async () => {
    const [part, product] = [await warehouse.item(), await warehouse.item()];
    const draft = (await making.draft(product, [{ item: part, quantity: 1 }])).json as { id: string };
    expect((await making.plan(product, 1, { bomId: draft.id })).error.code).toBe("INVALID_STATE");
    await making.activate(draft);
    expect((await making.plan(product, 1, { siteId: server.tenants.acme.sites.second.id })).status).toBe(404);
    expect(faultsOf(await making.plan(product, 0.5))).toHaveProperty("quantity");
  });
});

describe("release", () => {
  test("copies the bill with scrap and yield, allocates first expired first, and says what is short", async () => {
    const lots = await warehouse.item({ tracking: "LOT" });
    await warehouse.stock({ at: "A-01", item: lots, onHand: 5, lotCode: "LATE", expiresOn: "2031-01-01" });
    await warehouse.stock({ at: "A-02", item: lots, onHand: 5, lotCode: "EARLY", expiresOn: "2030-01-01" });
    await warehouse.stock({ at: "A-02", item: lots, onHand: 5, lotCode: "EXPIRED", expiresOn: "2020-01-01" });
    await warehouse.stock({ at: "Q-01", item: lots, onHand: 50, lotCode: "HELD-BACK", expiresOn: "2029-01-01" });
    const scarce = await warehouse.stock({ at: "A-01", onHand: 3 });
    const product = await warehouse.item();
    await making.bom(
      product,
      [
        { item: lots, quantity: 3, scrapPercent: 10 },
        { item: scarce, quantity: 4 },
      ],
      { yieldQuantity: 2 },
    );
    const order = await making.released(product, 4);
    expect(order.status).toBe("RELEASED");
    // 3 × 4 / 2 with 10 % comes to 6.6, which are 7 whole ones.
    expect(making.componentOf(order, lots)).toMatchObject({ plannedQuantity: 7, allocatedQuantity: 7, shortQuantity: 0 });
    expect(making.componentOf(order, scarce)).toMatchObject({ plannedQuantity: 8, allocatedQuantity: 3, shortQuantity: 5 });
    const promised = await server.sql<{ code: string; allocated: number }>(
      "SELECT o.code, b.allocated::float FROM inventory_balance b JOIN lot o ON o.id = b.lot_id WHERE b.item_id = $1 AND b.allocated > 0 ORDER BY 1",
      [lots.id],
    );
    expect(promised).toEqual([
      { code: "EARLY", allocated: 5 },
      { code: "LATE", allocated: 2 },
    ]);
    // What was promised is taken from nobody; what comes later is promised when it is asked for.
    expect(
      (
        await warehouse.post("/inventory/events", {
          type: "SHIP",
          itemId: scarce.id,
          quantity: 1,
          fromLocationId: warehouse.locationId("A-01"),
        })
      ).error.code,
    ).toBe("INSUFFICIENT_STOCK");
    await warehouse.stock({ at: "A-02", item: scarce, onHand: 10 });
    const again = await making.order(making.step(order, "allocate"));
    expect(making.componentOf(again, scarce)).toMatchObject({ allocatedQuantity: 8, shortQuantity: 0 });
    expect((await making.order(making.step(order, "cancel"))).status).toBe("CANCELLED");
    expect([await making.allocated(lots), await making.allocated(scarce)]).toEqual([0, 0]);
  });

  test("that was promised a lot which expired since is short of it, and is promised another in its place", async () => {
    const part = await warehouse.item({ tracking: "LOT" });
    const product = await warehouse.item();
    await making.bom(product, [{ item: part, quantity: 1 }]);
    await warehouse.stock({ at: "A-01", item: part, onHand: 5, lotCode: "SOON", expiresOn: "2999-01-01" });
    const order = await making.released(product, 5);
    expect(making.componentOf(order, part)).toMatchObject({ allocatedQuantity: 5, shortQuantity: 0 });
    await server.sql("UPDATE lot SET expires_on = '2020-01-01' WHERE item_id = $1", [part.id]);
    expect(making.componentOf(await making.read(order), part)).toMatchObject({ allocatedQuantity: 5, shortQuantity: 5 });
    await warehouse.stock({ at: "A-02", item: part, onHand: 3, lotCode: "FRESH", expiresOn: "2999-01-01" });
    const again = await making.order(making.step(order, "allocate"));
    expect(making.componentOf(again, part)).toMatchObject({ allocatedQuantity: 3, shortQuantity: 2 });
    const { items } = (await warehouse.get(`/inventory/balances?itemId=${part.id}`)).read(BalanceList);
    expect(Object.fromEntries(items.map(({ lotCode, allocated }) => [lotCode, allocated]))).toEqual({ SOON: 0, FRESH: 3 });
  });

  test("shown only (dryRun) promises nothing", async () => {
    const { bike, frame } = await making.bikes({ ordered: 2 });
    const before = await making.allocated(frame);
    const planned = await making.planned(bike, 3);
    const shown = await making.order(making.clients.Supervisor.post(`/manufacturing/production-orders/${planned.id}/release?dryRun=true`));
    expect(making.componentOf(shown, frame).allocatedQuantity).toBe(3);
    expect([await making.allocated(frame), (await making.read(planned)).status]).toEqual([before, "PLANNED"]);
  });
});
