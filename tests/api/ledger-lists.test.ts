import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Balance, BalanceList, EventList, type InventoryEvent } from "#contract/ledger.ts";
import { ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let client: TestClient;
let ledger: ReturnType<typeof ledgerOf>;
let A1: string;
let A2: string;

beforeAll(async () => {
  server = await startTestServer("ledger lists");
  warehouse = await createWarehouse(server);
  client = await server.as("Admin");
  ledger = ledgerOf(client);
  [A1, A2] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
  for (let item = 0; item < 12; item++) {
    const { id } = await warehouse.item({ tracking: item % 3 === 0 ? "LOT" : "NONE", name: item % 2 ? `Ünïque ${item}` : `Plain ${item}` });
    const lot = (code: string, expiresOn?: string) => (item % 3 === 0 ? { lotCode: code, expiresOn } : {});
    await ledger.batch([
      { type: "RECEIVE", itemId: id, quantity: 10 + (item % 4), toLocationId: A1, ...lot("L-1") },
      { type: "RECEIVE", itemId: id, quantity: 5, toLocationId: A2, ...lot("L-2", `2031-0${1 + (item % 5)}-01`) },
      { type: "HOLD", itemId: id, quantity: 2, fromLocationId: A1, reasonCode: "QUALITY", ...lot("L-1") },
      { type: "RECEIVE", itemId: id, quantity: 1, toLocationId: server.tenants.acme.sites.second.locations["A-01"], ...lot("L-2") },
    ]);
  }
});
afterAll(() => server.close());

const balances = async (query: string) => (await client.get(`/inventory/balances?${query}`)).read(BalanceList);
const events = async (query: string) => (await client.get(`/inventory/events?${query}`)).read(EventList);
const keyOf = (row: Balance) => `${row.sku} ${row.locationId} ${row.lotId} ${row.status}`;

/** Reads a list to its end. */
async function everyPage<Row>(
  read: (query: string) => Promise<{ items: Row[]; page: { nextCursor: string | null; hasMore: boolean } }>,
  query: string,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = ""; ;) {
    const { items, page } = await read(`${query}${cursor}`);
    rows.push(...items);
    if (!page.nextCursor) return rows;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

describe("balances", () => {
  test("each row is complete, and available is on hand less what is promised", async () => {
    const item = await warehouse.stock({ at: "B-01", onHand: 10, allocated: 4 });
    const { items } = await balances(`itemId=${item.id}`);
    expect(items).toEqual([
      {
        itemId: item.id,
        sku: item.sku,
        itemName: item.name,
        uom: "EA",
        locationId: warehouse.locationId("B-01"),
        locationCode: "B-01",
        siteId: server.tenants.acme.sites.main.id,
        siteCode: "MAIN",
        lotId: null,
        lotCode: null,
        expiresOn: null,
        status: "AVAILABLE",
        onHand: 10,
        allocated: 4,
        available: 6,
      },
    ]);
  });

  test("what is used up is not listed", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 1 });
    await ledger.post({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A1 });
    expect((await balances(`itemId=${item.id}&total=true`)).page.total).toBe(0);
  });

  test("every filter keeps exactly what it names", async () => {
    const all = await everyPage(balances, "limit=1000");
    const some = all.find(({ lotId }) => lotId !== null) as Balance;
    const filters: [string, (row: Balance) => boolean][] = [
      [`itemId=${some.itemId}`, (row) => row.itemId === some.itemId],
      [`locationId=${A2}`, (row) => row.locationId === A2],
      [`siteId=${some.siteId}`, (row) => row.siteId === some.siteId],
      [`lotId=${some.lotId}`, (row) => row.lotId === some.lotId],
      ["status=HOLD", (row) => row.status === "HOLD"],
      [`search=${encodeURIComponent("ünïque 3")}`, (row) => row.itemName === "Ünïque 3"],
      [
        `search=${some.sku.slice(2, 9)}&status=AVAILABLE&locationId=${A1}`,
        (row) => row.sku.includes(some.sku.slice(2, 9)) && row.status === "AVAILABLE" && row.locationId === A1,
      ],
      ["search=nothing-like-it", () => false],
    ];
    for (const [query, fits] of filters) {
      const { items, page } = await balances(`${query}&limit=1000&total=true`);
      expect({ query, rows: items.map(keyOf), total: page.total }).toEqual({
        query,
        rows: all.filter(fits).map(keyOf),
        total: all.filter(fits).length,
      });
    }
  });

  test.each([
    "sku",
    "-sku",
    "locationCode",
    "siteCode,-sku",
    "status,sku",
    "-onHand",
    "onHand,-sku",
    "expiresOn",
    "-expiresOn",
    "-expiresOn,sku",
  ])("sorted by %s, small pages make the whole, by cursor and by offset", async (sort) => {
    const whole = (await balances(`sort=${sort}&limit=1000`)).items.map(keyOf);
    expect(new Set(whole).size).toBe(whole.length);
    expect((await everyPage(balances, `sort=${sort}&limit=7`)).map(keyOf)).toEqual(whole);
    const byOffset: string[] = [];
    for (let offset = 0; offset < whole.length; offset += 7)
      byOffset.push(...(await balances(`sort=${sort}&limit=7&offset=${offset}`)).items.map(keyOf));
    expect(byOffset).toEqual(whole);
  });

  test("are sorted as they say", async () => {
    const { items } = await balances("sort=-onHand,sku&limit=1000");
    const pairs = items.map(({ onHand, sku }) => [onHand, sku] as const);
    expect(pairs).toEqual(pairs.toSorted((a, b) => b[0] - a[0] || (a[1] < b[1] ? -1 : Number(a[1] > b[1]))));
    const expiries = (await balances("sort=expiresOn&limit=1000")).items.map(({ expiresOn }) => expiresOn ?? "9999");
    expect(expiries).toEqual(expiries.toSorted());
  });

  test.each([
    "sort=price",
    "sort=b.on_hand",
    "cursor=made-up",
    "itemId=1",
    "status=GONE",
    "unknown=1",
    "asOf=yesterday",
    "search=%27%20OR%20%271%27%3D%271",
    "limit=5&limit=6",
  ])("?%s is refused", async (query) => {
    expect((await client.get(`/inventory/balances?${query}`)).status).toBe(400);
  });
});

describe("events", () => {
  test("come newest first; oldest first when asked for", async () => {
    const newest = await everyPage(events, "limit=9");
    expect(newest.map(({ recordedAt }) => recordedAt)).toEqual(
      newest
        .map(({ recordedAt }) => recordedAt)
        .toSorted()
        .toReversed(),
    );
    const oldest = await everyPage(events, "limit=9&sort=recordedAt");
    expect(oldest.map(({ id }) => id)).toEqual(newest.map(({ id }) => id).toReversed());
  });

  test("every filter keeps exactly what it names", async () => {
    const all = await everyPage(events, "limit=1000");
    const some = all.find(({ lotId, type }) => lotId !== null && type === "HOLD") as InventoryEvent;
    const second = server.tenants.acme.sites.second;
    const filters: [string, (event: InventoryEvent) => boolean][] = [
      ["type=HOLD", ({ type }) => type === "HOLD"],
      [`itemId=${some.itemId}`, ({ itemId }) => itemId === some.itemId],
      [`lotId=${some.lotId}`, ({ lotId }) => lotId === some.lotId],
      [`userId=${some.userId}`, ({ userId }) => userId === some.userId],
      [`locationId=${A2}`, ({ fromLocationId, toLocationId }) => fromLocationId === A2 || toLocationId === A2],
      [`siteId=${second.id}`, ({ toLocationId }) => toLocationId === second.locations["A-01"]],
      [`from=${some.recordedAt}`, ({ recordedAt }) => recordedAt >= some.recordedAt],
      [`to=${some.recordedAt}`, ({ recordedAt }) => recordedAt < some.recordedAt],
    ];
    for (const [query, fits] of filters) {
      const { items, page } = await events(`${query}&limit=1000&total=true`);
      expect({ query, rows: items.map(({ id }) => id), total: page.total }).toEqual({
        query,
        rows: all.filter(fits).map(({ id }) => id),
        total: all.filter(fits).length,
      });
    }
  });

  test("are read without a gap and without a repetition while others post", async () => {
    const before = (await everyPage(events, "limit=1000")).map(({ id }) => id);
    const item = await warehouse.item();
    const progress = { reading: true };
    const posting = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let posted = 0; progress.reading && posted < 200; posted++)
          await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: A1 });
      }),
    );
    const read = (await everyPage(events, "limit=3")).map(({ id }) => id);
    progress.reading = false;
    await posting;
    expect(new Set(read).size).toBe(read.length);
    expect(read.filter((id) => before.includes(id))).toEqual(before);
  });

  test("one is read by its id, with its tag, and not sent again to who has it", async () => {
    const [{ id } = { id: "" }] = (await events("limit=1")).items;
    const first = await client.get(`/inventory/events/${id}`);
    const tag = first.headers.get("etag") ?? "";
    const second = await client.get(`/inventory/events/${id}`, { "If-None-Match": tag });
    expect([first.status, tag !== "", second.status, second.text]).toEqual([200, true, 304, ""]);
    expect((await client.get(`/inventory/events/${crypto.randomUUID()}`)).status).toBe(404);
  });

  test.each([
    ["/inventory/events?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", { to: "Must not be before from" }],
    ["/inventory/balances?expiresFrom=2026-01-02&expiresTo=2026-01-01", { expiresTo: "Must not be before expiresFrom" }],
    ["/inventory/lots?from=2026-01-02&to=2026-01-01", { to: "Must not be before from" }],
  ])("two instants the wrong way round are told: %s", async (path, faults) => expect(faultsOf(await client.get(path))).toEqual(faults));
});
