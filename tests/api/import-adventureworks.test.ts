import { afterAll, beforeAll, expect, test } from "vitest";
import { adventureworksFor, because, isThere, succeeded } from "#tests/support/adventureworks.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
let adventureworks: ReturnType<typeof adventureworksFor>;
beforeAll(async () => {
  server = await startTestServer("import adventureworks");
  adventureworks = adventureworksFor(server);
});
afterAll(async () => {
  adventureworks.remove();
  await server.close();
});

const files = [
  ["units", "UnitMeasure.csv"],
  ["items", "Product.csv"],
  ["locations", "Location.csv"],
  ["locations", "ProductInventory.csv", "locations-bins"],
  ["suppliers", "Vendor.csv"],
  ["supplier-items", "ProductVendor.csv"],
  ["boms", "BillOfMaterials.csv"],
  ["purchase-orders", "PurchaseOrderDetail.csv"],
  ["opening-balances", "ProductInventory.csv"],
] as const;

test.skipIf(!isThere)(
  `a bicycle maker's real data comes in by one command a file, and the ledger agrees${because}`,
  { timeout: 120_000 },
  async () => {
    for (const [kind, file, mapping] of files) succeeded(await adventureworks.bring(kind, file, mapping));

    const [count] = await server.sql<Record<string, string>>(
      `SELECT (SELECT count(*) FROM item WHERE tenant_id = $1)::text AS items,
            (SELECT count(*) FROM supplier WHERE tenant_id = $1)::text AS suppliers,
            (SELECT count(*) FROM supplier_item WHERE tenant_id = $1)::text AS offers,
            (SELECT count(*) FROM bom WHERE tenant_id = $1 AND status = 'ACTIVE')::text AS bills,
            (SELECT count(*) FROM bom_component WHERE tenant_id = $1)::text AS components,
            (SELECT count(*) FROM purchase_order WHERE tenant_id = $1)::text AS orders,
            (SELECT count(*) || ' lines, ' || trim_scale(sum(received_quantity)) || ' received, ' || trim_scale(sum(rejected_quantity)) || ' rejected'
             FROM purchase_order_line WHERE tenant_id = $1) AS ordered,
            (SELECT count(*) FROM location WHERE tenant_id = $1 AND site_id = $2 AND parent_id IS NULL AND code ~ '^[0-9]+$')::text AS areas,
            (SELECT count(*) FROM location WHERE tenant_id = $1 AND site_id = $2 AND parent_id IS NOT NULL)::text AS bins,
            (SELECT count(*) FROM inventory_event WHERE tenant_id = $1)::text AS events,
            (SELECT count(*) FROM inventory_balance WHERE tenant_id = $1)::text AS balances,
            (SELECT trim_scale(sum(on_hand)) FROM inventory_balance WHERE tenant_id = $1)::text AS on_hand,
            (SELECT count(*) FROM item WHERE tenant_id = $1 AND category = 'Road Bikes')::text AS road_bikes`,
      [server.tenants.acme.id, server.tenants.acme.sites.main.id],
    );
    expect(count).toEqual({
      items: "504",
      suppliers: "104",
      offers: "460",
      bills: "238",
      components: "2383",
      orders: "4012",
      ordered: "8845 lines, 2327299 received, 72700 rejected",
      areas: "14",
      bins: "753",
      events: "1065",
      balances: "1065",
      on_hand: "335974",
      road_bikes: "43",
    });

    expect(succeeded(await adventureworks.run("scripts/verify.ts"))).toContain(
      "acme: 1,065 events, 1,065 balances, 335,974 units on hand: all agree",
    );
  },
);

test.skipIf(!isThere)(`the same files again change nothing${because}`, { timeout: 120_000 }, async () => {
  const audited = () => server.sql<{ count: string }>("SELECT count(*) FROM audit_event");
  const before = await audited();
  for (const [kind, file, mapping] of files) {
    expect(succeeded(await adventureworks.bring(kind, file, mapping))).toMatch(/ 0 created, 0 changed, [\d,]+ unchanged, 0 bad/);
  }
  expect(await audited()).toEqual(before);
});
