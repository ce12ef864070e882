// What has to be true of the ledger, each as a query for what is not. They run as the database's owner, over all tenants at once.
import { noLot } from "./apply-sql.ts";
import { eventChecks } from "./verify-events.ts";

/** Every event as what it does to balances: taken from one, put into another. */
const sides = `
  SELECT e.tenant_id, e.item_id, p.location_id, coalesce(e.lot_id, ${noLot}) AS lot_key, p.status, p.sign * e.quantity AS delta, e.seq, e.recorded_at
  FROM inventory_event e
  CROSS JOIN LATERAL (VALUES (e.from_location_id, e.from_status, -1), (e.to_location_id, e.to_status, 1)) p (location_id, status, sign)
  WHERE p.location_id IS NOT NULL`;

const key = "tenant_id, item_id, location_id, lot_key, status";

/** The names for the keys of `d`, which has tenant_id, item_id, location_id, lot_key, status, stored and recomputed. */
const named = (differences: string) => `
  SELECT t.code AS tenant, i.sku, s.code || '/' || l.code AS location, o.code AS lot, d.status,
         trim_scale(d.stored)::text AS stored, trim_scale(d.recomputed)::text AS recomputed
  FROM (${differences}) d
  JOIN tenant t ON t.id = d.tenant_id
  LEFT JOIN item i ON i.tenant_id = d.tenant_id AND i.id = d.item_id
  LEFT JOIN location l ON l.tenant_id = d.tenant_id AND l.id = d.location_id
  LEFT JOIN site s ON s.tenant_id = l.tenant_id AND s.id = l.site_id
  LEFT JOIN lot o ON o.tenant_id = d.tenant_id AND o.id = d.lot_key
  ORDER BY t.code, i.sku, location, lot, d.status`;

const balances = named(`
  SELECT ${key}, b.on_hand AS stored, coalesce(e.on_hand, 0) AS recomputed
  FROM inventory_balance b
  FULL JOIN (SELECT ${key}, sum(delta) AS on_hand FROM (${sides}) side GROUP BY ${key}) e USING (${key})
  WHERE coalesce(b.on_hand, 0) <> coalesce(e.on_hand, 0)`);

const allocations = named(`
  SELECT ${key}, b.allocated AS stored, coalesce(a.allocated, 0) AS recomputed
  FROM inventory_balance b
  LEFT JOIN (SELECT ${key}, sum(quantity) AS allocated FROM inventory_allocation GROUP BY ${key}) a USING (${key})
  WHERE b.allocated <> coalesce(a.allocated, 0)`);

/** Also when it was made good later: what never was there cannot have been taken. */
const belowZero = named(`
  SELECT ${key}, min(after) AS stored, 0::numeric AS recomputed
  FROM (SELECT ${key}, sum(delta) OVER (PARTITION BY ${key} ORDER BY seq, delta DESC) AS after FROM (${sides}) side) history
  WHERE after < 0 GROUP BY ${key}`);

/** Each day that was closed, and each that should have been: what the events up to its end come to. */
const closedDays = `
  SELECT t.code AS tenant, i.sku, s.code || '/' || l.code || ' on ' || d.day AS location, o.code AS lot, d.status,
         trim_scale(d.stored)::text AS stored, trim_scale(d.recomputed)::text AS recomputed
  FROM (
    SELECT ${key}, day, c.on_hand AS stored, e.on_hand AS recomputed
    FROM inventory_day_close c
    FULL JOIN (
      SELECT ${key}, day, sum(delta) OVER (PARTITION BY ${key} ORDER BY day) AS on_hand
      FROM (
        SELECT tenant_id, item_id, location_id, lot_key, status, (recorded_at AT TIME ZONE 'UTC')::date AS day, sum(delta) AS delta
        FROM (${sides}) side JOIN inventory_closed_through h USING (tenant_id)
        WHERE recorded_at < ((h.day + 1)::timestamp AT TIME ZONE 'UTC')
        GROUP BY ${key}, (recorded_at AT TIME ZONE 'UTC')::date
      ) by_day
    ) e USING (${key}, day)
    WHERE c.on_hand IS DISTINCT FROM e.on_hand
  ) d
  JOIN tenant t ON t.id = d.tenant_id
  LEFT JOIN item i ON i.tenant_id = d.tenant_id AND i.id = d.item_id
  LEFT JOIN location l ON l.tenant_id = d.tenant_id AND l.id = d.location_id
  LEFT JOIN site s ON s.tenant_id = l.tenant_id AND s.id = l.site_id
  LEFT JOIN lot o ON o.tenant_id = d.tenant_id AND o.id = d.lot_key
  ORDER BY t.code, i.sku, d.day, location`;

/** Total on hand and average cost: only what comes from outside or goes there changes them, in the order of the ledger. */
const valuations = (column: "on_hand" | "average_cost", index: 1 | 2) => `
  SELECT t.code AS tenant, i.sku, NULL AS location, NULL AS lot, NULL AS status,
         trim_scale(v.${column})::text AS stored, trim_scale(coalesce(e.after[${index}], 0))::text AS recomputed
  FROM item_valuation v
  FULL JOIN (
    SELECT tenant_id, item_id, item_valuation_run(CASE WHEN from_location_id IS NULL THEN quantity ELSE -quantity END, unit_cost, reverses_event_id IS NOT NULL ORDER BY seq) AS after
    FROM inventory_event WHERE (from_location_id IS NULL) <> (to_location_id IS NULL) GROUP BY tenant_id, item_id
  ) e USING (tenant_id, item_id)
  JOIN tenant t ON t.id = tenant_id
  JOIN item i ON i.tenant_id = t.id AND i.id = item_id
  WHERE v.${column} IS DISTINCT FROM coalesce(e.after[${index}], 0)
  ORDER BY t.code, i.sku`;

/** In the order in which they are told. */
export const verifyChecks: readonly { name: string; sql: string }[] = [
  { name: "on hand", sql: balances },
  { name: "allocated", sql: allocations },
  { name: "went below zero", sql: belowZero },
  { name: "total on hand", sql: valuations("on_hand", 1) },
  { name: "average cost", sql: valuations("average_cost", 2) },
  ...eventChecks,
  { name: "closed day", sql: closedDays },
];
