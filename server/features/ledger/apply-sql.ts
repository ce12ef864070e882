// The statements that change stock. They take their movements from a source: JSON for a request, a temporary table for an import.

/** What a movement is made of, by the time the ledger writes it. */
export const movementColumns = `line int, type text, item_id uuid, lot_id uuid, quantity numeric, entered_quantity numeric, entered_uom text,
  from_location_id uuid, from_status text, to_location_id uuid, to_status text, unit_cost numeric, reason_code text, note text,
  reverses_event_id uuid, source_type text, source_id uuid, occurred_at timestamptz`;

/** Movements given as JSON in the first parameter. */
export const fromJson = `jsonb_to_recordset($1::jsonb) AS m(${movementColumns})`;

/** What stands in a balance's key for "no lot". */
export const noLot = "'00000000-0000-0000-0000-000000000000'::uuid";

/** What each movement does to each balance: taken from one, put into another. */
const changes = (source: string) => `
  SELECT line, item_id, from_location_id AS location_id, lot_id, coalesce(lot_id, ${noLot}) AS lot_key, from_status AS status, -quantity AS delta FROM ${source} WHERE from_location_id IS NOT NULL
  UNION ALL
  SELECT line, item_id, to_location_id, lot_id, coalesce(lot_id, ${noLot}), to_status, quantity FROM ${source} WHERE to_location_id IS NOT NULL`;

const changesTotal = "(from_location_id IS NULL) <> (to_location_id IS NULL)";

/**
 * Locks what the costs depend on: the row of each item whose total changes. One order for everyone, so that nobody waits in a circle.
 * A missing row is made; an existing one is locked and not written, for the update's condition is never true.
 */
export const lockValuationsSql = (source: string) => `
  INSERT INTO item_valuation AS v (item_id)
  SELECT DISTINCT item_id FROM ${source} WHERE ${changesTotal} ORDER BY item_id
  ON CONFLICT (tenant_id, item_id) DO UPDATE SET on_hand = v.on_hand WHERE false`;

/** The same of items given as an array. */
export const lockItemsSql = `
  INSERT INTO item_valuation AS v (item_id)
  SELECT DISTINCT item_id FROM unnest($1::uuid[]) AS item_id ORDER BY item_id
  ON CONFLICT (tenant_id, item_id) DO UPDATE SET on_hand = v.on_hand WHERE false`;

/**
 * Locks every balance the movements touch, in the order item, location, lot, status: two opposite moves would otherwise each hold what the other needs.
 * `also`: a query for other balances that the transaction is going to need, locked in the same order.
 */
export const lockBalancesSql = (source: string, also?: string) => `
  INSERT INTO inventory_balance AS b (item_id, location_id, lot_id, status)
  SELECT item_id, location_id, lot_id, status FROM (
    SELECT DISTINCT item_id, location_id, lot_id, lot_key, status FROM (${changes(source)}) c${also === undefined ? "" : ` UNION ${also}`}
  ) d
  ORDER BY item_id, location_id, lot_key, status
  ON CONFLICT (tenant_id, item_id, location_id, lot_key, status) DO UPDATE SET on_hand = b.on_hand WHERE false`;

/**
 * Posts the movements in their order, once everything is locked: running balances, costs, events, new balances. Where one movement
 * finds too little, nothing is written and the shortages come back. `result` reads the answer from the parts `event`, `balance` and
 * `shortage`. Parameters after the source: user id ($2), request id ($3), address ($4).
 * Every row is found by its key, whatever the planner believes of the tables' sizes: a prepared plan may have been made while they
 * were empty. Rows are locked by now, so new figures are written as they were computed. Events are inserted in the order of their
 * lines, so `seq` tells the lines apart. Their instant is never before that of an earlier event of the same balances, nor in a day
 * that is over for the ledger, even when the clock was set back.
 */
export const applySql = (source: string, result: string) => `
  WITH movement AS MATERIALIZED (SELECT * FROM ${source}),
  change AS MATERIALIZED (${changes("movement")}),
  running AS MATERIALIZED (
    SELECT c.*, b.allocated, b.moved_at, b.on_hand + sum(c.delta) OVER (PARTITION BY c.item_id, c.location_id, c.lot_key, c.status ORDER BY c.line ROWS UNBOUNDED PRECEDING) AS after
    FROM change c CROSS JOIN LATERAL (
      SELECT b.on_hand, b.allocated, b.moved_at FROM inventory_balance b
      WHERE b.item_id = c.item_id AND b.location_id = c.location_id AND b.lot_key = c.lot_key AND b.status = c.status LIMIT 1
    ) b
  ),
  shortage AS MATERIALIZED (
    SELECT line, after - delta - allocated AS available FROM running WHERE delta < 0 AND after < allocated ORDER BY line LIMIT 100
  ),
  step AS (
    SELECT m.item_id, -1 AS line, v.on_hand AS quantity, v.average_cost AS unit_cost, NULL::boolean AS reversal
    FROM (SELECT DISTINCT item_id FROM movement WHERE ${changesTotal}) m
    CROSS JOIN LATERAL (SELECT v.on_hand, v.average_cost FROM item_valuation v WHERE v.item_id = m.item_id LIMIT 1) v
    UNION ALL
    SELECT item_id, line, CASE WHEN from_location_id IS NULL THEN quantity ELSE -quantity END, unit_cost, reverses_event_id IS NOT NULL
    FROM movement WHERE ${changesTotal}
  ),
  cost AS MATERIALIZED (
    SELECT item_id, line, unit_cost, item_valuation_run(quantity, unit_cost, reversal) OVER (PARTITION BY item_id ORDER BY line) AS after,
           item_valuation_run(quantity, unit_cost, reversal) OVER (PARTITION BY item_id ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM step
  ),
  instant AS MATERIALIZED (
    SELECT greatest(clock_timestamp(), (SELECT max(moved_at) FROM running),
      (SELECT (max(day) + 1)::timestamp AT TIME ZONE 'UTC' FROM inventory_close_mark)) AS recorded_at
  ),
  event AS (
    INSERT INTO inventory_event (type, item_id, lot_id, quantity, entered_quantity, entered_uom, from_location_id, from_status, to_location_id, to_status,
      unit_cost, reason_code, note, reverses_event_id, source_type, source_id, user_id, request_id, ip_address, occurred_at, recorded_at)
    SELECT m.type, m.item_id, m.lot_id, m.quantity, m.entered_quantity, m.entered_uom, m.from_location_id, m.from_status, m.to_location_id, m.to_status,
      coalesce(m.unit_cost, c.before[2]), m.reason_code, m.note, m.reverses_event_id, m.source_type, m.source_id, $2::uuid, $3, $4,
      coalesce(m.occurred_at, i.recorded_at), i.recorded_at
    FROM movement m LEFT JOIN cost c ON c.line = m.line AND c.item_id = m.item_id CROSS JOIN instant i
    WHERE NOT EXISTS (SELECT FROM shortage)
    ORDER BY m.line
    RETURNING id, seq, quantity, unit_cost, occurred_at, recorded_at
  ),
  balance AS (
    INSERT INTO inventory_balance AS b (item_id, location_id, lot_id, status, on_hand, moved_at)
    SELECT DISTINCT ON (item_id, location_id, lot_key, status) item_id, location_id, lot_id, status, after, recorded_at FROM running CROSS JOIN instant
    WHERE NOT EXISTS (SELECT FROM shortage)
    ORDER BY item_id, location_id, lot_key, status, line DESC
    ON CONFLICT (tenant_id, item_id, location_id, lot_key, status) DO UPDATE SET on_hand = excluded.on_hand, moved_at = excluded.moved_at
    RETURNING b.item_id, b.location_id, b.lot_id, b.status, b.on_hand, b.allocated
  ),
  valuation AS (
    INSERT INTO item_valuation AS v (item_id, on_hand, average_cost)
    SELECT DISTINCT ON (item_id) item_id, after[1], after[2] FROM cost WHERE NOT EXISTS (SELECT FROM shortage) ORDER BY item_id, line DESC
    ON CONFLICT (tenant_id, item_id) DO UPDATE SET on_hand = excluded.on_hand, average_cost = excluded.average_cost
  )
  ${result}`;

/**
 * The answer for a request: every event and balance written, or every shortage. One shape for three kinds of row: an `event` has
 * its cost in `a`; a `balance` on hand, allocated and available in `a`, `b`, `c`; a `shortage` what was available in `a`.
 */
export const eventsAndBalances = `
  SELECT 'event' AS kind, seq::bigint AS line, id, NULL::uuid AS item_id, NULL::uuid AS location_id, NULL::uuid AS lot_id, NULL AS status,
         unit_cost AS a, NULL::numeric AS b, NULL::numeric AS c, occurred_at, recorded_at FROM event
  UNION ALL SELECT 'balance', NULL, NULL, item_id, location_id, lot_id, status, on_hand, allocated, on_hand - allocated, NULL, NULL FROM balance
  UNION ALL SELECT 'shortage', line, NULL, NULL, NULL, NULL, NULL, available, NULL, NULL, NULL, NULL FROM shortage`;

/** The answer for an import: how much was written, and how many movements fell short. */
export const countsOnly = `
  SELECT (SELECT count(*) FROM event) AS events, (SELECT coalesce(sum(quantity), 0) FROM event) AS quantity, (SELECT count(*) FROM balance) AS balances, (SELECT count(*) FROM shortage) AS shortages`;
