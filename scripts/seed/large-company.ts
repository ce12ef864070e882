import type pg from "pg";

export interface Size {
  items: number;
  /** Places of stock: item, location and lot. */
  balances: number;
  events: number;
  /** Purchase orders, of four lines each. */
  orders: number;
  /** Over how many days the events and orders lie, up to now. */
  days: number;
}

const locationsMax = 10_000;
/** Of each five events of a balance one brings ten, and four take two each: so nothing ever falls below zero. */
const cycle = 5;

/**
 * Fills a company that has units, a site MAIN and nothing else yet, by set-based SQL, as the database's owner. What it makes keeps
 * every rule that `npm run verify` knows. Told of each step by `log`.
 */
export async function fillLargeCompany(
  client: pg.Client,
  tenantId: string,
  userId: string,
  size: Size,
  log: (line: string) => void,
): Promise<void> {
  const run = async (what: string, text: string, values: readonly unknown[] = []) => {
    const startedAt = performance.now();
    const { rowCount } = await client.query(text.replaceAll("{tenant}", `'${tenantId}'::uuid`).replaceAll("{user}", `'${userId}'::uuid`), [
      ...values,
    ]);
    log(`${what}: ${(rowCount ?? 0).toLocaleString("en")} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
  };
  await catalog(run, size);
  // What follows joins what was just made.
  await client.query("ANALYZE item, location");
  await stock(run, size);
  await history(run, size);
  await purchasing(run, size);
  await client.query("ANALYZE");
}

type Run = (what: string, text: string, values?: readonly unknown[]) => Promise<void>;

async function catalog(run: Run, { items, balances }: Size): Promise<void> {
  await run(
    "locations",
    `INSERT INTO location (tenant_id, site_id, code, type, pick_sequence)
     SELECT {tenant}, s.id, 'L-' || lpad(n::text, 6, '0'), CASE n % 10 WHEN 0 THEN 'PICKING' ELSE 'STORAGE' END, n
     FROM site s, generate_series(1, $1::int) n WHERE s.tenant_id = {tenant} AND s.code = 'MAIN'`,
    [Math.min(locationsMax, balances)],
  );
  // Every fifth item has lots.
  await run(
    "items",
    `INSERT INTO item (tenant_id, sku, name, category, tracking, reorder_point, standard_cost)
     SELECT {tenant}, 'SKU-' || lpad(n::text, 7, '0'), (ARRAY['Bolt', 'Nut', 'Washer', 'Bracket', 'Panel', 'Valve', 'Hose', 'Bearing'])[1 + n % 8] || ' ' || n,
            'Category ' || n % 200, CASE n % 5 WHEN 0 THEN 'LOT' ELSE 'NONE' END, CASE n % 3 WHEN 0 THEN n % 20 END, round((1 + n % 997)::numeric / 7, 4)
     FROM generate_series(1, $1::int) n`,
    [items],
  );
  await run(
    "barcodes",
    "INSERT INTO item_barcode (tenant_id, item_id, code) SELECT tenant_id, id, 'B' || sku FROM item WHERE tenant_id = {tenant}",
  );
  await run(
    "suppliers",
    "INSERT INTO supplier (tenant_id, code, name) SELECT {tenant}, 'SUP-' || lpad(n::text, 4, '0'), 'Supplier ' || n FROM generate_series(1, 500) n",
  );
}

/** Numbers the places of stock, 0 and up: `slot` (n, item_id, location_id, lot_id, cost). */
async function stock(run: Run, { items, balances }: Size): Promise<void> {
  await run(
    "places of stock",
    `CREATE TEMPORARY TABLE slot ON COMMIT DROP AS
     WITH i AS MATERIALIZED (SELECT id, tracking, standard_cost, row_number() OVER (ORDER BY sku) - 1 AS n FROM item WHERE tenant_id = {tenant}),
     l AS MATERIALIZED (SELECT id, row_number() OVER (ORDER BY code) - 1 AS n FROM location WHERE tenant_id = {tenant})
     SELECT s.n, i.id AS item_id, i.tracking, l.id AS location_id, NULL::uuid AS lot_id, i.standard_cost AS cost
     FROM generate_series(0, $1::bigint - 1) AS s(n)
     JOIN i ON i.n = s.n % $2::bigint
     JOIN l ON l.n = (s.n + s.n / $2::bigint) % $3::bigint`,
    [balances, items, Math.min(locationsMax, balances)],
  );
  await run(
    "lots",
    `INSERT INTO lot (tenant_id, item_id, code, expires_on)
     SELECT {tenant}, item_id, 'LOT-' || n, current_date + (n % 400)::int - 20 FROM slot WHERE tracking = 'LOT'`,
  );
  await run(
    "their lots",
    "UPDATE slot s SET lot_id = o.id FROM lot o WHERE o.tenant_id = {tenant} AND o.item_id = s.item_id AND o.code = 'LOT-' || s.n AND s.tracking = 'LOT'",
  );
  await run("index of the places", "CREATE UNIQUE INDEX ON slot (n)");
  await run("figures of the places", "ANALYZE slot");
}

async function history(run: Run, { balances, events, days }: Size): Promise<void> {
  const before = `now() - make_interval(secs => $3::float8 * 86400 * (1 - (e.n + 1)::float8 / $2::float8))`;
  await run(
    "events",
    `INSERT INTO inventory_event (tenant_id, type, item_id, lot_id, quantity, entered_quantity, entered_uom, from_location_id, from_status, to_location_id, to_status,
       unit_cost, user_id, occurred_at, recorded_at)
     SELECT {tenant}, CASE WHEN r.brings THEN 'RECEIVE' ELSE 'SHIP' END, s.item_id, s.lot_id, r.quantity, r.quantity, 'EA',
       CASE WHEN NOT r.brings THEN s.location_id END, CASE WHEN NOT r.brings THEN 'AVAILABLE' END, CASE WHEN r.brings THEN s.location_id END, CASE WHEN r.brings THEN 'AVAILABLE' END,
       s.cost, {user}, ${before}, ${before}
     FROM generate_series(0, $2::bigint - 1) AS e(n)
     CROSS JOIN LATERAL (SELECT (e.n / $1::bigint) % ${cycle} = 0 AS brings, CASE (e.n / $1::bigint) % ${cycle} WHEN 0 THEN 10 ELSE 2 END AS quantity) r
     JOIN slot s ON s.n = e.n % $1::bigint
     ORDER BY e.n`,
    [balances, events, days],
  );
  await run(
    "balances",
    `INSERT INTO inventory_balance (tenant_id, item_id, location_id, lot_id, status, on_hand, moved_at)
     SELECT {tenant}, item_id, coalesce(to_location_id, from_location_id), lot_id, 'AVAILABLE', sum(CASE WHEN to_location_id IS NULL THEN -quantity ELSE quantity END), max(recorded_at)
     FROM inventory_event WHERE tenant_id = {tenant} GROUP BY item_id, coalesce(to_location_id, from_location_id), lot_id`,
  );
  await run(
    "costs",
    `INSERT INTO item_valuation (tenant_id, item_id, on_hand, average_cost)
     SELECT {tenant}, b.item_id, sum(b.on_hand), min(i.standard_cost) FROM inventory_balance b JOIN item i ON i.tenant_id = b.tenant_id AND i.id = b.item_id
     WHERE b.tenant_id = {tenant} GROUP BY b.item_id`,
  );
}

/** Four of five are closed; of the rest half is still open. */
async function purchasing(run: Run, { items, orders, days }: Size): Promise<void> {
  await run(
    "purchase orders",
    `INSERT INTO purchase_order (tenant_id, number, status, supplier_id, site_id, created_by, submitted_by, submitted_at, approved_by, approved_at, sent_at, closed_at, created_at)
     SELECT {tenant}, 'PO-' || lpad(g.n::text, 6, '0'), k.status, s.id, w.id, {user}, {user}, a.at, {user}, a.at, a.at, CASE k.status WHEN 'CLOSED' THEN a.at END, a.at
     FROM generate_series(1, $1::int) AS g(n)
     CROSS JOIN LATERAL (SELECT CASE WHEN g.n % 5 < 4 THEN 'CLOSED' WHEN g.n % 10 = 4 THEN 'RECEIVED' ELSE 'SENT' END AS status) k
     CROSS JOIN LATERAL (SELECT now() - make_interval(secs => $2::float8 * 86400 * (1 - g.n::float8 / $1::float8)) AS at) a
     JOIN (SELECT id, row_number() OVER (ORDER BY code) AS n FROM supplier WHERE tenant_id = {tenant}) s ON s.n = 1 + g.n % 500
     JOIN site w ON w.tenant_id = {tenant} AND w.code = 'MAIN'`,
    [orders, days],
  );
  await run(
    "their lines",
    `INSERT INTO purchase_order_line (tenant_id, purchase_order_id, line_number, item_id, uom, quantity, unit_price, due_date, received_quantity, imported_received_quantity)
     SELECT {tenant}, o.id, k.n, i.id, 'EA', 10, i.standard_cost, o.created_at::date + 14, r.quantity, r.quantity
     FROM (SELECT *, row_number() OVER (ORDER BY number) AS n FROM purchase_order WHERE tenant_id = {tenant}) o
     CROSS JOIN generate_series(1, 4) AS k(n)
     JOIN (SELECT id, standard_cost, row_number() OVER (ORDER BY sku) - 1 AS n FROM item WHERE tenant_id = {tenant}) i ON i.n = (o.n * 4 + k.n) % $1::bigint
     CROSS JOIN LATERAL (SELECT CASE WHEN o.status = 'SENT' THEN 0 ELSE 10 END AS quantity) r`,
    [items],
  );
  await run("the last number", "INSERT INTO document_counter (tenant_id, kind, last) SELECT {tenant}, 'PO', $1::int WHERE $1::int > 0", [
    orders,
  ]);
}
