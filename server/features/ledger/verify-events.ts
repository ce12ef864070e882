// What has to be true of each event by itself, and beside those before it. As in verify-checks.ts: each a query for what is not.

const serials = `
  SELECT t.code AS tenant, i.sku, string_agg(s.code || '/' || l.code, ', ' ORDER BY s.code, l.code) AS location, o.code AS lot, NULL AS status,
         trim_scale(sum(b.on_hand))::text AS stored, '1' AS recomputed
  FROM inventory_balance b
  JOIN item i ON i.tenant_id = b.tenant_id AND i.id = b.item_id AND i.tracking = 'SERIAL'
  JOIN lot o ON o.tenant_id = b.tenant_id AND o.id = b.lot_id
  JOIN location l ON l.tenant_id = b.tenant_id AND l.id = b.location_id
  JOIN site s ON s.tenant_id = l.tenant_id AND s.id = l.site_id
  JOIN tenant t ON t.id = b.tenant_id
  WHERE b.on_hand > 0
  GROUP BY t.code, i.sku, o.id, o.code HAVING sum(b.on_hand) > 1
  ORDER BY t.code, i.sku, o.code`;

const eventLots = `
  SELECT t.code AS tenant, i.sku, NULL AS location, coalesce(o.code, e.lot_id::text) AS lot, NULL AS status, 'event ' || e.id AS stored,
         CASE WHEN e.lot_id IS NOT NULL AND i.tracking = 'NONE' THEN 'no lot' WHEN e.lot_id IS NULL THEN 'a lot' ELSE 'a lot of this item' END AS recomputed
  FROM inventory_event e
  JOIN tenant t ON t.id = e.tenant_id
  JOIN item i ON i.tenant_id = e.tenant_id AND i.id = e.item_id
  LEFT JOIN lot o ON o.tenant_id = e.tenant_id AND o.id = e.lot_id
  WHERE (e.lot_id IS NULL) <> (i.tracking = 'NONE') OR (e.lot_id IS NOT NULL AND o.item_id IS DISTINCT FROM e.item_id)
  ORDER BY t.code, i.sku, e.seq`;

const reversals = `
  SELECT t.code AS tenant, i.sku, NULL AS location, NULL AS lot, NULL AS status, 'event ' || r.id AS stored, 'the opposite of event ' || e.id AS recomputed
  FROM inventory_event r
  JOIN inventory_event e ON e.tenant_id = r.tenant_id AND e.id = r.reverses_event_id
  JOIN tenant t ON t.id = r.tenant_id
  LEFT JOIN item i ON i.tenant_id = r.tenant_id AND i.id = r.item_id
  WHERE (r.type, r.item_id, r.lot_id, r.quantity, r.unit_cost, r.from_location_id, r.from_status, r.to_location_id, r.to_status)
        IS DISTINCT FROM (e.type, e.item_id, e.lot_id, e.quantity, e.unit_cost, e.to_location_id, e.to_status, e.from_location_id, e.from_status)
     OR e.reverses_event_id IS NOT NULL
  ORDER BY t.code, r.seq`;

/** What goes out or is adjusted carries the average of its moment. (A receipt brings its own cost, a reversal its original's.) */
const costs = `
  SELECT t.code AS tenant, i.sku, NULL AS location, NULL AS lot, NULL AS status, trim_scale(e.unit_cost)::text || ' in event ' || e.id AS stored,
         trim_scale(e.average)::text AS recomputed
  FROM (
    SELECT tenant_id, item_id, id, seq, type, unit_cost, reverses_event_id,
           coalesce((item_valuation_run(CASE WHEN from_location_id IS NULL THEN quantity ELSE -quantity END, unit_cost, reverses_event_id IS NOT NULL)
             OVER (PARTITION BY tenant_id, item_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))[2], 0) AS average
    FROM inventory_event WHERE (from_location_id IS NULL) <> (to_location_id IS NULL)
  ) e
  JOIN tenant t ON t.id = e.tenant_id
  JOIN item i ON i.tenant_id = e.tenant_id AND i.id = e.item_id
  WHERE e.type NOT IN ('RECEIVE', 'PRODUCE') AND e.reverses_event_id IS NULL AND e.unit_cost IS DISTINCT FROM e.average
  ORDER BY t.code, i.sku, e.seq`;

const quantities = `
  SELECT t.code AS tenant, i.sku, NULL AS location, o.code AS lot, NULL AS status, trim_scale(e.quantity)::text || ' in event ' || e.id AS stored,
         CASE WHEN i.tracking = 'SERIAL' THEN '1' ELSE 'whole units' END AS recomputed
  FROM inventory_event e
  JOIN tenant t ON t.id = e.tenant_id
  JOIN item i ON i.tenant_id = e.tenant_id AND i.id = e.item_id
  JOIN unit u ON u.tenant_id = i.tenant_id AND u.code = i.base_uom
  LEFT JOIN lot o ON o.tenant_id = e.tenant_id AND o.id = e.lot_id
  WHERE (u.whole AND e.quantity <> trunc(e.quantity)) OR (i.tracking = 'SERIAL' AND e.quantity <> 1)
  ORDER BY t.code, i.sku, e.seq`;

/** In one place an item's events have their instants in the order in which they took effect: `asOf` relies on it. */
const order = `
  SELECT t.code AS tenant, i.sku, s.code || '/' || l.code AS location, NULL AS lot, NULL AS status, e.recorded_at::text || ' in event ' || e.id AS stored,
         'not before ' || e.previous AS recomputed
  FROM (
    SELECT e.tenant_id, e.item_id, p.location_id, e.id, e.seq, e.recorded_at,
           lag(e.recorded_at) OVER (PARTITION BY e.tenant_id, e.item_id, p.location_id, e.lot_id, p.status ORDER BY e.seq) AS previous
    FROM inventory_event e
    CROSS JOIN LATERAL (VALUES (e.from_location_id, e.from_status), (e.to_location_id, e.to_status)) p (location_id, status)
    WHERE p.location_id IS NOT NULL
  ) e
  JOIN tenant t ON t.id = e.tenant_id
  JOIN item i ON i.tenant_id = e.tenant_id AND i.id = e.item_id
  JOIN location l ON l.tenant_id = e.tenant_id AND l.id = e.location_id
  JOIN site s ON s.tenant_id = l.tenant_id AND s.id = l.site_id
  WHERE e.recorded_at < e.previous
  ORDER BY t.code, i.sku, e.seq`;

/** What was entered in the base unit is the quantity itself. (Another unit's factor may have changed since.) */
const entered = `
  SELECT t.code AS tenant, i.sku, NULL AS location, NULL AS lot, NULL AS status, trim_scale(e.entered_quantity)::text || ' in event ' || e.id AS stored,
         trim_scale(e.quantity)::text AS recomputed
  FROM inventory_event e
  JOIN tenant t ON t.id = e.tenant_id
  JOIN item i ON i.tenant_id = e.tenant_id AND i.id = e.item_id
  WHERE e.entered_uom = i.base_uom AND e.entered_quantity <> e.quantity
  ORDER BY t.code, i.sku, e.seq`;

export const eventChecks: readonly { name: string; sql: string }[] = [
  { name: "serial number on hand more than once", sql: serials },
  { name: "lot of an event", sql: eventLots },
  { name: "quantity of an event", sql: quantities },
  { name: "entered quantity of an event", sql: entered },
  { name: "cost of an event", sql: costs },
  { name: "order of events", sql: order },
  { name: "reversal", sql: reversals },
];
