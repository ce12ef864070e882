import type { Run, Size } from "./large-company.ts";
import { at } from "./sizes.ts";

/** What happened, gathered from all documents first: the ledger numbers its events in the order of their instants. */
export async function beginHistory(run: Run): Promise<void> {
  await run(
    "a place for what happened",
    `CREATE TEMPORARY TABLE happening (
       at timestamptz NOT NULL, type text NOT NULL, item_id uuid NOT NULL, lot_id uuid, quantity numeric NOT NULL,
       from_location_id uuid, from_status text, to_location_id uuid, to_status text, cost numeric, reason_code text,
       source_type text, source_id uuid, user_id uuid NOT NULL
     ) ON COMMIT DROP`,
  );
}

/** Of each five events of a place one brings 100, and four take some: 60 stay, but of every second item's second place, which is emptied. */
const cycle = 5;

/** Everyday receipts and shipments: as many as are left over from the documents. */
export async function seedHistory(run: Run, size: Size): Promise<void> {
  const { items, balances, events } = size;
  await run(
    "receipts and shipments of every day",
    `INSERT INTO happening (at, type, item_id, lot_id, quantity, from_location_id, from_status, to_location_id, to_status, cost, reason_code, user_id)
     SELECT ${at("(e.n + 1)::float8 / e.events", size)},
            CASE WHEN r.brings THEN 'RECEIVE' WHEN e.n % 40 = 7 THEN 'SCRAP' ELSE 'SHIP' END, s.item_id, s.lot_id,
            CASE WHEN r.brings THEN 100 WHEN s.n >= ${items} AND s.n % 2 = 1 THEN 25 ELSE 10 END,
            CASE WHEN NOT r.brings THEN s.location_id END, CASE WHEN NOT r.brings THEN 'AVAILABLE' END,
            CASE WHEN r.brings THEN s.location_id END, CASE WHEN r.brings THEN 'AVAILABLE' END,
            s.cost, CASE WHEN NOT r.brings AND e.n % 40 = 7 THEN 'DAMAGED' END, w.id
     FROM (SELECT n, c.events FROM (SELECT ${events} - count(*) AS events FROM happening) c, generate_series(0, c.events - 1) AS g(n)) e
     CROSS JOIN LATERAL (SELECT (e.n / ${balances}) % ${cycle} = 0 AS brings) r
     JOIN slot s ON s.n = e.n % ${balances}
     JOIN worker w ON w.n = e.n % 20`,
  );
}

const sides = `
  FROM inventory_event e CROSS JOIN LATERAL (VALUES (e.from_location_id, e.from_status, -1), (e.to_location_id, e.to_status, 1)) p (location_id, status, sign)
  WHERE e.tenant_id = {tenant} AND p.location_id IS NOT NULL`;

/** The events, and what the ledger keeps of them. Every receipt costs an item's standard cost, so that is its average at all times. */
export async function writeLedger(run: Run): Promise<void> {
  await run(
    "events",
    `INSERT INTO inventory_event (tenant_id, type, item_id, lot_id, quantity, entered_quantity, entered_uom, from_location_id, from_status, to_location_id, to_status,
       unit_cost, reason_code, source_type, source_id, user_id, occurred_at, recorded_at)
     SELECT {tenant}, type, item_id, lot_id, quantity, quantity, 'EA', from_location_id, from_status, to_location_id, to_status,
       cost, reason_code, source_type, source_id, user_id, at, at
     FROM happening ORDER BY at`,
  );
  await run(
    "balances",
    `INSERT INTO inventory_balance (tenant_id, item_id, location_id, lot_id, status, on_hand, moved_at)
     SELECT {tenant}, e.item_id, p.location_id, e.lot_id, p.status, sum(p.sign * e.quantity), max(e.recorded_at) ${sides}
     GROUP BY e.item_id, p.location_id, e.lot_id, p.status`,
  );
  await run(
    "costs",
    `INSERT INTO item_valuation (tenant_id, item_id, on_hand, average_cost)
     SELECT {tenant}, b.item_id, sum(b.on_hand), min(i.standard_cost) FROM inventory_balance b JOIN item i ON i.tenant_id = b.tenant_id AND i.id = b.item_id
     WHERE b.tenant_id = {tenant} GROUP BY b.item_id`,
  );
  await run(
    "promises to production orders",
    `INSERT INTO inventory_allocation (tenant_id, item_id, location_id, quantity, document_type, document_id)
     SELECT {tenant}, item_id, location_id, quantity, 'PRODUCTION_ORDER', production_order_id FROM promised`,
  );
  await run(
    "what is promised of the balances",
    `UPDATE inventory_balance b SET allocated = a.quantity
     FROM (SELECT item_id, location_id, lot_key, status, sum(quantity) AS quantity FROM inventory_allocation WHERE tenant_id = {tenant} GROUP BY 1, 2, 3, 4) a
     WHERE b.tenant_id = {tenant} AND (b.item_id, b.location_id, b.lot_key, b.status) = (a.item_id, a.location_id, a.lot_key, a.status)`,
  );
  await run(
    "closed days",
    `INSERT INTO inventory_day_close (tenant_id, item_id, location_id, lot_key, status, day, on_hand)
     SELECT {tenant}, item_id, location_id, lot_key, status, day, sum(delta) OVER (PARTITION BY item_id, location_id, lot_key, status ORDER BY day)
     FROM (SELECT e.item_id, p.location_id, coalesce(e.lot_id, '00000000-0000-0000-0000-000000000000') AS lot_key, p.status,
                  (e.recorded_at AT TIME ZONE 'UTC')::date AS day, sum(p.sign * e.quantity) AS delta ${sides}
             AND e.recorded_at < date_trunc('day', now(), 'UTC')
           GROUP BY 1, 2, 3, 4, 5) moved`,
  );
  await run(
    "up to which day",
    "INSERT INTO inventory_closed_through (tenant_id, day) VALUES ({tenant}, (date_trunc('day', now(), 'UTC') AT TIME ZONE 'UTC')::date - 1)",
  );
}
