import type { Run, Size } from "./large-company.ts";
import { at } from "./sizes.ts";

/** What is so now is open; what was so once, of every second item, is resolved. */
export async function seedAlerts(run: Run, size: Size): Promise<void> {
  await run(
    "alerts that are open",
    `INSERT INTO alert (tenant_id, type, site_id, item_id, lot_id, purchase_order_id, quantity, threshold, due_on)
     SELECT {tenant}, CASE WHEN s.available > 0 THEN 'LOW_STOCK' ELSE 'OUT_OF_STOCK' END, NULL::uuid, i.id, NULL::uuid, NULL::uuid, s.available, i.reorder_point, NULL::date
     FROM item i CROSS JOIN LATERAL (
       SELECT coalesce(sum(b.on_hand - b.allocated), 0) AS available FROM inventory_balance b WHERE b.tenant_id = {tenant} AND b.item_id = i.id AND b.status = 'AVAILABLE') s
     WHERE i.tenant_id = {tenant} AND i.reorder_point IS NOT NULL AND (s.available < i.reorder_point OR s.available = 0)
     UNION ALL
     SELECT {tenant}, CASE WHEN l.expires_on < current_date THEN 'EXPIRED' ELSE 'EXPIRING' END, p.site_id, l.item_id, l.id, NULL, sum(b.on_hand), NULL, l.expires_on
     FROM lot l JOIN inventory_balance b ON b.tenant_id = l.tenant_id AND b.item_id = l.item_id AND b.lot_id = l.id AND b.on_hand > 0
     JOIN location p ON p.tenant_id = b.tenant_id AND p.id = b.location_id
     WHERE l.tenant_id = {tenant} AND l.expires_on <= current_date + 30 GROUP BY l.id, l.item_id, l.expires_on, p.site_id
     UNION ALL
     SELECT {tenant}, 'PO_OVERDUE', o.site_id, NULL, NULL, o.id, NULL, NULL, min(l.due_date)
     FROM purchase_order o JOIN purchase_order_line l ON l.tenant_id = o.tenant_id AND l.purchase_order_id = o.id
     WHERE o.tenant_id = {tenant} AND o.status IN ('APPROVED', 'SENT', 'PARTIALLY_RECEIVED') AND l.due_date < current_date AND l.received_quantity < l.quantity
     GROUP BY o.id, o.site_id`,
  );
  await run(
    "alerts that were",
    `INSERT INTO alert (tenant_id, type, status, item_id, quantity, threshold, resolved_at, created_at, updated_at)
     SELECT {tenant}, 'LOW_STOCK', 'RESOLVED', i.id, 1, 10, a.at, a.at, a.at
     FROM numbered_item i CROSS JOIN LATERAL (SELECT ${at(`i.n::float8 / ${size.items}`, size)} AS at) a WHERE i.n % 2 = 0`,
  );
}

/** What was done to each thing, as the product writes it: without what it was before and after. */
export async function seedAuditTrail(run: Run): Promise<void> {
  const things: readonly [table: string, kind: string, who: string, when: string][] = [
    ["item", "item", "{user}", "created_at"],
    ["purchase_order", "purchase-order", "created_by", "created_at"],
    ["receipt", "receipt", "user_id", "created_at"],
    ["production_order", "production-order", "created_by", "created_at"],
    ["production_posting", "production-posting", "user_id", "created_at"],
    ["transfer", "transfer", "created_by", "created_at"],
    ["cycle_count", "cycle-count", "created_by", "created_at"],
  ];
  const rows = things.map(
    ([table, kind, who, when]) =>
      `SELECT {tenant}, ${who}, '${kind}.created', '${kind}', id::text, ${when} FROM ${table} WHERE tenant_id = {tenant}`,
  );
  await run(
    "audit trail",
    `INSERT INTO audit_event (tenant_id, user_id, action, entity_type, entity_id, recorded_at) ${rows.join(" UNION ALL ")}`,
  );
}
