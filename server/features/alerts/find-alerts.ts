import { readRules } from "#features/settings/rules.ts";
import type { Tx } from "#platform/database/transaction.ts";

// One look at a time for a company: the later one sees what the earlier one wrote.
const lock = "SELECT pg_advisory_xact_lock(hashtextextended('alerts of ' || current_tenant(), 0))";

/** Of everything, or of the things in the second parameter alone. The first one is the warning days. */
const one = (column: string, ofThings: boolean) => (ofThings ? `AND ${column} = ANY ($2::uuid[])` : "");

const causes = (ofThings: boolean) => `
  SELECT CASE WHEN s.available > 0 THEN 'LOW_STOCK' ELSE 'OUT_OF_STOCK' END AS type, NULL::uuid AS site_id, i.id AS item_id, NULL::uuid AS lot_id,
         NULL::uuid AS purchase_order_id, NULL::uuid AS cycle_count_id, s.available AS quantity, i.reorder_point AS threshold, NULL::date AS due_on
  FROM item i CROSS JOIN LATERAL (
    SELECT coalesce(sum(b.on_hand - b.allocated), 0) AS available FROM inventory_balance b WHERE b.item_id = i.id AND b.status = 'AVAILABLE'
  ) s
  WHERE i.active AND i.reorder_point IS NOT NULL ${one("i.id", ofThings)} AND (s.available < i.reorder_point OR s.available = 0)
  UNION ALL
  SELECT CASE WHEN l.expires_on < today.day THEN 'EXPIRED' ELSE 'EXPIRING' END, p.site_id, l.item_id, l.id, NULL, NULL, sum(b.on_hand), NULL, l.expires_on
  FROM today, lot l
  JOIN inventory_balance b ON b.item_id = l.item_id AND b.lot_id = l.id AND b.on_hand > 0
  JOIN location p ON p.id = b.location_id
  WHERE l.expires_on <= today.day + $1::integer ${one("l.item_id", ofThings)}
  GROUP BY today.day, l.id, l.item_id, l.expires_on, p.site_id
  UNION ALL
  SELECT 'PO_OVERDUE', o.site_id, NULL, NULL, o.id, NULL, NULL, NULL, min(l.due_date)
  FROM today, purchase_order_line l JOIN purchase_order o ON o.id = l.purchase_order_id AND o.status IN ('APPROVED', 'SENT', 'PARTIALLY_RECEIVED')
  WHERE l.due_date < today.day AND l.received_quantity < l.quantity ${one("l.purchase_order_id", ofThings)}
  GROUP BY o.id, o.site_id
  UNION ALL
  SELECT 'COUNT_DUE', c.site_id, NULL, NULL, NULL, c.id, NULL, NULL, c.scheduled_for
  FROM today, cycle_count c WHERE c.status = 'SCHEDULED' AND c.scheduled_for <= today.day ${one("c.id", ofThings)}`;

/** Opens what is new, puts figures right that changed, resolves what has no cause any more. */
const find = (ofThings: boolean) => `
  WITH today AS (SELECT (now() AT TIME ZONE time_zone)::date AS day FROM tenant),
  cause AS MATERIALIZED (${causes(ofThings)}),
  found AS (
    INSERT INTO alert AS a (type, site_id, item_id, lot_id, purchase_order_id, cycle_count_id, quantity, threshold, due_on)
    SELECT type, site_id, item_id, lot_id, purchase_order_id, cycle_count_id, quantity, threshold, due_on FROM cause
    ON CONFLICT (tenant_id, type, cause_id, site_key) WHERE status <> 'RESOLVED' DO UPDATE
    SET quantity = excluded.quantity, threshold = excluded.threshold, due_on = excluded.due_on, version = a.version + 1, updated_at = now()
    WHERE (a.quantity, a.threshold, a.due_on) IS DISTINCT FROM (excluded.quantity, excluded.threshold, excluded.due_on)
    RETURNING version, site_id
  ),
  ended AS (
    UPDATE alert a SET status = 'RESOLVED', resolved_at = now(), version = a.version + 1, updated_at = now()
    WHERE a.status <> 'RESOLVED'
      ${ofThings ? "AND (a.item_id = ANY ($2::uuid[]) OR a.purchase_order_id = ANY ($2::uuid[]) OR a.cycle_count_id = ANY ($2::uuid[]))" : ""}
      AND NOT EXISTS (
        SELECT FROM cause c WHERE c.type = a.type AND coalesce(c.purchase_order_id, c.cycle_count_id, c.lot_id, c.item_id) = a.cause_id
          AND coalesce(c.site_id, '00000000-0000-0000-0000-000000000000') = a.site_key)
    RETURNING a.site_id
  )
  SELECT (SELECT count(*) FROM found WHERE version = 1) AS opened, (SELECT count(*) FROM ended) AS resolved,
         ARRAY(SELECT site_id::text FROM found UNION SELECT site_id::text FROM ended) AS sites`;
const findAll = find(false);
const findOfThings = find(true);

export interface FoundAlerts {
  opened: number;
  resolved: number;
}

/** Holds the alerts of the company against what is so now: of everything, or of some items, orders and counts. One statement. */
export async function findAlerts(tx: Tx, things?: readonly string[]): Promise<FoundAlerts> {
  await tx.sql(lock, []);
  const { expiryWarningDays } = await readRules(tx);
  // Those of no site, such as of an item that runs low, have a null there.
  type Found = FoundAlerts & { sites: (string | null)[] };
  const [found] = await (things ? tx.sql<Found>(findOfThings, [expiryWarningDays, things]) : tx.sql<Found>(findAll, [expiryWarningDays]));
  if (!found) throw new Error("Nothing was looked at");
  const { sites, ...counted } = found;
  const ofSites = sites.filter((site) => site !== null);
  if (sites.length > 0) tx.changed("alert", ofSites.length < sites.length ? "everywhere" : ofSites);
  return counted;
}
