import { readXlsx } from "hucre/xlsx";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import type { Role } from "#contract/identity.ts";
import { Ageing, Expiry, Movement, SupplierPerformance, Turnover, Valuation } from "#contract/reports.ts";
import { createPurchasing, type Purchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let purchasing: Purchasing;
beforeAll(async () => {
  server = await startTestServer("reports");
  warehouse = await createWarehouse(server);
  purchasing = await createPurchasing(server);
});
afterAll(() => server.close());

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const get = async (path: string, role: Role = "Admin") => (await server.as(role)).get(`/reports/${path}`);
/** The last event of an item, as if it had been that many days ago. */
const moveBack = (item: Item, days: number) =>
  server.sql(`ALTER TABLE inventory_event DISABLE TRIGGER inventory_event_immutable;
    UPDATE inventory_event SET recorded_at = recorded_at - interval '${days} days', occurred_at = occurred_at - interval '${days} days'
    WHERE id = (SELECT id FROM inventory_event WHERE item_id = '${item.id}' ORDER BY seq DESC LIMIT 1);
    ALTER TABLE inventory_event ENABLE TRIGGER inventory_event_immutable`);
const second = () => server.tenants.acme.sites.second;
const receiveElsewhere = (item: Item, quantity: number, unitCost: number) =>
  warehouse.post("/inventory/events", { type: "RECEIVE", itemId: item.id, quantity, unitCost, toLocationId: second().locations["A-01"] });
const ship = (item: Item, quantity: number) =>
  warehouse.post("/inventory/events", { type: "SHIP", itemId: item.id, quantity, fromLocationId: warehouse.locationId("A-01") });
const of = ({ id, sku, name }: Item) => ({ itemId: id, sku, itemName: name, uom: "EA" });

test("the valuation is of each item in each site, at the average cost, in the caller's sites", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 2 });
  await warehouse.stock({ item, at: "A-02", onHand: 5, unitCost: 2 });
  await receiveElsewhere(item, 15, 4);
  await warehouse.post("/inventory/events", {
    type: "HOLD",
    itemId: item.id,
    quantity: 2,
    fromLocationId: warehouse.locationId("A-02"),
    reasonCode: "QUALITY",
  });
  const { main } = server.tenants.acme.sites;
  const here = { ...of(item), siteId: main.id, siteCode: "MAIN", onHand: 15, onHold: 2, averageCost: 3, value: 45 };
  const there = { ...of(item), siteId: second().id, siteCode: "SECOND", onHand: 15, onHold: 0, averageCost: 3, value: 45 };
  const rows = async (query: string, role?: Role) => (await get(`valuation?itemId=${item.id}${query}`, role)).read(Valuation).items;
  expect((await rows("")).toSorted((a, b) => a.siteCode.localeCompare(b.siteCode))).toEqual([here, there]);
  expect(await rows("", "Viewer")).toEqual([here]);
  expect(await rows(`&siteId=${second().id}`)).toEqual([there]);
  expect(await rows(`&siteId=${second().id}`, "Viewer")).toEqual([]);
});

test("movement is what was there, came, went and is there, by the days of the company", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 2 });
  await moveBack(item, 20);
  await warehouse.stock({ item, at: "A-01", onHand: 7 });
  await moveBack(item, 10);
  await ship(item, 4);
  await moveBack(item, 5);
  await receiveElsewhere(item, 100, 2);
  await moveBack(item, 5);
  // Neither in nor out: it stays within the site.
  await warehouse.post("/inventory/events", {
    type: "MOVE",
    itemId: item.id,
    quantity: 3,
    fromLocationId: warehouse.locationId("A-01"),
    toLocationId: warehouse.locationId("A-02"),
  });
  await moveBack(item, 5);
  await ship(item, 1);
  const rows = async (from: number, to: number, more = "", role: Role = "Viewer") =>
    (await get(`movement?itemId=${item.id}&from=${inDays(from)}&to=${inDays(to)}${more}`, role)).read(Movement).items;
  const told = (opening: number, quantityIn: number, quantityOut: number, closing: number) => [
    { ...of(item), opening, quantityIn, quantityOut, closing },
  ];
  expect(await rows(-15, -3)).toEqual(told(10, 7, 4, 13));
  expect(await rows(-10, -10)).toEqual(told(10, 7, 0, 17));
  expect(await rows(-3, 1)).toEqual(told(13, 0, 1, 12));
  expect(await rows(-40, -30)).toEqual([]);
  expect(await rows(-15, -3, "", "Admin")).toEqual(told(10, 107, 4, 113));
  expect(await rows(-15, -3, `&siteId=${second().id}`, "Admin")).toEqual(told(0, 100, 0, 100));
});

test("a move from another site comes in where only one of the two is told of", async () => {
  const item = await warehouse.item();
  await receiveElsewhere(item, 9, 1);
  await moveBack(item, 2);
  await server.sql(
    `INSERT INTO inventory_event (tenant_id, type, item_id, quantity, entered_quantity, entered_uom, from_location_id, from_status, to_location_id, to_status, user_id, occurred_at, recorded_at)
     SELECT tenant_id, 'MOVE', item_id, 4, 4, 'EA', to_location_id, to_status, $2, to_status, user_id, now(), now() FROM inventory_event WHERE item_id = $1`,
    [item.id, warehouse.locationId("A-01")],
  );
  await server.sql("UPDATE inventory_balance SET on_hand = 5 WHERE item_id = $1", [item.id]);
  await server.sql(
    "INSERT INTO inventory_balance (tenant_id, item_id, location_id, status, on_hand) SELECT tenant_id, item_id, $2, 'AVAILABLE', 4 FROM inventory_balance WHERE item_id = $1",
    [item.id, warehouse.locationId("A-01")],
  );
  const rows = async (role: Role) =>
    (await get(`movement?itemId=${item.id}&from=${inDays(-1)}&to=${inDays(1)}`, role)).read(Movement).items;
  expect(await rows("Viewer")).toMatchObject([{ opening: 0, quantityIn: 4, quantityOut: 0, closing: 4 }]);
  expect(await rows("Admin")).toMatchObject([{ opening: 9, quantityIn: 0, quantityOut: 0, closing: 9 }]);
});

test("what is on hand is of the last that came: the first to come was the first to go", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 2 });
  await moveBack(item, 200);
  for (const [onHand, days] of [
    [6, 75],
    [5, 40],
    [4, 3],
  ] as const) {
    await warehouse.stock({ item, at: "A-01", onHand });
    await moveBack(item, days);
  }
  await ship(item, 12);
  const mistaken = await warehouse.post("/inventory/events", {
    type: "RECEIVE",
    itemId: item.id,
    quantity: 50,
    toLocationId: warehouse.locationId("A-01"),
  });
  const { event } = mistaken.json as { event: { id: string } };
  expect((await warehouse.post(`/inventory/events/${event.id}/reverse`, { reasonCode: "ENTRY-ERROR" })).status).toBe(201);
  const { items } = (await get(`ageing?itemId=${item.id}`, "Viewer")).read(Ageing);
  expect(items).toEqual([{ ...of(item), onHand: 13, days0To30: 4, days31To60: 5, days61To90: 4, daysOver90: 0, value: 26 }]);
});

test("lots expire in the order of their days, those without stock are left out", async () => {
  const item = await warehouse.item({ tracking: "LOT" });
  for (const days of [80, -2, 45, 10, 200]) {
    await warehouse.stock({ item, at: "A-01", onHand: 2, unitCost: 3, lotCode: `IN-${days}`, expiresOn: inDays(days) });
  }
  await warehouse.post("/inventory/lots", { itemId: item.id, code: "EMPTY", expiresOn: inDays(3) });
  const rows = async (query = "") => (await get(`expiry?itemId=${item.id}${query}`, "Viewer")).read(Expiry).items;
  expect((await rows()).map(({ lotCode, group, onHand, value }) => [lotCode, group, onHand, value])).toEqual([
    ["IN--2", "EXPIRED", 2, 6],
    ["IN-10", "WITHIN_30", 2, 6],
    ["IN-45", "WITHIN_60", 2, 6],
    ["IN-80", "WITHIN_90", 2, 6],
  ]);
  expect((await rows("&within=30")).map(({ lotCode }) => lotCode)).toEqual(["IN--2", "IN-10"]);
  expect((await get(`expiry?itemId=${item.id}&siteId=${second().id}`)).read(Expiry).items).toEqual([]);
});

test("turnover is what was used over half of the stock at both ends", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 20, unitCost: 2 });
  await moveBack(item, 20);
  await ship(item, 8);
  await moveBack(item, 5);
  const undone = (await ship(item, 5)).json as { event: { id: string } };
  await warehouse.post(`/inventory/events/${undone.event.id}/reverse`, { reasonCode: "ENTRY-ERROR" });
  const { items } = (await get(`turnover?itemId=${item.id}&from=${inDays(-10)}&to=${inDays(1)}`, "Viewer")).read(Turnover);
  // 8 at 2, over (20 + 12) / 2 at 2.
  expect(items).toEqual([{ ...of(item), consumptionValue: 16, averageStockValue: 32, turnover: 0.5 }]);
});

test("a supplier is judged by lines that were due: on time, late, short, refused, how long after, and for how much", async () => {
  const supplier = await purchasing.supplier();
  const item = await warehouse.item();
  await warehouse.post("/purchasing/supplier-items", { supplierId: supplier.id, itemId: item.id, unitPrice: 2 });
  const order = await purchasing.approved(
    [inDays(3), inDays(-4), inDays(-2), inDays(-90)].map((dueDate) => ({ itemId: item.id, quantity: 10, unitPrice: 2.5, dueDate })),
    { supplierId: supplier.id },
  );
  const [early, late, short] = order.lines;
  await purchasing.received(
    purchasing.receive(order, [
      { lineId: early?.id, quantity: 10 },
      { lineId: late?.id, quantity: 10, rejectedQuantity: 5, rejectedLocationId: warehouse.locationId("Q-01") },
      { lineId: short?.id, quantity: 5 },
    ]),
  );
  const rows = async (query = "", role: Role = "Viewer") =>
    (await get(`supplier-performance?supplierId=${supplier.id}&from=${inDays(-30)}&to=${inDays(30)}${query}`, role)).read(
      SupplierPerformance,
    ).items;
  expect(await rows()).toEqual([
    {
      supplierId: supplier.id,
      supplierCode: supplier.code,
      supplierName: supplier.name,
      lines: 3,
      onTime: 1,
      late: 2,
      short: 1,
      rejectRate: 20,
      averageDelayDays: 0.5,
      priceDifference: 25,
    },
  ]);
  expect(await rows(`&siteId=${second().id}`, "Admin")).toEqual([]);
});

describe("every report", () => {
  const span = () => `from=${inDays(-100)}&to=${inDays(100)}`;
  const reports = ["valuation", "movement", "ageing", "expiry", "turnover", "supplier-performance"];
  const withSpan = new Set(["movement", "turnover", "supplier-performance"]);
  const queryOf = (name: string) => (withSpan.has(name) ? span() : "");

  test.each(reports)("%s pages through the same rows that its file has, whatever the format", async (name) => {
    const rows: unknown[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = (await get(`${name}?${queryOf(name)}&limit=2${cursor ? `&cursor=${cursor}` : ""}`)).json as {
        items: object[];
        page: { nextCursor: string | null };
      };
      expect(page.items.length).toBeGreaterThan(0);
      rows.push(...page.items);
      cursor = page.page.nextCursor;
    }
    expect((await get(`${name}/export?${queryOf(name)}&format=json`)).json).toEqual(rows);
    const lines = (await get(`${name}/export?${queryOf(name)}`)).text.split("\r\n");
    expect(lines[0]).toBe(Object.keys(rows[0] as object).join(","));
    expect(lines).toHaveLength(rows.length + 2);
    const workbook = await fetch(`${server.baseUrl}/api/v1/reports/${name}/export?${queryOf(name)}&format=xlsx`, {
      headers: { cookie: (await server.as("Admin")).cookie ?? "" },
    });
    const { sheets } = await readXlsx(new Uint8Array(await workbook.arrayBuffer()));
    expect(sheets[0]?.rows.slice(1)).toEqual(rows.map((row) => Object.values(row as Record<string, unknown>)));
  });

  test.each(reports)("%s tells nothing of another company", async (name) => {
    const other = await server.as("Admin", "globex");
    expect((await other.get(`/reports/${name}?${queryOf(name)}`)).json).toMatchObject({ items: [] });
    expect((await other.get(`/reports/${name}/export?${queryOf(name)}&format=json`)).json).toEqual([]);
  });

  test.each([...withSpan].flatMap((name) => [name, `${name}/export`]))("%s refuses a span that makes no sense", async (name) => {
    const faults = async (query: string) => faultsOf(await get(`${name}?${query}`));
    expect(await faults("from=2026-03-01&to=2026-02-01")).toEqual({ to: "Must not be before from" });
    expect(Object.keys(await faults("from=2026-02-30&to=2026-04-01"))).toEqual(["from"]);
    expect(Object.keys(await faults("from=1900-01-01&to=2026-03-01"))).toEqual(["to"]);
    expect(Object.keys(await faults(""))).toEqual(["from", "to"]);
  });

  test.each(reports)("%s takes one statement, however many rows there are", async (name) => {
    const statements = await server.statements(() => get(`${name}?${queryOf(name)}`));
    expect(statements.filter((text) => !text.includes("find_session"))).toHaveLength(1);
  });
});
