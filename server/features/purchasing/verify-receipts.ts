// What has to be true of orders, receipts and their events together: each a query for what is not, as in the ledger's own checks.

const arrived = `
  SELECT l.tenant_id, l.purchase_order_line_id, sum(l.quantity) AS quantity, sum(l.rejected_quantity) AS rejected
  FROM receipt_line l JOIN receipt r ON r.tenant_id = l.tenant_id AND r.id = l.receipt_id AND r.reversed_at IS NULL
  GROUP BY l.tenant_id, l.purchase_order_line_id`;

const linesOfOrders = `
  SELECT t.code AS tenant, i.sku, 'order ' || o.number || ' line ' || l.line_number AS location, NULL AS lot, NULL AS status,
         trim_scale(l.received_quantity) || ' received, ' || trim_scale(l.rejected_quantity) || ' rejected' AS stored,
         trim_scale(a.quantity) || ' received, ' || trim_scale(a.rejected) || ' rejected' AS recomputed
  FROM purchase_order_line l
  JOIN purchase_order o ON o.tenant_id = l.tenant_id AND o.id = l.purchase_order_id
  JOIN item i ON i.tenant_id = l.tenant_id AND i.id = l.item_id
  JOIN tenant t ON t.id = l.tenant_id
  LEFT JOIN (${arrived}) r ON r.tenant_id = l.tenant_id AND r.purchase_order_line_id = l.id
  CROSS JOIN LATERAL (
    SELECT l.imported_received_quantity + coalesce(r.quantity, 0) AS quantity, l.imported_rejected_quantity + coalesce(r.rejected, 0) AS rejected
  ) a
  WHERE (l.received_quantity, l.rejected_quantity) IS DISTINCT FROM (a.quantity, a.rejected)
  ORDER BY t.code, o.number, l.line_number`;

/** A status that its lines contradict. (A closed order may have received anything.) */
const statuses = `
  SELECT t.code AS tenant, NULL AS sku, 'order ' || o.number AS location, NULL AS lot, NULL AS status, o.status AS stored, l.status AS recomputed
  FROM purchase_order o
  JOIN tenant t ON t.id = o.tenant_id
  JOIN (
    SELECT tenant_id, purchase_order_id, CASE WHEN bool_and(received_quantity >= quantity) THEN 'RECEIVED' WHEN bool_or(received_quantity > 0) THEN 'PARTIALLY_RECEIVED'
           ELSE 'nothing received' END AS status
    FROM purchase_order_line GROUP BY tenant_id, purchase_order_id
  ) l ON l.tenant_id = o.tenant_id AND l.purchase_order_id = o.id
  WHERE o.status <> 'CLOSED' AND l.status <> CASE WHEN o.status IN ('RECEIVED', 'PARTIALLY_RECEIVED') THEN o.status ELSE 'nothing received' END
  ORDER BY t.code, o.number`;

/** Each side of a receipt, by item, place, lot and state, against what its events brought: reversed ones together come to nothing. */
const events = `
  SELECT t.code AS tenant, i.sku, coalesce('receipt ' || r.number, 'event of no receipt') || ' into ' || coalesce(c.code, '?') AS location, o.code AS lot, d.status,
         trim_scale(coalesce(d.entered, 0))::text AS stored, trim_scale(coalesce(d.received, 0))::text AS recomputed
  FROM (
    SELECT tenant_id, receipt_id, item_id, location_id, lot_id, status, sum(entered) AS entered, sum(received) AS received
    FROM (
      SELECT e.tenant_id, e.source_id AS receipt_id, e.item_id, coalesce(e.to_location_id, e.from_location_id) AS location_id, e.lot_id,
             coalesce(e.to_status, e.from_status) AS status, CASE WHEN e.to_location_id IS NULL THEN -1 ELSE 1 END * e.entered_quantity AS entered, 0 AS received
      FROM inventory_event e WHERE e.source_type = 'RECEIPT'
      UNION ALL
      SELECT l.tenant_id, l.receipt_id, p.item_id, s.location_id, l.lot_id, s.status, 0, s.quantity
      FROM receipt_line l
      JOIN receipt r ON r.tenant_id = l.tenant_id AND r.id = l.receipt_id AND r.reversed_at IS NULL
      JOIN purchase_order_line p ON p.tenant_id = l.tenant_id AND p.id = l.purchase_order_line_id
      CROSS JOIN LATERAL (VALUES (l.location_id, 'AVAILABLE', l.quantity - l.rejected_quantity), (l.rejected_location_id, 'HOLD', l.rejected_quantity)) s (location_id, status, quantity)
    ) side GROUP BY tenant_id, receipt_id, item_id, location_id, lot_id, status
  ) d
  JOIN tenant t ON t.id = d.tenant_id
  JOIN item i ON i.tenant_id = d.tenant_id AND i.id = d.item_id
  LEFT JOIN receipt r ON r.tenant_id = d.tenant_id AND r.id = d.receipt_id
  LEFT JOIN location c ON c.tenant_id = d.tenant_id AND c.id = d.location_id
  LEFT JOIN lot o ON o.tenant_id = d.tenant_id AND o.id = d.lot_id
  WHERE d.entered <> d.received OR (r.id IS NULL AND d.entered <> 0)
  ORDER BY t.code, r.number, i.sku, location, lot, d.status`;

export const receiptChecks: readonly { name: string; sql: string }[] = [
  { name: "received of an order", sql: linesOfOrders },
  { name: "status of an order", sql: statuses },
  { name: "events of a receipt", sql: events },
];
