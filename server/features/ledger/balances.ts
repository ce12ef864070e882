import { type RawBuilder, sql } from "kysely";
import type { Balance, BalanceQuery } from "#contract/ledger.ts";
import type { Page } from "#contract/list.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { inOwnSites } from "#platform/http/site-access.ts";
import { containsPattern } from "#platform/validation.ts";
import { noLot } from "./apply-sql.ts";

const columns = {
  sku: { sql: sql.ref("i.sku"), type: "text" },
  locationCode: { sql: sql.ref("l.code"), type: "text" },
  siteCode: { sql: sql.ref("s.code"), type: "text" },
  status: { sql: sql.ref("b.status"), type: "text" },
  onHand: { sql: sql.ref("b.on_hand"), type: "numeric" },
  expiresOn: { sql: sql.ref("o.expires_on"), type: "date", nullable: true },
} as const satisfies Record<string, SortColumn>;

// Item, location, lot and state as one text: unique among balances.
const key: SortColumn = { sql: sql`(b.item_id::text || b.location_id::text || b.lot_key::text || b.status)`, type: "text" };

const balanceColumns = sql`
  b.item_id AS "itemId", i.sku, i.name AS "itemName", i.base_uom AS uom, b.location_id AS "locationId", l.code AS "locationCode",
  s.id AS "siteId", s.code AS "siteCode", b.lot_id AS "lotId", o.code AS "lotCode", o.expires_on AS "expiresOn", b.status,
  b.on_hand AS "onHand", b.allocated, b.on_hand - b.allocated AS available`;

const joins = sql`
  JOIN item i ON i.id = b.item_id
  JOIN location l ON l.id = b.location_id
  JOIN site s ON s.id = l.site_id
  LEFT JOIN lot o ON o.id = b.lot_id`;

/** Stock in the caller's sites, now or as it was at an instant of the ledger's time. What is not there is left out. */
export async function listBalances(
  tx: Tx,
  context: Context,
  query: BalanceQuery,
  secrets: readonly string[],
): Promise<{ items: Balance[]; page: Page }> {
  const plan = planList(query, { list: "balances", columns, byDefault: "sku,locationCode", tieBreaker: key, secrets, ofManyTables: true });
  const source = query.asOf ? balancesAsOf(query.asOf) : sql`inventory_balance b`;
  const where = sql.join([sql`b.on_hand > 0`, ...filters(context, query)], sql` AND `);
  const rows = await tx.many(sql<Balance & { cursor_key: string }>`
    SELECT ${balanceColumns}, ${plan.cursorKey} AS cursor_key FROM ${source} ${joins}
    WHERE ${where} AND ${plan.after} ORDER BY ${plan.orderBy} ${plan.slice}`);
  const total = query.total
    ? await tx.first(sql<{ count: number }>`SELECT count(*) AS count FROM ${source} ${joins} WHERE ${where}`)
    : undefined;
  const { rows: items, page } = plan.page(rows, total?.count);
  return { items, page };
}

/** Where these lots are, in the caller's sites. */
export function balancesOfLots(tx: Tx, context: Context, lotIds: readonly string[]): Promise<Balance[]> {
  return tx.many(sql<Balance>`
    SELECT ${balanceColumns} FROM inventory_balance b ${joins}
    WHERE b.lot_id = ANY(${lotIds}::uuid[]) AND b.on_hand > 0 AND ${inOwnSites(context, "l.site_id")}
    ORDER BY i.sku, o.code, s.code, l.code, b.status`);
}

function filters(context: Context, query: BalanceQuery): RawBuilder<boolean>[] {
  const chosen: RawBuilder<boolean>[] = [inOwnSites(context, "l.site_id")];
  if (query.siteId) chosen.push(sql`l.site_id = ${query.siteId}`);
  if (query.itemId) chosen.push(sql`b.item_id = ${query.itemId}`);
  if (query.locationId) chosen.push(sql`b.location_id = ${query.locationId}`);
  if (query.lotId) chosen.push(sql`b.lot_id = ${query.lotId}`);
  // In the text, so that a plan knows it: what is on hold is little, and has an index of its own.
  if (query.status) chosen.push(sql`b.status = ${sql.lit(query.status)}`);
  if (query.expiresFrom) chosen.push(sql`o.expires_on >= ${query.expiresFrom}`);
  if (query.expiresTo) chosen.push(sql`o.expires_on <= ${query.expiresTo}`);
  if (query.search) chosen.push(sql`b.item_id IN (SELECT search_items(${containsPattern(query.search)}))`);
  return chosen;
}

/**
 * On hand at an instant: what each balance was when the last day before it closed, looked up by its key, and the item's events since,
 * looked up by its number among events. A page costs its own balances and the events of the days that are not closed yet, not the
 * length of history or of the list. Allocations have no past: they show as 0.
 */
function balancesAsOf(asOf: string): RawBuilder<unknown> {
  const day = sql`least(c.day, ((${asOf}::timestamptz AT TIME ZONE 'UTC')::date - 1))`;
  // One value, of a query: an expression around it would keep the database from its index, under row-level security.
  const since = sql`(SELECT coalesce(max((${day} + 1)::timestamp AT TIME ZONE 'UTC'), '-infinity') FROM inventory_closed_through c)`;
  const recorded = sql`e.recorded_at >= ${since} AND e.recorded_at <= ${asOf}`;
  // Plus nothing, so that it is not looked for in the order of the numbers, from the first there is.
  const bound = (which: "min" | "max") => sql`(SELECT ${sql.raw(which)}(e.seq + 0) FROM inventory_event e WHERE ${recorded})`;
  return sql`(
    SELECT k.item_id, k.location_id, k.lot_key, k.lot_id, k.status, coalesce(closed.on_hand, 0) + moved.delta AS on_hand, 0::numeric AS allocated
    FROM inventory_balance k
    LEFT JOIN LATERAL (
      SELECT d.on_hand FROM inventory_day_close d
      WHERE d.item_id = k.item_id AND d.location_id = k.location_id AND d.lot_key = k.lot_key AND d.status = k.status
        AND d.day <= (SELECT ${day} FROM inventory_closed_through c)
      ORDER BY d.day DESC LIMIT 1
    ) closed ON true
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(e.quantity) FILTER (WHERE e.to_location_id = k.location_id AND e.to_status = k.status), 0)
             - coalesce(sum(e.quantity) FILTER (WHERE e.from_location_id = k.location_id AND e.from_status = k.status), 0) AS delta
      FROM inventory_event e
      WHERE e.item_id = k.item_id AND coalesce(e.lot_id, ${sql.raw(noLot)}) = k.lot_key AND e.seq >= ${bound("min")} AND e.seq <= ${bound("max")} AND ${recorded}
    ) moved
  ) b`;
}
