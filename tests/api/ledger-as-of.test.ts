import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { BalanceList } from "#contract/ledger.ts";
import { closeDays } from "#features/ledger/day-close.ts";
import { closeDaysAtLast } from "#tests/support/closed-days.ts";
import { expectAgreement, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let client: TestClient;
let items: Item[];

const daysBack = 20;
const dayMs = 86_400_000;

beforeAll(async () => {
  server = await startTestServer("ledger as of");
  warehouse = await createWarehouse(server);
  client = await server.as("Admin");
  items = [await warehouse.item(), await warehouse.item(), await warehouse.item({ tracking: "LOT" })];
  await fillPast();
});
afterAll(() => server.close());

/** Three weeks of movements as if they had been posted then: events written by the database's owner, balances that are their sum. */
async function fillPast(): Promise<void> {
  const places = Object.values(server.tenants.acme.sites).flatMap((site) => Object.values(site.locations).slice(0, 3));
  await server.sql(
    `WITH lots AS (INSERT INTO lot (tenant_id, item_id, code) SELECT $1, ($2::uuid[])[3], 'L-' || n FROM generate_series(1, 3) n RETURNING id, code),
     drawn AS (
       SELECT n, 1 + (random() * 2)::int AS item, 1 + (random() * 5)::int AS place, 1 + (random() * 2)::int AS lot,
              date_trunc('day', now()) - (1 + random() * ${daysBack - 1}) * interval '1 day' AS at, CASE WHEN random() < 0.15 THEN 'HOLD' ELSE 'AVAILABLE' END AS status
       FROM generate_series(1, 400) n
     ),
     -- Some stand on the very edge of a day.
     edged AS (SELECT *, CASE n % 10 WHEN 0 THEN date_trunc('day', at, 'UTC') WHEN 1 THEN date_trunc('day', at, 'UTC') - interval '1 microsecond' ELSE at END AS recorded_at FROM drawn)
     INSERT INTO inventory_event (tenant_id, type, item_id, lot_id, quantity, entered_quantity, entered_uom, to_location_id, to_status, unit_cost, user_id, occurred_at, recorded_at)
     SELECT $1, 'RECEIVE', ($2::uuid[])[item], CASE WHEN item = 3 THEN (SELECT id FROM lots WHERE code = 'L-' || lot) END, n, n, 'EA', ($3::uuid[])[place], status, 0, $4, recorded_at, recorded_at
     FROM edged ORDER BY recorded_at`,
    [server.tenants.acme.id, items.map(({ id }) => id), places, server.tenants.acme.users.Admin.id],
  );
  // Each receipt is half taken again a while later: moved on, or out.
  await server.sql(
    `INSERT INTO inventory_event (tenant_id, type, item_id, lot_id, quantity, entered_quantity, entered_uom, from_location_id, from_status, to_location_id, to_status, unit_cost, user_id, occurred_at, recorded_at)
     SELECT tenant_id, CASE WHEN moves THEN 'MOVE' ELSE 'SHIP' END, item_id, lot_id, ceil(quantity / 2), ceil(quantity / 2), 'EA', to_location_id, to_status,
            CASE WHEN moves THEN $2::uuid END, CASE WHEN moves THEN to_status END, CASE WHEN NOT moves THEN 0 END, user_id, recorded_at, least(recorded_at + random() * interval '5 days', date_trunc('day', now()) - interval '1 minute')
     FROM (SELECT *, seq % 2 = 0 AND to_location_id <> $2::uuid AS moves FROM inventory_event WHERE tenant_id = $1) e`,
    [server.tenants.acme.id, server.tenants.acme.sites.main.locations["S-01"]],
  );
  await server.sql(
    `INSERT INTO inventory_balance (tenant_id, item_id, location_id, lot_id, status, on_hand)
     SELECT e.tenant_id, e.item_id, p.location_id, e.lot_id, p.status, sum(p.sign * e.quantity) FROM inventory_event e
     CROSS JOIN LATERAL (VALUES (e.from_location_id, e.from_status, -1), (e.to_location_id, e.to_status, 1)) p (location_id, status, sign)
     WHERE p.location_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5`,
  );
  await server.sql(
    "INSERT INTO item_valuation (tenant_id, item_id, on_hand) SELECT tenant_id, item_id, sum(on_hand) FROM inventory_balance GROUP BY 1, 2",
  );
}

/** What was on hand, from the events alone. */
const recomputed = async (asOf: string, where = "true") =>
  await server.sql<{ key: string; on_hand: number }>(
    `SELECT concat_ws(' ', e.item_id, p.location_id, e.lot_id, p.status) AS key, sum(p.sign * e.quantity)::float8 AS on_hand FROM inventory_event e
     CROSS JOIN LATERAL (VALUES (e.from_location_id, e.from_status, -1), (e.to_location_id, e.to_status, 1)) p (location_id, status, sign)
     WHERE p.location_id IS NOT NULL AND e.recorded_at <= $1 AND ${where} GROUP BY 1 HAVING sum(p.sign * e.quantity) > 0 ORDER BY 1`,
    [asOf],
  );
async function told(asOf: string, query = "") {
  const { items: rows, page } = (await client.get(`/inventory/balances?limit=1000&asOf=${encodeURIComponent(asOf)}${query}`)).read(
    BalanceList,
  );
  expect(page.hasMore).toBe(false);
  return rows
    .map((row) => ({
      key: [row.itemId, row.locationId, row.lotId, row.status].filter((part) => part !== null).join(" "),
      on_hand: row.onHand,
    }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
const byKey = (rows: { key: string; on_hand: number }[]) => rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
const today = () => Math.floor(Date.now() / dayMs) * dayMs;
function instants(count: number): string[] {
  const edges = [0, 1, 5, daysBack - 1].flatMap((day) => [-1, 0, 1].map((ms) => new Date(today() - day * dayMs + ms).toISOString()));
  const random = Array.from({ length: count }, () => new Date(today() - (Math.random() * (daysBack + 2) - 0.5) * dayMs).toISOString());
  return [
    ...edges,
    ...random,
    "1990-01-01T00:00:00Z",
    "2090-01-01T00:00:00Z",
    new Date(today() - 3 * dayMs).toISOString().replace("Z", "+02:00"),
  ];
}
/** At each instant: what the list tells, and what the events add up to. */
async function compared(count: number) {
  const lists = { told: [] as unknown[], added: [] as unknown[] };
  for (const asOf of instants(count)) {
    lists.told.push([asOf, await told(asOf)]);
    lists.added.push([asOf, byKey(await recomputed(asOf))]);
  }
  return lists;
}

// One after the other: days are closed, and stay closed.
describe("what was on hand at an instant is the sum of the events until then", () => {
  test("while no day is closed", async () => {
    const lists = await compared(10);
    expect(lists.told).toEqual(lists.added);
  });

  test("when some days are closed", async () => {
    expect(await closeDaysAtLast(server, new Date(today() - 9 * dayMs))).toBeGreaterThan(0);
    const lists = await compared(20);
    expect(lists.told).toEqual(lists.added);
  });

  test("when closed twice to the same day: as once", async () => {
    expect(await closeDaysAtLast(server, new Date(today() - 9 * dayMs))).toBe(0);
  });

  test("when every past day is closed; today never is", async () => {
    expect(await closeDaysAtLast(server, new Date(today() + 5 * dayMs))).toBeGreaterThan(0);
    const [row] = await server.sql<{ day: string }>("SELECT day::text FROM inventory_closed_through WHERE tenant_id = $1", [
      server.tenants.acme.id,
    ]);
    expect(row?.day).toBe(new Date(today() - dayMs).toISOString().slice(0, 10));
    const lists = await compared(20);
    expect(lists.told).toEqual(lists.added);
  });

  test("and with what is posted after, to the microsecond", async () => {
    const [item] = items as [Item];
    const ledger = ledgerOf(client);
    const post = async (quantity: number) =>
      (await ledger.post({ type: "RECEIVE", itemId: item.id, quantity, toLocationId: warehouse.locationId("A-01") })).event.recordedAt;
    const [first, second] = [await post(1), await post(2)];
    for (const asOf of [first, second]) expect(await told(asOf)).toEqual(byKey(await recomputed(asOf)));
    expect(await told(first)).not.toEqual(await told(second));
  });

  test("with filters, and beside another company", async () => {
    const [item, , lotted] = items as [Item, Item, Item];
    const globex = await createWarehouse(server, { tenant: "globex" });
    await globex.stock({ at: "A-01", onHand: 5 });
    const place = warehouse.locationId("A-01");
    const [lot] = await server.sql<{ id: string }>("SELECT id FROM lot WHERE item_id = $1 LIMIT 1", [lotted.id]);
    for (const asOf of instants(4)) {
      const whole = byKey(await recomputed(asOf, `e.tenant_id = '${server.tenants.acme.id}'`));
      const only = (part: string) => whole.filter(({ key }) => key.includes(part));
      expect(await told(asOf, `&itemId=${item.id}`)).toEqual(only(item.id));
      expect(await told(asOf, `&locationId=${place}`)).toEqual(only(place));
      expect(await told(asOf, `&lotId=${lot?.id}`)).toEqual(only(lot?.id ?? ""));
      expect(await told(asOf, "&status=HOLD")).toEqual(only("HOLD"));
    }
  });
});

test("days are closed while others post, and nothing is lost", async () => {
  const ledger = ledgerOf(client);
  const item = await warehouse.item();
  const posting = Array.from({ length: 40 }, () =>
    ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: warehouse.locationId("A-01") }),
  );
  await Promise.all([...posting, ...Array.from({ length: 3 }, () => closeDays(server.services.database))]);
  expect(await warehouse.onHand(item)).toBe(40);
  // The past was put in by the owner, receipts first.
  await expectAgreement(server, ["order of events"]);
});

describe("a clock that was set back puts no event", () => {
  const later = "2090-01-02T03:04:05.678901Z";

  test("before an earlier one of the same balance", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    await server.sql("UPDATE inventory_balance SET moved_at = $2 WHERE item_id = $1", [item.id, later]);
    const move = {
      type: "MOVE",
      quantity: 2,
      fromLocationId: warehouse.locationId("A-01"),
      toLocationId: warehouse.locationId("A-02"),
    } as const;
    expect((await ledgerOf(client).post({ ...move, itemId: item.id })).event.recordedAt).toBe(later);
    const moved = await server.sql("SELECT on_hand::float8 FROM inventory_balance WHERE item_id = $1 AND moved_at = $2 ORDER BY 1", [
      item.id,
      later,
    ]);
    expect(moved).toEqual([{ on_hand: 2 }, { on_hand: 3 }]);
    await expectAgreement(server, ["order of events"]);
  });

  test("into a day that is closed, or marked to be closed", async () => {
    await server.sql("INSERT INTO inventory_close_mark (day, xid) VALUES ('2090-01-01', pg_current_xact_id())");
    const item = await warehouse.item();
    const receipt = { type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: warehouse.locationId("A-01") } as const;
    expect((await ledgerOf(client).post(receipt)).event.recordedAt).toBe("2090-01-02T00:00:00Z");
  });
});
