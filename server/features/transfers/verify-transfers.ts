// What has to be true of transfers, their lines, receipts and events together: each a query for what is not, as in the ledger's own checks.

// A reversal goes the other way. The state is left out: what is on its way may be put on hold meanwhile.
const written = `
  SELECT e.tenant_id, coalesce(r.transfer_id, e.source_id) AS transfer_id, e.source_type AS part, e.item_id, e.lot_id,
         CASE WHEN (e.source_type = 'TRANSFER_RECEIPT') = (e.reverses_event_id IS NULL) THEN e.to_location_id ELSE e.from_location_id END AS location_id,
         CASE WHEN e.reverses_event_id IS NULL THEN e.quantity ELSE -e.quantity END AS posted, 0 AS said
  FROM inventory_event e
  LEFT JOIN transfer_receipt r ON e.source_type = 'TRANSFER_RECEIPT' AND r.tenant_id = e.tenant_id AND r.id = e.source_id
  WHERE e.source_type IN ('TRANSFER', 'TRANSFER_RECEIPT', 'TRANSFER_CLOSING')`;

const said = `
  SELECT l.tenant_id, l.transfer_id, 'TRANSFER' AS part, l.item_id, l.lot_id, l.from_location_id, 0, l.quantity
  FROM transfer_line l JOIN transfer d ON d.tenant_id = l.tenant_id AND d.id = l.transfer_id AND d.status NOT IN ('DRAFT', 'CANCELLED')
  UNION ALL
  SELECT a.tenant_id, a.transfer_id, 'TRANSFER_RECEIPT', l.item_id, l.lot_id, a.to_location_id, 0, a.quantity
  FROM transfer_receipt_line a
  JOIN transfer_receipt r ON r.tenant_id = a.tenant_id AND r.id = a.receipt_id AND r.reversed_at IS NULL
  JOIN transfer_line l ON l.tenant_id = a.tenant_id AND l.id = a.transfer_line_id
  UNION ALL
  SELECT l.tenant_id, l.transfer_id, 'TRANSFER_CLOSING', l.item_id, l.lot_id, d.transit_location_id, 0, l.written_off_quantity
  FROM transfer_line l JOIN transfer d ON d.tenant_id = l.tenant_id AND d.id = l.transfer_id WHERE l.written_off_quantity > 0`;

const events = `
  SELECT t.code AS tenant, i.sku, coalesce('transfer ' || d.number, 'event of no transfer') || CASE x.part WHEN 'TRANSFER' THEN ' sent from '
           WHEN 'TRANSFER_RECEIPT' THEN ' received at ' ELSE ' written off at ' END || p.code AS location, o.code AS lot, NULL AS status,
         trim_scale(x.posted)::text AS stored, trim_scale(x.said)::text AS recomputed
  FROM (
    SELECT tenant_id, transfer_id, part, item_id, lot_id, location_id, sum(posted) AS posted, sum(said) AS said
    FROM (${written} UNION ALL ${said}) side GROUP BY tenant_id, transfer_id, part, item_id, lot_id, location_id
  ) x
  JOIN tenant t ON t.id = x.tenant_id
  JOIN item i ON i.tenant_id = x.tenant_id AND i.id = x.item_id
  JOIN location p ON p.tenant_id = x.tenant_id AND p.id = x.location_id
  LEFT JOIN transfer d ON d.tenant_id = x.tenant_id AND d.id = x.transfer_id
  LEFT JOIN lot o ON o.tenant_id = x.tenant_id AND o.id = x.lot_id
  WHERE x.posted <> x.said
  ORDER BY t.code, d.number, i.sku, location, lot`;

const received = `
  SELECT t.code AS tenant, i.sku, 'transfer ' || d.number || ' line ' || l.line_number AS location, NULL AS lot, NULL AS status,
         trim_scale(l.received_quantity)::text AS stored, trim_scale(coalesce(a.quantity, 0))::text AS recomputed
  FROM transfer_line l
  JOIN transfer d ON d.tenant_id = l.tenant_id AND d.id = l.transfer_id
  JOIN tenant t ON t.id = l.tenant_id
  JOIN item i ON i.tenant_id = l.tenant_id AND i.id = l.item_id
  LEFT JOIN (
    SELECT a.tenant_id, a.transfer_line_id, sum(a.quantity) AS quantity
    FROM transfer_receipt_line a JOIN transfer_receipt r ON r.tenant_id = a.tenant_id AND r.id = a.receipt_id AND r.reversed_at IS NULL
    GROUP BY a.tenant_id, a.transfer_line_id
  ) a ON a.tenant_id = l.tenant_id AND a.transfer_line_id = l.id
  WHERE l.received_quantity <> coalesce(a.quantity, 0)
  ORDER BY t.code, d.number, l.line_number`;

const statuses = `
  SELECT t.code AS tenant, NULL AS sku, 'transfer ' || d.number AS location, NULL AS lot, NULL AS status, d.status AS stored, l.status AS recomputed
  FROM transfer d
  JOIN tenant t ON t.id = d.tenant_id
  JOIN (
    SELECT tenant_id, transfer_id, CASE WHEN bool_or(written_off_quantity > 0) THEN 'CLOSED' WHEN bool_and(received_quantity = quantity) THEN 'RECEIVED'
             WHEN bool_or(received_quantity > 0) THEN 'PARTIALLY_RECEIVED' ELSE 'nothing received' END AS status
    FROM transfer_line GROUP BY tenant_id, transfer_id
  ) l ON l.tenant_id = d.tenant_id AND l.transfer_id = d.id
  WHERE l.status <> CASE WHEN d.status IN ('DRAFT', 'SENT', 'CANCELLED') THEN 'nothing received' ELSE d.status END
  ORDER BY t.code, d.number`;

export const transferChecks: readonly { name: string; sql: string }[] = [
  { name: "events of a transfer", sql: events },
  { name: "received of a transfer", sql: received },
  { name: "status of a transfer", sql: statuses },
];
