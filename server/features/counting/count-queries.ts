import { sql } from "kysely";
import type { CountStatus, CycleCount, CycleCountQuery, CycleCountSummary } from "#contract/counting.ts";
import type { ListOf } from "#contract/list.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { supervisors } from "#platform/http/route.ts";
import { inOwnSites, maySeeSite } from "#platform/http/site-access.ts";

const seesBooks = ({ role }: Context) => supervisors.some((supervisor) => supervisor === role);

/** Of the count `c`: whether what the books say is kept from the caller. Who counts blind counts what is there, and not what should be. */
const isBlind = (context: Context) => (seesBooks(context) ? sql<boolean>`false` : sql<boolean>`(c.blind AND c.status <> 'APPROVED')`);

const head = (context: Context) =>
  sql`${columnsOf("c", [
    ...recordFieldNames,
    "number",
    "name",
    "siteId",
    "type",
    "blind",
    "status",
    "scheduledFor",
    "createdBy",
    "startedAt",
    "endedAt",
    "reversedAt",
    "reversedBy",
  ])}, w.code AS "siteCode", sums."lineCount", sums."countedCount", CASE WHEN NOT ${isBlind(context)} THEN sums.accuracy END AS accuracy`;

const joins = sql`
  JOIN site w ON w.id = c.site_id
  CROSS JOIN LATERAL (
    SELECT count(*) AS "lineCount", count(*) FILTER (WHERE l.status IN ('COUNTED', 'APPROVED')) AS "countedCount",
           round(100.0 * count(*) FILTER (WHERE l.counted_quantity = l.book_quantity) / nullif(count(l.counted_quantity), 0), 2) AS accuracy
    FROM cycle_count_line l WHERE l.cycle_count_id = c.id
  ) sums`;

const id: SortColumn = { sql: sql.ref("c.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  number: { sql: sql.ref("c.number"), type: "text", unique: true },
  createdAt: { sql: sql.ref("c.created_at"), type: "timestamptz" },
  scheduledFor: { sql: sql.ref("c.scheduled_for"), type: "date", nullable: true },
};

/** Counts of the caller's sites, the newest first. */
export function listCounts(
  tx: Tx,
  context: Context,
  query: CycleCountQuery,
  secrets: readonly string[],
): Promise<ListOf<CycleCountSummary>> {
  const plan = planList(query, { list: "cycle counts", columns: sortable, byDefault: "-number", tieBreaker: id, secrets });
  const where = [
    inOwnSites(context, "c.site_id"),
    ...(query.siteId ? [sql`c.site_id = ${query.siteId}`] : []),
    ...(query.status ? [sql`c.status = ${query.status}`] : []),
    ...(query.type ? [sql`c.type = ${query.type}`] : []),
  ];
  return readList<CycleCountSummary>(tx, query, plan, { from: sql`cycle_count c`, alias: "c", where, columns: head(context), joins });
}

/** One count with its lines, in the order in which one walks. Throws `404` for one of a site without access. */
export async function getCount(tx: Tx, context: Context, countId: string): Promise<CycleCount> {
  const books = sql`NOT ${isBlind(context)}`;
  const count = await tx.first(sql<CycleCount>`
    SELECT ${head(context)}, (
      SELECT coalesce(json_agg(json_build_object('id', l.id, 'itemId', l.item_id, 'sku', i.sku, 'itemName', i.name, 'uom', i.base_uom,
               'locationId', l.location_id, 'locationCode', p.code, 'lotId', l.lot_id, 'lotCode', o.code, 'stockStatus', l.stock_status, 'status', l.status,
               'expectedQuantity', CASE WHEN ${books} THEN coalesce(l.book_quantity, l.expected_quantity) END, 'countedQuantity', l.counted_quantity,
               'difference', CASE WHEN ${books} THEN l.counted_quantity - l.book_quantity END, 'countedBy', l.counted_by, 'countedAt', l.counted_at,
               'approvedBy', l.approved_by, 'reasonCode', l.reason_code) ORDER BY p.pick_sequence, p.code, i.sku, o.code, l.stock_status), '[]')
      FROM cycle_count_line l
      JOIN item i ON i.id = l.item_id
      JOIN location p ON p.id = l.location_id
      LEFT JOIN lot o ON o.id = l.lot_id
      WHERE l.cycle_count_id = c.id) AS lines
    FROM cycle_count c ${joins} WHERE c.id = ${countId} AND ${inOwnSites(context, "c.site_id")}`);
  if (!count) throw new NotFoundError();
  return count;
}

export interface LockedCount {
  id: string;
  number: string;
  version: number;
  status: CountStatus;
  siteId: string;
  blind: boolean;
}

/** The count, held until this transaction ends: every step and every record takes this lock first. Throws `404`. */
export async function lockCount(tx: Tx, context: Context, countId: string): Promise<LockedCount> {
  const count = await tx.first(sql<LockedCount>`
    SELECT id, number, version, status, site_id AS "siteId", blind FROM cycle_count WHERE id = ${countId} FOR NO KEY UPDATE`);
  if (!count || !maySeeSite(context, count.siteId)) throw new NotFoundError();
  return count;
}
