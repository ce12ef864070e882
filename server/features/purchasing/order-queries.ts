import { type RawBuilder, sql } from "kysely";
import type { ListOf } from "#contract/list.ts";
import type { PurchaseOrder, PurchaseOrderQuery, PurchaseOrderSummary } from "#contract/purchase-orders.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList, searched } from "#platform/http/read-list.ts";
import { type Caller, inOwnSites } from "#platform/http/site-access.ts";

const header = sql`${columnsOf("o", [
  ...recordFieldNames,
  "number",
  "status",
  "supplierId",
  "siteId",
  "note",
  "createdBy",
  "submittedBy",
  "submittedAt",
  "approvedBy",
  "approvedAt",
  "sentAt",
  "closedAt",
])}, s.code AS "supplierCode", s.name AS "supplierName", w.code AS "siteCode", sums.*`;

const partners = sql`
  JOIN supplier s ON s.id = o.supplier_id
  JOIN site w ON w.id = o.site_id`;

/** Of the order `o`: what its lines come to. */
const sums = sql`
  CROSS JOIN LATERAL (
    SELECT count(*) AS "lineCount", coalesce(round(sum(l.quantity * l.unit_price), 4), 0) AS total,
           min(l.due_date) FILTER (WHERE l.received_quantity < l.quantity) AS "dueDate"
    FROM purchase_order_line l WHERE l.purchase_order_id = o.id
  ) sums`;

const id: SortColumn = { sql: sql.ref("o.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  number: { sql: sql.ref("o.number"), type: "text", unique: true },
  createdAt: { sql: sql.ref("o.created_at"), type: "timestamptz" },
};

/** Orders of the caller's sites, the newest first. */
export function listPurchaseOrders(
  tx: Tx,
  context: Context,
  query: PurchaseOrderQuery,
  secrets: readonly string[],
): Promise<ListOf<PurchaseOrderSummary>> {
  const plan = planList(query, { list: "purchase orders", columns: sortable, byDefault: "-number", tieBreaker: id, secrets });
  const where = [inOwnSites(context, "o.site_id"), ...filters(query)];
  return readList<PurchaseOrderSummary>(tx, query, plan, {
    from: sql`purchase_order o`,
    alias: "o",
    where,
    columns: header,
    joins: sql`${partners} ${sums}`,
  });
}

function filters(query: PurchaseOrderQuery): RawBuilder<unknown>[] {
  const chosen: RawBuilder<unknown>[] = [];
  if (query.status) chosen.push(sql`o.status = ${query.status}`);
  if (query.supplierId) chosen.push(sql`o.supplier_id = ${query.supplierId}`);
  if (query.siteId) chosen.push(sql`o.site_id = ${query.siteId}`);
  if (query.itemId) chosen.push(sql`o.id IN (SELECT l.purchase_order_id FROM purchase_order_line l WHERE l.item_id = ${query.itemId})`);
  if (query.from) chosen.push(sql`o.created_at >= ${query.from}`);
  if (query.to) chosen.push(sql`o.created_at < ${query.to}`);
  if (query.search) chosen.push(searched("o.id", "search_purchase_orders", query.search));
  return chosen;
}

/** One order with its lines. Throws `404` for one of a site without access. */
export async function getPurchaseOrder(tx: Tx, caller: Caller, orderId: string): Promise<PurchaseOrder> {
  const order = await tx.first(sql<PurchaseOrder>`
    SELECT ${header}, (
      SELECT coalesce(json_agg(json_build_object('id', l.id, 'lineNumber', l.line_number, 'itemId', l.item_id, 'sku', i.sku, 'itemName', i.name,
               'quantity', l.quantity, 'uom', l.uom, 'unitPrice', l.unit_price, 'amount', round(l.quantity * l.unit_price, 4), 'dueDate', l.due_date,
               'receivedQuantity', l.received_quantity, 'rejectedQuantity', l.rejected_quantity) ORDER BY l.line_number), '[]')
      FROM purchase_order_line l JOIN item i ON i.id = l.item_id WHERE l.purchase_order_id = o.id) AS lines
    FROM purchase_order o ${partners} ${sums}
    WHERE o.id = ${orderId} AND ${inOwnSites(caller, "o.site_id")}`);
  if (!order) throw new NotFoundError();
  return order;
}
