import type { Run, Size } from "./large-company.ts";
import { at, documentCounts, lastNumber, numbered } from "./sizes.ts";

/** One in ten orders is not done yet, the newest ones; the others are closed or received, but for a few that were cancelled. */
export async function seedPurchasing(run: Run, size: Size): Promise<void> {
  await run(
    "what suppliers offer",
    `INSERT INTO supplier_item (tenant_id, supplier_id, item_id, uom, unit_price, lead_time_days)
     SELECT {tenant}, s.id, i.id, 'EA', i.cost, 14
     FROM numbered_item i JOIN (SELECT id, row_number() OVER (ORDER BY code) - 1 AS n FROM supplier WHERE tenant_id = {tenant}) s ON s.n = (i.n / 4) % 500`,
  );
  await orders(run, size);
  await lines(run, size);
  await receipts(run, size);
  await run("the last order's number", lastNumber("PO", "purchase_order"));
  await run("the last receipt's number", lastNumber("RC", "receipt"));
}

const orders = (run: Run, size: Size) =>
  run(
    "purchase orders",
    `INSERT INTO purchase_order (tenant_id, number, status, supplier_id, site_id, created_by, submitted_by, submitted_at, approved_by, approved_at, sent_at, closed_at, created_at, updated_at)
     SELECT {tenant}, ${numbered("PO", "g.n")}, k.status, s.id, w.id, {user},
            CASE WHEN k.status <> 'DRAFT' THEN {user} END, CASE WHEN k.status <> 'DRAFT' THEN a.at END,
            CASE WHEN k.status NOT IN ('DRAFT', 'SUBMITTED') THEN {user} END, CASE WHEN k.status NOT IN ('DRAFT', 'SUBMITTED') THEN a.at END,
            CASE WHEN k.status NOT IN ('DRAFT', 'SUBMITTED', 'APPROVED') THEN a.at END, CASE WHEN k.status IN ('CLOSED', 'CANCELLED') THEN a.at END, a.at, a.at
     FROM generate_series(1, ${size.orders}) AS g(n)
     CROSS JOIN LATERAL (SELECT CASE
       WHEN g.n > ${size.orders} * 0.9 THEN (ARRAY['DRAFT', 'SUBMITTED', 'APPROVED', 'SENT', 'SENT', 'PARTIALLY_RECEIVED'])[1 + g.n % 6]
       WHEN g.n % 20 = 0 THEN 'CANCELLED' WHEN g.n % 10 = 1 THEN 'RECEIVED' ELSE 'CLOSED' END AS status) k
     CROSS JOIN LATERAL (SELECT ${at(`g.n::float8 / ${size.orders}`, size)} AS at) a
     JOIN (SELECT id, row_number() OVER (ORDER BY code) - 1 AS n FROM supplier WHERE tenant_id = {tenant}) s ON s.n = g.n % 500
     JOIN site w ON w.tenant_id = {tenant} AND w.code = 'MAIN'`,
  );

/** `orderN` numbers the orders from 1; of those whose receipts are not there, what came was imported. */
async function lines(run: Run, size: Size): Promise<void> {
  const imported = `o.n <= ${size.orders - documentCounts(size).received}`;
  await run(
    "their lines",
    `INSERT INTO purchase_order_line (tenant_id, purchase_order_id, line_number, item_id, uom, quantity, unit_price, due_date,
       received_quantity, rejected_quantity, imported_received_quantity, imported_rejected_quantity)
     SELECT {tenant}, o.id, k.n, s.item_id, 'EA', 10, round(s.cost * (95 + o.n % 11) / 100, 4), o.created_at::date + 14,
            r.quantity, r.rejected, CASE WHEN ${imported} THEN r.quantity ELSE 0 END, CASE WHEN ${imported} THEN r.rejected ELSE 0 END
     FROM (SELECT *, substr(number, 4)::bigint AS n FROM purchase_order WHERE tenant_id = {tenant}) o
     CROSS JOIN generate_series(1, 4) AS k(n)
     JOIN slot s ON s.n = (o.n * 4 + k.n) % ${Math.min(size.items, size.balances)}
     CROSS JOIN LATERAL (SELECT CASE WHEN o.status IN ('CLOSED', 'RECEIVED') OR (o.status = 'PARTIALLY_RECEIVED' AND k.n < 3) THEN 10 ELSE 0 END AS quantity) q
     CROSS JOIN LATERAL (SELECT q.quantity, CASE WHEN q.quantity > 0 AND (o.n * 4 + k.n) % 50 = 0 THEN 1 ELSE 0 END AS rejected) r`,
  );
}

/** One receipt an order, up to 20 days after it: some too late. What was rejected is on hold. */
async function receipts(run: Run, { items, balances }: Size): Promise<void> {
  await run(
    "receipts",
    `INSERT INTO receipt (tenant_id, number, purchase_order_id, user_id, created_at, updated_at)
     SELECT {tenant}, ${numbered("RC", "row_number() OVER (ORDER BY a.at, o.number)")}, o.id, w.id, a.at, a.at
     FROM (SELECT *, substr(number, 4)::bigint AS n FROM purchase_order WHERE tenant_id = {tenant}) o
     JOIN worker w ON w.n = o.n % 20
     CROSS JOIN LATERAL (SELECT least(o.created_at + make_interval(days => (o.n % 20)::int), now() - interval '1 minute') AS at) a
     WHERE EXISTS (SELECT FROM purchase_order_line l WHERE l.tenant_id = {tenant} AND l.purchase_order_id = o.id AND l.received_quantity > l.imported_received_quantity)`,
  );
  await run(
    "their lines",
    `INSERT INTO receipt_line (tenant_id, receipt_id, line_number, purchase_order_line_id, quantity, rejected_quantity, location_id, rejected_location_id, lot_id)
     SELECT {tenant}, r.id, l.line_number, l.id, l.received_quantity, l.rejected_quantity, s.location_id, CASE WHEN l.rejected_quantity > 0 THEN s.location_id END, s.lot_id
     FROM receipt r JOIN purchase_order o ON o.tenant_id = r.tenant_id AND o.id = r.purchase_order_id
     JOIN purchase_order_line l ON l.tenant_id = r.tenant_id AND l.purchase_order_id = o.id AND l.received_quantity > 0
     JOIN slot s ON s.n = (substr(o.number, 4)::bigint * 4 + l.line_number) % ${Math.min(items, balances)}
     WHERE r.tenant_id = {tenant}`,
  );
  await run(
    "what they brought",
    `INSERT INTO happening (at, type, item_id, lot_id, quantity, to_location_id, to_status, cost, source_type, source_id, user_id)
     SELECT r.created_at, 'RECEIVE', p.item_id, l.lot_id, s.quantity, l.location_id, s.status, i.standard_cost, 'RECEIPT', r.id, r.user_id
     FROM receipt_line l JOIN receipt r ON r.tenant_id = l.tenant_id AND r.id = l.receipt_id
     JOIN purchase_order_line p ON p.tenant_id = l.tenant_id AND p.id = l.purchase_order_line_id
     JOIN item i ON i.tenant_id = p.tenant_id AND i.id = p.item_id
     CROSS JOIN LATERAL (VALUES ('AVAILABLE', l.quantity - l.rejected_quantity), ('HOLD', l.rejected_quantity)) s (status, quantity)
     WHERE l.tenant_id = {tenant} AND s.quantity > 0`,
  );
}
