import { sql } from "kysely";
import type { Context } from "#platform/http/context.ts";
import { atSite, inOwnSites } from "#platform/http/site-access.ts";
import type { ReportSource } from "./report.ts";

interface Filters {
  siteId?: string | undefined;
  supplierId?: string | undefined;
  from: string;
  to: string;
}

/** A line came on the day of its last receipt that stands. */
export function supplierPerformance(context: Context, { siteId, supplierId, from, to }: Filters): ReportSource {
  const today = sql`(now() AT TIME ZONE ${context.timeZone})::date`;
  const isComplete = sql`l.received_quantity >= l.quantity`;
  return {
    order: [{ field: "supplierCode", type: "text" }],
    rows: sql`
      SELECT p.id AS "supplierId", p.code AS "supplierCode", p.name AS "supplierName", s.*
      FROM supplier p CROSS JOIN LATERAL (
        SELECT count(*) AS lines, count(*) FILTER (WHERE ${isComplete} AND (c.day IS NULL OR c.day <= l.due_date)) AS "onTime",
               count(*) FILTER (WHERE CASE WHEN ${isComplete} THEN c.day > l.due_date ELSE l.due_date < ${today} END) AS late,
               count(*) FILTER (WHERE NOT (${isComplete}) AND l.due_date < ${today}) AS short,
               round(100 * sum(l.rejected_quantity) / nullif(sum(l.received_quantity), 0), 2) AS "rejectRate",
               round(avg(c.day - l.due_date) FILTER (WHERE ${isComplete}), 2) AS "averageDelayDays",
               round(100 * sum(l.quantity * l.unit_price) FILTER (WHERE k.unit_price > 0)
                 / nullif(sum(l.quantity * k.unit_price) FILTER (WHERE k.unit_price > 0), 0) - 100, 2) AS "priceDifference"
        FROM purchase_order o JOIN purchase_order_line l ON l.purchase_order_id = o.id
        LEFT JOIN supplier_item k ON k.supplier_id = o.supplier_id AND k.item_id = l.item_id AND k.uom = l.uom
        CROSS JOIN LATERAL (
          SELECT max((r.created_at AT TIME ZONE ${context.timeZone})::date) AS day
          FROM receipt_line e JOIN receipt r ON r.id = e.receipt_id WHERE e.purchase_order_line_id = l.id AND r.reversed_at IS NULL) c
        WHERE o.supplier_id = p.id AND o.approved_at IS NOT NULL AND o.status <> 'CANCELLED' AND l.due_date BETWEEN ${from}::date AND ${to}::date
          AND ${inOwnSites(atSite(context, siteId), "o.site_id")}) s
      WHERE s.lines > 0 AND ${supplierId ? sql`p.id = ${supplierId}` : sql`true`}`,
  };
}
