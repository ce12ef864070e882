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
  for (const days of [-2, 10, 200])
    await warehouse.stock({ item: lots, at: "B-01", onHand: 1, unitCost: 0, lotCode: `IN-${days}`, expiresOn: inDays(days) });

  // Of the first item 2 are available in the main site, 12 in both: below its reorder point of 3 only there.
  expect(await stats("Admin")).toMatchObject({
    stockValue: 54,
    unitsOnHand: 27,
    unitsOnHold: 1,
    itemsActive: 4,
    itemsInStock: 3,
    itemsBelowReorderPoint: 1,
    lotsExpired: 1,
    lotsExpiringIn30Days: 1,
    eventsToday: 7,
  });
  const ofMain = {
    stockValue: 29,
    unitsOnHand: 17,
    unitsOnHold: 1,
    itemsInStock: 3,
    itemsBelowReorderPoint: 2,
    lotsExpired: 1,
    lotsExpiringIn30Days: 1,
    eventsToday: 6,
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
  expect((await stats("Viewer")).movementsPerDay.at(-1)?.events).toBe(6);
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

test("nothing of another company counts", async () => {
  const other = await server.as("Admin", "globex");
  expect((await other.get("/dashboard/stats")).read(DashboardStats)).toMatchObject({ unitsOnHand: 0, itemsActive: 0, eventsToday: 0 });
});

test("the figures take two statements, whatever there is", async () => {
  const statements = await server.statements(() => stats("Admin"));
  expect(statements.filter((text) => !text.includes("find_session"))).toHaveLength(2);
});
