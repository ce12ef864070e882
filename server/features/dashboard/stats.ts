import { type RawBuilder, sql } from "kysely";
import type { DashboardStats } from "#contract/dashboard.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import { withinOwnSites } from "#features/ledger/event-columns.ts";
import type { Context } from "#platform/http/context.ts";
import { atSite, inOwnSites, requireSite } from "#platform/http/site-access.ts";
import { type DocumentFigures, documentFigures } from "./document-figures.ts";
import { mostMoved } from "./top-movers.ts";

const days = 30;
const expiryDays = 90;

/** Figures over the caller's sites, or over one of them. Throws `404` for a site out of sight. */
export async function dashboardStats(tx: Tx, context: Context, siteId: string | undefined): Promise<DashboardStats> {
  if (siteId !== undefined) {
    requireSite(context, siteId);
    if (!(await tx.first(sql`SELECT 1 FROM site WHERE id = ${siteId}`))) throw new NotFoundError();
  }
  const places = placesOf(context, siteId);
  const [stock, documents, movements, topMovers] = await Promise.all([
    stockFigures(tx, context, places),
    documentFigures(tx, context, siteId),
    movementFigures(tx, context, siteId),
    mostMoved(tx, context, siteId),
  ]);
  return { currency: context.currency, ...stock, ...documents, topMovers, ...movements };
}

/** The locations that count; undefined for all, which needs no look at them. */
function placesOf(context: Context, siteId: string | undefined): RawBuilder<unknown> | undefined {
  const caller = atSite(context, siteId);
  return caller.siteIds === "all" ? undefined : sql`SELECT id FROM location WHERE ${inOwnSites(caller, "site_id")}`;
}

type StockFigures = Omit<DashboardStats, "currency" | "topMovers" | keyof DocumentFigures | keyof MovementFigures>;

async function stockFigures(tx: Tx, { timeZone }: Context, places: RawBuilder<unknown> | undefined): Promise<StockFigures> {
  const here = places ? sql`AND b.location_id IN (${places})` : sql``;
  const figures = await tx.first(sql<StockFigures>`
    WITH of_item AS MATERIALIZED (
      SELECT b.item_id, sum(b.on_hand) AS on_hand, sum(b.on_hand) FILTER (WHERE b.status = 'HOLD') AS on_hold,
             sum(b.on_hand - b.allocated) FILTER (WHERE b.status = 'AVAILABLE') AS available
      FROM inventory_balance b WHERE b.on_hand > 0 ${here} GROUP BY b.item_id),
    totals AS (
      SELECT count(*) AS items, coalesce(sum(s.on_hand), 0) AS on_hand, coalesce(sum(s.on_hold), 0) AS on_hold,
             coalesce(sum(s.on_hand * v.average_cost), 0) AS value
      FROM of_item s LEFT JOIN item_valuation v ON v.item_id = s.item_id),
    today AS (SELECT (now() AT TIME ZONE ${timeZone})::date AS day),
    lots AS (
      SELECT count(DISTINCT l.id) FILTER (WHERE l.expires_on < today.day) AS expired, count(*) FILTER (WHERE l.expires_on < today.day) AS expired_balances,
             count(DISTINCT l.id) FILTER (WHERE l.expires_on BETWEEN today.day AND today.day + 30) AS in_30,
             count(*) FILTER (WHERE l.expires_on BETWEEN today.day AND today.day + 30) AS balances_in_30,
             count(DISTINCT l.id) FILTER (WHERE l.expires_on BETWEEN today.day AND today.day + 60) AS in_60,
             count(DISTINCT l.id) FILTER (WHERE l.expires_on >= today.day) AS in_90
      FROM today, lot l JOIN inventory_balance b ON b.lot_id = l.id
      WHERE l.expires_on <= today.day + ${expiryDays}::integer AND b.on_hand > 0 ${here})
    SELECT round(totals.value, 4) AS "stockValue", totals.on_hand AS "unitsOnHand", totals.on_hold AS "unitsOnHold", totals.items AS "itemsInStock",
           (SELECT count(*) FROM item WHERE active) AS "itemsActive",
           (SELECT count(*) FROM item i LEFT JOIN of_item s ON s.item_id = i.id
            WHERE i.active AND i.reorder_point IS NOT NULL AND coalesce(s.available, 0) < i.reorder_point) AS "itemsBelowReorderPoint",
           lots.expired AS "lotsExpired", lots.expired_balances AS "balancesExpired",
           lots.in_30 AS "lotsExpiringIn30Days", lots.balances_in_30 AS "balancesExpiringIn30Days",
           lots.in_60 AS "lotsExpiringIn60Days", lots.in_90 AS "lotsExpiringIn90Days"
    FROM totals, lots`);
  return figures as StockFigures;
}

type MovementFigures = Pick<DashboardStats, "eventsToday" | "movementsPerDay">;

/** By days of the company's own calendar; a day without an event is told as 0. Counts what the list of events shows. */
async function movementFigures(tx: Tx, context: Context, siteId: string | undefined): Promise<MovementFigures> {
  const { timeZone } = context;
  const ofSite = siteId === undefined ? sql`` : sql`AND (f.site_id = ${siteId} OR t.site_id = ${siteId})`;
  const rows = await tx.many(sql<{ day: string; events: number }>`
    WITH calendar AS (
      SELECT generate_series(0, ${days - 1}::integer) AS back, (now() AT TIME ZONE ${timeZone})::date AS today),
    counted AS (
      SELECT (e.recorded_at AT TIME ZONE ${timeZone})::date AS day, count(*) AS events
      FROM inventory_event e LEFT JOIN location f ON f.id = e.from_location_id LEFT JOIN location t ON t.id = e.to_location_id
      WHERE ${withinOwnSites(context)} ${ofSite} AND e.recorded_at >= ((now() AT TIME ZONE ${timeZone})::date - ${days - 1}::integer)::timestamp AT TIME ZONE ${timeZone}
      GROUP BY 1)
    SELECT today - back AS day, coalesce(events, 0) AS events FROM calendar LEFT JOIN counted ON counted.day = today - back ORDER BY 1`);
  return { eventsToday: rows.at(-1)?.events ?? 0, movementsPerDay: rows };
}
