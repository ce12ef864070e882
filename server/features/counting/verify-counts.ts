// What has to be true of counts, their lines and their events together: each a query for what is not, as in the ledger's own checks.

const events = `
  SELECT t.code AS tenant, i.sku, coalesce('count ' || c.number, 'event of no count') || ' at ' || p.code AS location, o.code AS lot, d.status,
         trim_scale(d.posted)::text AS stored, trim_scale(d.approved)::text AS recomputed
  FROM (
    SELECT tenant_id, count_id, item_id, location_id, lot_id, status, sum(posted) AS posted, sum(approved) AS approved
    FROM (
      SELECT tenant_id, source_id AS count_id, item_id, coalesce(to_location_id, from_location_id) AS location_id, lot_id, coalesce(to_status, from_status) AS status,
             CASE WHEN to_location_id IS NULL THEN -quantity ELSE quantity END AS posted, 0 AS approved
      FROM inventory_event WHERE source_type = 'CYCLE_COUNT'
      UNION ALL
      SELECT l.tenant_id, l.cycle_count_id, l.item_id, l.location_id, l.lot_id, l.stock_status, 0, l.counted_quantity - l.book_quantity
      FROM cycle_count_line l JOIN cycle_count c ON c.tenant_id = l.tenant_id AND c.id = l.cycle_count_id AND c.reversed_at IS NULL
      WHERE l.status = 'APPROVED'
    ) side GROUP BY tenant_id, count_id, item_id, location_id, lot_id, status
  ) d
  JOIN tenant t ON t.id = d.tenant_id
  JOIN item i ON i.tenant_id = d.tenant_id AND i.id = d.item_id
  JOIN location p ON p.tenant_id = d.tenant_id AND p.id = d.location_id
  LEFT JOIN cycle_count c ON c.tenant_id = d.tenant_id AND c.id = d.count_id
  LEFT JOIN lot o ON o.tenant_id = d.tenant_id AND o.id = d.lot_id
  WHERE d.posted <> d.approved
  ORDER BY t.code, c.number, i.sku, location, lot, d.status`;

const statuses = `
  SELECT t.code AS tenant, NULL AS sku, 'count ' || c.number AS location, NULL AS lot, NULL AS status, c.status AS stored, l.status AS recomputed
  FROM cycle_count c
  JOIN tenant t ON t.id = c.tenant_id
  JOIN (
    SELECT tenant_id, cycle_count_id, CASE WHEN bool_and(status = 'APPROVED') THEN 'APPROVED' WHEN bool_or(status IN ('PENDING', 'RECOUNT')) THEN 'IN_PROGRESS' ELSE 'REVIEW' END AS status
    FROM cycle_count_line GROUP BY tenant_id, cycle_count_id
  ) l ON l.tenant_id = c.tenant_id AND l.cycle_count_id = c.id
  WHERE c.status NOT IN (l.status, 'CANCELLED')
  ORDER BY t.code, c.number`;

export const countChecks: readonly { name: string; sql: string }[] = [
  { name: "events of a count", sql: events },
  { name: "status of a count", sql: statuses },
];
