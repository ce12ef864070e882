import { type RawBuilder, sql } from "kysely";
import type { Context } from "#platform/http/context.ts";
import { atSite, inOwnSites } from "#platform/http/site-access.ts";
import type { ReportSource } from "./report.ts";

// Items are walked by their number, and what is told of each is looked up: a page costs what its rows cost.

interface ItemFilters {
  siteId?: string | undefined;
  itemId?: string | undefined;
}

export const itemColumns = sql`i.id AS "itemId", i.sku, i.name AS "itemName", i.base_uom AS uom`;
export const bySku: ReportSource["order"] = [{ field: "sku", type: "text" }];
export const isItem = (itemId: string | undefined): RawBuilder<boolean> => (itemId ? sql<boolean>`i.id = ${itemId}` : sql<boolean>`true`);

/** What of item `i` is on hand in these sites. */
export const onHandHere = (context: Context, siteId: string | undefined) => sql`
  SELECT coalesce(sum(b.on_hand), 0) AS on_hand FROM inventory_balance b JOIN location l ON l.id = b.location_id
  WHERE b.item_id = i.id AND b.on_hand > 0 AND ${inOwnSites(atSite(context, siteId), "l.site_id")}`;

export const valuation = (context: Context, { siteId, itemId }: ItemFilters): ReportSource => ({
  order: [...bySku, { field: "siteId", type: "uuid" }],
  ofManyTables: true,
  rows: sql`
    SELECT ${itemColumns}, s.site_id AS "siteId", w.code AS "siteCode", s.on_hand AS "onHand", s.on_hold AS "onHold",
           v.average_cost AS "averageCost", round(s.on_hand * v.average_cost, 4) AS value
    FROM item i JOIN item_valuation v ON v.item_id = i.id
    CROSS JOIN LATERAL (
      SELECT l.site_id, sum(b.on_hand) AS on_hand, coalesce(sum(b.on_hand) FILTER (WHERE b.status = 'HOLD'), 0) AS on_hold
      FROM inventory_balance b JOIN location l ON l.id = b.location_id
      WHERE b.item_id = i.id AND b.on_hand > 0 AND ${inOwnSites(atSite(context, siteId), "l.site_id")}
      GROUP BY l.site_id) s
    JOIN site w ON w.id = s.site_id
    WHERE ${isItem(itemId)}`,
});

/** Each unit on hand is one of those that came last. What was undone, and its undoing, never came. */
export function ageing(context: Context, { siteId, itemId }: ItemFilters): ReportSource {
  const here = (alias: string) =>
    sql`(${sql.ref(`${alias}.id`)} IS NOT NULL AND ${inOwnSites(atSite(context, siteId), `${alias}.site_id`)})`;
  const aged = (condition: RawBuilder<unknown>) => sql`coalesce(sum(c.quantity) FILTER (WHERE ${condition}), 0)`;
  return {
    order: bySku,
    rows: sql`
      SELECT ${itemColumns}, s.on_hand AS "onHand", a."days0To30", a."days31To60", a."days61To90", a."daysOver90", round(s.on_hand * v.average_cost, 4) AS value
      FROM item i JOIN item_valuation v ON v.item_id = i.id
      CROSS JOIN LATERAL (${onHandHere(context, siteId)}) s
      CROSS JOIN LATERAL (
        SELECT ${aged(sql`c.age <= 30`)} AS "days0To30", ${aged(sql`c.age BETWEEN 31 AND 60`)} AS "days31To60",
               ${aged(sql`c.age BETWEEN 61 AND 90`)} AS "days61To90", ${aged(sql`c.age > 90`)} AS "daysOver90"
        FROM (
          SELECT (now() AT TIME ZONE ${context.timeZone})::date - (e.occurred_at AT TIME ZONE ${context.timeZone})::date AS age,
                 least(e.quantity, greatest(0, s.on_hand - (sum(e.quantity) OVER (ORDER BY e.occurred_at DESC, e.seq DESC) - e.quantity))) AS quantity
          FROM inventory_event e LEFT JOIN location f ON f.id = e.from_location_id LEFT JOIN location t ON t.id = e.to_location_id
          WHERE e.item_id = i.id AND ${here("t")} AND NOT ${here("f")} AND e.reverses_event_id IS NULL
            AND NOT EXISTS (SELECT FROM inventory_event u WHERE u.reverses_event_id = e.id)
        ) c
      ) a
      WHERE s.on_hand > 0 AND ${isItem(itemId)}`,
  };
}

/** In the order of their expiry, from its index. */
export function expiry(context: Context, { siteId, itemId, within }: ItemFilters & { within: number }): ReportSource {
  const left = sql`(o.expires_on - (now() AT TIME ZONE ${context.timeZone})::date)`;
  return {
    order: [
      { field: "expiresOn", type: "date" },
      { field: "lotId", type: "uuid" },
    ],
    rows: sql`
      SELECT ${itemColumns}, o.id AS "lotId", o.code AS "lotCode", o.expires_on AS "expiresOn", ${left} AS "daysLeft",
             CASE WHEN ${left} < 0 THEN 'EXPIRED' WHEN ${left} <= 30 THEN 'WITHIN_30' WHEN ${left} <= 60 THEN 'WITHIN_60' ELSE 'WITHIN_90' END AS "group",
             s.on_hand AS "onHand", round(s.on_hand * coalesce(v.average_cost, 0), 4) AS value
      FROM lot o JOIN item i ON i.id = o.item_id LEFT JOIN item_valuation v ON v.item_id = o.item_id
      CROSS JOIN LATERAL (
        SELECT sum(b.on_hand) AS on_hand FROM inventory_balance b JOIN location l ON l.id = b.location_id
        WHERE b.lot_id = o.id AND b.item_id = o.item_id AND b.on_hand > 0 AND ${inOwnSites(atSite(context, siteId), "l.site_id")}) s
      WHERE o.expires_on <= (now() AT TIME ZONE ${context.timeZone})::date + ${within}::integer AND s.on_hand > 0 AND ${isItem(itemId)}`,
  };
}
