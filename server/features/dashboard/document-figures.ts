import { sql } from "kysely";
import type { DashboardStats } from "#contract/dashboard.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { atSite, inOwnSites } from "#platform/http/site-access.ts";

export type DocumentFigures = Pick<DashboardStats, "purchaseOrdersOpen" | "purchaseOrdersOverdue" | "countsDue" | "productionOrders">;

/** What is under way, and what of it is late, by the company's own calendar. */
export async function documentFigures(tx: Tx, context: Context, siteId: string | undefined): Promise<DocumentFigures> {
  const here = (column: string) => inOwnSites(atSite(context, siteId), column);
  const figures = await tx.first(sql<DocumentFigures>`
    WITH today AS (SELECT (now() AT TIME ZONE ${context.timeZone})::date AS day),
    orders AS (
      SELECT count(*) AS open, count(*) FILTER (WHERE EXISTS (
        SELECT FROM purchase_order_line l, today WHERE l.purchase_order_id = o.id AND l.due_date < today.day AND l.received_quantity < l.quantity)) AS overdue
      FROM purchase_order o WHERE o.status IN ('APPROVED', 'SENT', 'PARTIALLY_RECEIVED') AND ${here("o.site_id")}),
    counts AS (
      SELECT count(*) AS due FROM cycle_count c, today
      WHERE c.status IN ('SCHEDULED', 'IN_PROGRESS') AND (c.scheduled_for IS NULL OR c.scheduled_for <= today.day) AND ${here("c.site_id")}),
    production AS (
      SELECT json_build_object('PLANNED', count(*) FILTER (WHERE p.status = 'PLANNED'), 'RELEASED', count(*) FILTER (WHERE p.status = 'RELEASED'),
               'IN_PROGRESS', count(*) FILTER (WHERE p.status = 'IN_PROGRESS'), 'COMPLETED', count(*) FILTER (WHERE p.status = 'COMPLETED')) AS by_state
      FROM production_order p WHERE p.status IN ('PLANNED', 'RELEASED', 'IN_PROGRESS', 'COMPLETED') AND ${here("p.site_id")})
    SELECT orders.open AS "purchaseOrdersOpen", orders.overdue AS "purchaseOrdersOverdue", counts.due AS "countsDue", production.by_state AS "productionOrders"
    FROM orders, counts, production`);
  return figures as DocumentFigures;
}
