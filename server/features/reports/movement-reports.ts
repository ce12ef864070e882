import { sql } from "kysely";
import type { Context } from "#platform/http/context.ts";
import { atSite, inOwnSites } from "#platform/http/site-access.ts";
import { bySku, isItem, itemColumns, onHandHere } from "./stock-reports.ts";
import type { ReportSource } from "./report.ts";

interface SpanFilters {
  siteId?: string | undefined;
  itemId?: string | undefined;
  from: string;
  to: string;
}

/** What of item `i` came into and went out of these sites in the span and after it: counted back from what is there now. */
function movedSince(context: Context, { siteId, from, to }: SpanFilters) {
  const { timeZone } = context;
  const here = (alias: string) =>
    sql`coalesce(${inOwnSites(atSite(context, siteId), `${alias}.site_id`)} AND ${sql.ref(`${alias}.id`)} IS NOT NULL, false)`;
  return sql`
    SELECT coalesce(sum(e.quantity) FILTER (WHERE e.came AND e.in_span), 0) AS quantity_in,
           coalesce(sum(e.quantity) FILTER (WHERE NOT e.came AND e.in_span), 0) AS quantity_out,
           coalesce(sum(CASE WHEN e.came THEN e.quantity ELSE -e.quantity END) FILTER (WHERE NOT e.in_span), 0) AS afterwards,
           coalesce(sum(CASE WHEN e.reverses_event_id IS NULL THEN e.quantity ELSE -e.quantity END * e.unit_cost)
             FILTER (WHERE e.in_span AND e.type IN ('ISSUE', 'SHIP')), 0) AS consumption
    FROM (
      SELECT e.type, e.quantity, e.unit_cost, e.reverses_event_id, ${here("t")} AS came,
             e.recorded_at < (${to}::date + 1)::timestamp AT TIME ZONE ${timeZone} AS in_span
      FROM inventory_event e LEFT JOIN location f ON f.id = e.from_location_id LEFT JOIN location t ON t.id = e.to_location_id
      WHERE e.item_id = i.id AND e.recorded_at >= ${from}::date::timestamp AT TIME ZONE ${timeZone} AND ${here("t")} <> ${here("f")}
    ) e`;
}

export const movement = (context: Context, filters: SpanFilters): ReportSource => ({
  order: bySku,
  rows: sql`
    SELECT ${itemColumns}, s.on_hand - m.afterwards - m.quantity_in + m.quantity_out AS opening, m.quantity_in AS "quantityIn",
           m.quantity_out AS "quantityOut", s.on_hand - m.afterwards AS closing
    FROM item i CROSS JOIN LATERAL (${onHandHere(context, filters.siteId)}) s CROSS JOIN LATERAL (${movedSince(context, filters)}) m
    WHERE (s.on_hand <> m.afterwards OR m.quantity_in <> 0 OR m.quantity_out <> 0) AND ${isItem(filters.itemId)}`,
});

/** Stock at today's average cost, consumption at the cost of each movement. */
export const turnover = (context: Context, filters: SpanFilters): ReportSource => ({
  order: bySku,
  rows: sql`
    SELECT ${itemColumns}, round(m.consumption, 4) AS "consumptionValue", round(a.value, 4) AS "averageStockValue",
           round(m.consumption / nullif(a.value, 0), 2) AS turnover
    FROM item i JOIN item_valuation v ON v.item_id = i.id
    CROSS JOIN LATERAL (${onHandHere(context, filters.siteId)}) s CROSS JOIN LATERAL (${movedSince(context, filters)}) m
    CROSS JOIN LATERAL (SELECT (s.on_hand - m.afterwards + (m.quantity_out - m.quantity_in) / 2) * v.average_cost AS value) a
    WHERE (m.consumption <> 0 OR a.value <> 0) AND ${isItem(filters.itemId)}`,
});
