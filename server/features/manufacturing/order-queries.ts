import { sql } from "kysely";
import type { ListOf } from "#contract/list.ts";
import type { ProductionOrder, ProductionOrderQuery, ProductionOrderSummary } from "#contract/production.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList, searched } from "#platform/http/read-list.ts";
import { inOwnSites } from "#platform/http/site-access.ts";
import { postedEvents } from "./posted-events.ts";

const head = sql`${columnsOf("o", [
  ...recordFieldNames,
  "number",
  "status",
  "itemId",
  "bomId",
  "siteId",
  "quantity",
  "producedQuantity",
  "scrappedQuantity",
  "dueDate",
  "note",
  "createdBy",
  "releasedAt",
  "completedAt",
  "closedAt",
])}, i.sku, i.name AS "itemName", i.base_uom AS uom, b.revision AS "bomRevision", w.code AS "siteCode"`;

const joins = sql`
  JOIN item i ON i.id = o.item_id
  JOIN bom b ON b.id = o.bom_id
  JOIN site w ON w.id = o.site_id`;

const id: SortColumn = { sql: sql.ref("o.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  number: { sql: sql.ref("o.number"), type: "text", unique: true },
  createdAt: { sql: sql.ref("o.created_at"), type: "timestamptz" },
};

/** Production orders of the caller's sites, the newest first. */
export function listProductionOrders(
  tx: Tx,
  context: Context,
  query: ProductionOrderQuery,
  secrets: readonly string[],
): Promise<ListOf<ProductionOrderSummary>> {
  const plan = planList(query, { list: "production orders", columns: sortable, byDefault: "-number", tieBreaker: id, secrets });
  const where = [
    inOwnSites(context, "o.site_id"),
    ...(query.siteId ? [sql`o.site_id = ${query.siteId}`] : []),
    ...(query.itemId ? [sql`o.item_id = ${query.itemId}`] : []),
    ...(query.status ? [sql`o.status = ${query.status}`] : []),
    ...(query.search ? [searched("o.id", "search_production_orders", query.search)] : []),
  ];
  return readList<ProductionOrderSummary>(tx, query, plan, { from: sql`production_order o`, alias: "o", where, columns: head, joins });
}

/** Of the order `o`: what it consumed, and of it what its output does not carry. */
const costs = sql.raw(`
  CROSS JOIN LATERAL (
    SELECT coalesce(round(sum(e.quantity * e.unit_cost) FILTER (WHERE e.type = 'ISSUE'), 4), 0) AS "consumedCost",
           coalesce(round(sum(e.quantity * e.unit_cost * CASE e.type WHEN 'ISSUE' THEN 1 ELSE -1 END), 4), 0) AS "openCost"
    FROM (${postedEvents("o.id")}) e
  ) sums`);

/** One order with its components and costs. Throws `404` for one of a site without access. */
export async function getProductionOrder(tx: Tx, context: Context, orderId: string): Promise<ProductionOrder> {
  const order = await tx.first(sql<ProductionOrder>`
    SELECT ${head}, sums.*, (
      SELECT coalesce(json_agg(json_build_object('lineNumber', c.line_number, 'itemId', c.item_id, 'sku', p.sku, 'itemName', p.name, 'uom', p.base_uom,
               'plannedQuantity', c.planned_quantity, 'consumedQuantity', c.consumed_quantity, 'allocatedQuantity', coalesce(a.quantity, 0),
               'shortQuantity', CASE WHEN o.status IN ('RELEASED', 'IN_PROGRESS') THEN greatest(0, c.planned_quantity - c.consumed_quantity - coalesce(a.usable, 0)) ELSE 0 END,
               'issueMethod', c.issue_method) ORDER BY c.line_number), '[]')
      FROM production_component c
      JOIN item p ON p.id = c.item_id
      LEFT JOIN (
        SELECT r.item_id, sum(r.quantity) AS quantity,
               sum(r.quantity) FILTER (WHERE l.expires_on IS NULL OR l.expires_on >= (now() AT TIME ZONE ${context.timeZone})::date) AS usable
        FROM inventory_allocation r LEFT JOIN lot l ON l.id = r.lot_id
        WHERE r.document_type = 'PRODUCTION_ORDER' AND r.document_id = ${orderId} GROUP BY r.item_id
      ) a ON a.item_id = c.item_id
      WHERE c.production_order_id = o.id) AS components
    FROM production_order o ${joins} ${costs} WHERE o.id = ${orderId} AND ${inOwnSites(context, "o.site_id")}`);
  if (!order) throw new NotFoundError();
  return order;
}
