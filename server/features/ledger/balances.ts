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
  const plan = planList(query, { list: "balances", columns, byDefault: "sku,locationCode", tieBreaker: key, secrets });
  const source = query.asOf ? balancesAsOf(query.asOf, query) : sql`inventory_balance b`;
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
  if (query.status) chosen.push(sql`b.status = ${query.status}`);
  if (query.expiresFrom) chosen.push(sql`o.expires_on >= ${query.expiresFrom}`);
  if (query.expiresTo) chosen.push(sql`o.expires_on <= ${query.expiresTo}`);
  if (query.search) chosen.push(sql`b.item_id IN (SELECT search_items(${containsPattern(query.search)}))`);
  return chosen;
}

/**
 * On hand at an instant: what each balance was when the last day before it closed, looked up by its key, and the events since. The
 * cost is bounded by the number of balances and the events of the days that are not closed yet, not by the length of history.
 * Allocations have no past: they show as 0.
 */
function balancesAsOf(asOf: string, { itemId, locationId, lotId }: BalanceQuery): RawBuilder<unknown> {
  const only = (alias: string, place: string) => {
    const chosen: RawBuilder<unknown>[] = [sql`true`];
    if (itemId) chosen.push(sql`${sql.ref(`${alias}.item_id`)} = ${itemId}`);
    if (locationId) chosen.push(sql`${sql.ref(`${alias}.${place}`)} = ${locationId}`);
    if (lotId) chosen.push(sql`${sql.ref(`${alias}.lot_id`)} = ${lotId}`);
    return sql.join(chosen, sql` AND `);
  };
  const since = sql`coalesce((SELECT ((day + 1)::timestamp AT TIME ZONE 'UTC') FROM closed), '-infinity')`;
  const side = (place: "from_location_id" | "to_location_id", status: "from_status" | "to_status", sign: "-" | "+") => sql`
    SELECT e.item_id, e.${sql.ref(place)} AS location_id, coalesce(e.lot_id, ${sql.raw(noLot)}) AS lot_key, e.${sql.ref(status)} AS status, ${sql.raw(sign)} e.quantity AS delta
    FROM inventory_event e WHERE e.${sql.ref(place)} IS NOT NULL AND e.recorded_at >= ${since} AND e.recorded_at <= ${asOf} AND ${only("e", place)}`;
  return sql`(
    WITH closed AS MATERIALIZED (
      SELECT least(c.day, ((${asOf}::timestamptz AT TIME ZONE 'UTC')::date - 1)) AS day FROM inventory_closed_through c
    ),
    part AS (
      SELECT k.item_id, k.location_id, k.lot_key, k.status, closed_balance.on_hand AS delta
      FROM inventory_balance k CROSS JOIN LATERAL (
        SELECT d.on_hand FROM inventory_day_close d
        WHERE d.item_id = k.item_id AND d.location_id = k.location_id AND d.lot_key = k.lot_key AND d.status = k.status AND d.day <= (SELECT day FROM closed)
        ORDER BY d.day DESC LIMIT 1
      ) closed_balance
      WHERE ${only("k", "location_id")}
      UNION ALL ${side("from_location_id", "from_status", "-")}
      UNION ALL ${side("to_location_id", "to_status", "+")}
    )
    SELECT item_id, location_id, lot_key, NULLIF(lot_key, ${sql.raw(noLot)}) AS lot_id, status, sum(delta) AS on_hand, 0::numeric AS allocated
    FROM part GROUP BY item_id, location_id, lot_key, status
  ) b`;
}
