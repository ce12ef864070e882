import { afterAll, beforeAll, expect, test } from "vitest";
import { ItemList } from "#contract/catalog.ts";
import { DashboardStats } from "#contract/dashboard.ts";
import type { Role } from "#contract/identity.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
beforeAll(async () => {
  server = await startTestServer("dashboard");
  warehouse = await createWarehouse(server);
});
afterAll(() => server.close());

const stats = async (role: Role, siteId?: string) => {
  const client = await server.as(role);
  return (await client.get(`/dashboard/stats${siteId ? `?siteId=${siteId}` : ""}`)).read(DashboardStats);
};
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test("an empty company has figures of nothing, and a day for each of the last 30", async () => {
  const figures = await stats("Admin");
  expect(figures).toMatchObject({
    currency: "EUR",
    stockValue: 0,
    unitsOnHand: 0,
    unitsOnHold: 0,
    itemsActive: 0,
    itemsInStock: 0,
    itemsBelowReorderPoint: 0,
    lotsExpired: 0,
    balancesExpired: 0,
    lotsExpiringIn30Days: 0,
    balancesExpiringIn30Days: 0,
    lotsExpiringIn60Days: 0,
    lotsExpiringIn90Days: 0,
    purchaseOrdersOpen: 0,
    purchaseOrdersOverdue: 0,
    countsDue: 0,
    productionOrders: { PLANNED: 0, RELEASED: 0, IN_PROGRESS: 0, COMPLETED: 0 },
    topMovers: [],
    eventsToday: 0,
  });
  expect(figures.movementsPerDay).toHaveLength(30);
  expect(figures.movementsPerDay.every(({ events }) => events === 0)).toBe(true);
  const days = figures.movementsPerDay.map(({ day }) => day);
  expect(days).toEqual(days.toSorted());
  const today = new Intl.DateTimeFormat("sv", { timeZone: "Europe/Vienna" }).format(new Date());
  expect(days.at(-1)).toBe(today);
});

test("the figures are those of the caller's sites", async () => {
  const { main, second } = server.tenants.acme.sites;
  const valued = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 2.5, allocated: 8, more: { reorderPoint: 3 } });
  await warehouse.post("/inventory/events", {
    type: "RECEIVE",
    itemId: valued.id,
    quantity: 10,
    unitCost: 2.5,
    toLocationId: second.locations["A-01"],
  });
  const held = await warehouse.stock({ at: "A-02", onHand: 4, unitCost: 1 });
  await warehouse.post("/inventory/events", {
    type: "HOLD",
    itemId: held.id,
    quantity: 1,
    fromLocationId: main.locations["A-02"],
    reasonCode: "QUALITY",
  });
  await warehouse.item({ reorderPoint: 1 });
  const lots = await warehouse.item({ tracking: "LOT" });
  for (const days of [-2, 10, 50, 80, 200])
    await warehouse.stock({ item: lots, at: "B-01", onHand: 1, unitCost: 0, lotCode: `IN-${days}`, expiresOn: inDays(days) });

  // Of the first item 2 are available in the main site, 12 in both: below its reorder point of 3 only there.
  expect(await stats("Admin")).toMatchObject({
    stockValue: 54,
    unitsOnHand: 29,
    unitsOnHold: 1,
    itemsActive: 4,
    itemsInStock: 3,
    itemsBelowReorderPoint: 1,
    lotsExpired: 1,
    lotsExpiringIn30Days: 1,
    lotsExpiringIn60Days: 2,
    lotsExpiringIn90Days: 3,
    eventsToday: 9,
  });
  const ofMain = {
    stockValue: 29,
    unitsOnHand: 19,
    unitsOnHold: 1,
    itemsInStock: 3,
    itemsBelowReorderPoint: 2,
    lotsExpired: 1,
    lotsExpiringIn30Days: 1,
    lotsExpiringIn60Days: 2,
    lotsExpiringIn90Days: 3,
    eventsToday: 8,
  };
  expect(await stats("Viewer")).toMatchObject(ofMain);
  expect(await stats("Admin", main.id)).toMatchObject(ofMain);
  expect(await stats("Admin", second.id)).toMatchObject({
    stockValue: 25,
    unitsOnHand: 10,
    unitsOnHold: 0,
    itemsInStock: 1,
    lotsExpired: 0,
    eventsToday: 1,
  });
  const moved = ({ topMovers }: DashboardStats) => topMovers.map(({ sku, events, quantity }) => [sku, events, quantity]);
  expect(moved(await stats("Admin")).slice(0, 2)).toEqual([
    [lots.sku, 5, 5],
    [valued.sku, 2, 20],
  ]);
  // A hold moves nothing.
  expect(moved(await stats("Viewer"))).toContainEqual([held.sku, 1, 4]);
  expect(moved(await stats("Admin", second.id))).toEqual([[valued.sku, 1, 10]]);
  expect((await stats("Viewer")).movementsPerDay.at(-1)?.events).toBe(8);
});

test.each([
  ["whoever may see all sites", "Admin", undefined],
  ["who may see one", "Viewer", undefined],
  ["one site that was asked for", "Admin", "second"],
] as const)("each figure is as many as the list behind it has: %s", async (_who, role, siteName) => {
  const { sites } = server.tenants.acme;
  const siteId = siteName && sites[siteName].id;
  const scattered = await warehouse.stock({ at: "A-01", onHand: 3, more: { tracking: "LOT" }, lotCode: "SOON", expiresOn: inDays(5) });
  for (const toLocationId of [sites.main.locations["A-02"], sites.second.locations["A-01"]])
    await warehouse.post("/inventory/events", { type: "RECEIVE", itemId: scattered.id, quantity: 2, lotCode: "SOON", toLocationId });
  const client = await server.as(role);
  const totalOf = async (path: string, query: Record<string, string>) => {
    const asked = new URLSearchParams({ ...query, ...(siteId ? { siteId } : {}), total: "true" }).toString();
    return ((await client.get(`${path}?${asked}`)).json as { page: { total: number } }).page.total;
  };
  const today = new Intl.DateTimeFormat("sv", { timeZone: "Europe/Vienna" }).format(new Date());
  const later = (days: number) => new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10);
  const figures = await stats(role, siteId);
  expect(await totalOf("/inventory/items", { belowReorderPoint: "true" })).toBe(figures.itemsBelowReorderPoint);
  expect(figures.itemsBelowReorderPoint).toBeGreaterThan(0);
  expect(await totalOf("/inventory/balances", { expiresTo: later(-1) })).toBe(figures.balancesExpired);
  expect(await totalOf("/inventory/balances", { expiresFrom: today, expiresTo: later(30) })).toBe(figures.balancesExpiringIn30Days);
  expect(figures.balancesExpiringIn30Days).toBeGreaterThan(0);
});

test("an item's figure is that of the site that was asked for, and nothing of one out of sight", async () => {
  const { main, second } = server.tenants.acme.sites;
  const item = await warehouse.stock({ at: "A-01", onHand: 7 });
  await warehouse.post("/inventory/events", { type: "RECEIVE", itemId: item.id, quantity: 2, toLocationId: second.locations["A-01"] });
  const onHand = async (role: Role, siteId: string) =>
    (await (await server.as(role)).get(`/inventory/items?sku=${item.sku}&siteId=${siteId}`)).read(ItemList).items[0]?.onHand;
  expect([await onHand("Admin", main.id), await onHand("Admin", second.id)]).toEqual([7, 2]);
  expect([await onHand("Viewer", main.id), await onHand("Viewer", second.id)]).toEqual([7, 0]);
});

test("orders and counts are those under way, late ones by the company's calendar, in the caller's sites", async () => {
  const { id: tenant, sites, users } = server.tenants.acme;
  const fill = (text: string) =>
    server.sql(text.replaceAll("{tenant}", `'${tenant}'::uuid`).replaceAll("{who}", `'${users.Admin.id}'::uuid`));
  const item = await warehouse.item();
  await fill("INSERT INTO supplier (tenant_id, code, name) VALUES ({tenant}, 'LATE', 'Late')");
  for (const [number, site, status, due] of [
    ["PO-1", sites.main.id, "APPROVED", inDays(-3)],
    ["PO-2", sites.main.id, "PARTIALLY_RECEIVED", inDays(5)],
    ["PO-3", sites.second.id, "APPROVED", inDays(-3)],
    ["PO-4", sites.main.id, "CANCELLED", inDays(-3)],
    ["PO-5", sites.main.id, "DRAFT", inDays(-3)],
  ]) {
    await fill(`WITH o AS (
      INSERT INTO purchase_order (tenant_id, number, supplier_id, site_id, created_by, status, submitted_by, submitted_at, approved_by, approved_at, closed_at)
      SELECT {tenant}, '${number}', id, '${site}', {who}, '${status}', s.who, s.at, s.who, s.at, CASE WHEN '${status}' = 'CANCELLED' THEN now() END
      FROM supplier, (SELECT CASE WHEN '${status}' <> 'DRAFT' THEN {who} END AS who, CASE WHEN '${status}' <> 'DRAFT' THEN now() END AS at) s
      WHERE tenant_id = {tenant} AND code = 'LATE' RETURNING id)
      INSERT INTO purchase_order_line (tenant_id, purchase_order_id, line_number, item_id, uom, quantity, unit_price, due_date)
      SELECT {tenant}, o.id, 1, '${item.id}', 'EA', 5, 1, '${due}' FROM o`);
  }
  for (const [number, site, day] of [
    ["CC-1", sites.main.id, `'${inDays(-2)}'`],
    ["CC-2", sites.main.id, "NULL"],
    ["CC-3", sites.main.id, `'${inDays(9)}'`],
    ["CC-4", sites.second.id, "NULL"],
  ])
    await fill(`INSERT INTO cycle_count (tenant_id, number, name, site_id, type, created_by, scheduled_for)
      VALUES ({tenant}, '${number}', 'Count', '${site}', 'FULL', {who}, ${day})`);
  await fill(
    `INSERT INTO bom (tenant_id, item_id, revision, status, yield_quantity, activated_at, created_by) VALUES ({tenant}, '${item.id}', '1', 'ACTIVE', 1, now(), {who})`,
  );
  for (const [number, site] of [
    ["MO-1", sites.main.id],
    ["MO-2", sites.second.id],
  ])
    await fill(`INSERT INTO production_order (tenant_id, number, item_id, bom_id, site_id, quantity, created_by)
      SELECT {tenant}, '${number}', item_id, id, '${site}', 1, {who} FROM bom WHERE item_id = '${item.id}'`);

  const planned = (PLANNED: number) => ({ PLANNED, RELEASED: 0, IN_PROGRESS: 0, COMPLETED: 0 });
  const ofMain = { purchaseOrdersOpen: 2, purchaseOrdersOverdue: 1, countsDue: 2, productionOrders: planned(1) };
  expect(await stats("Viewer")).toMatchObject(ofMain);
  expect(await stats("Admin", sites.main.id)).toMatchObject(ofMain);
  expect(await stats("Admin")).toMatchObject({
    purchaseOrdersOpen: 3,
    purchaseOrdersOverdue: 2,
    countsDue: 3,
    productionOrders: planned(2),
  });
});

test("nothing of another company counts", async () => {
  const other = await server.as("Admin", "globex");
  expect((await other.get("/dashboard/stats")).read(DashboardStats)).toMatchObject({ unitsOnHand: 0, itemsActive: 0, eventsToday: 0 });
});

test("the figures take four statements, whatever there is", async () => {
  const statements = await server.statements(() => stats("Admin"));
  expect(statements.filter((text) => !text.includes("find_session"))).toHaveLength(4);
});
