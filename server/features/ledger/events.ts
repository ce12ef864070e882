import { type RawBuilder, sql } from "kysely";
import type { EventQuery, InventoryEvent } from "#contract/ledger.ts";
import type { Page } from "#contract/list.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import type { Caller } from "#platform/http/site-access.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { eventColumns, eventJoins, withinOwnSites } from "./event-columns.ts";

const seq: SortColumn = { sql: sql.ref("e.seq"), type: "bigint" };

/** Events of the caller's sites, newest first: by keyset, so that page 10,000 costs what page 1 costs. */
export async function listEvents(
  tx: Tx,
  context: Context,
  query: EventQuery,
  secrets: readonly string[],
): Promise<{ items: InventoryEvent[]; page: Page }> {
  const plan = planList(query, { list: "events", columns: { recordedAt: seq }, byDefault: "-recordedAt", tieBreaker: seq, secrets });
  const where = sql.join([withinOwnSites(context), ...filters(query)], sql` AND `);
  const rows = await tx.many(sql<InventoryEvent & { cursor_key: string }>`
    SELECT ${eventColumns}, ${plan.cursorKey} AS cursor_key FROM inventory_event e ${eventJoins}
    WHERE ${where} AND ${plan.after} ORDER BY ${plan.orderBy} ${plan.slice}`);
  const total = query.total
    ? await tx.first(sql<{ count: number }>`SELECT count(*) AS count FROM inventory_event e ${eventJoins} WHERE ${where}`)
    : undefined;
  const { rows: items, page } = plan.page(rows, total?.count);
  return { items, page };
}

/** One event. Throws `404` when a place of it stands in a site without access. */
export async function getEvent(tx: Tx, context: Context, id: string): Promise<InventoryEvent> {
  const event = await tx.first(sql<InventoryEvent>`
    SELECT ${eventColumns} FROM inventory_event e ${eventJoins} WHERE e.id = ${id} AND ${withinOwnSites(context)}`);
  if (!event) throw new NotFoundError();
  return event;
}

/** What documents wrote, in the order of the ledger: their reversals too. */
export function eventsOfDocuments(tx: Tx, context: Caller, documents: readonly { type: string; id: string }[]): Promise<InventoryEvent[]> {
  return tx.many(sql<InventoryEvent>`
    SELECT ${eventColumns}
    FROM unnest(${documents.map(({ type }) => type)}::text[], ${documents.map(({ id }) => id)}::uuid[]) AS d(type, id)
    JOIN inventory_event e ON e.source_type = d.type AND e.source_id = d.id ${eventJoins}
    WHERE ${withinOwnSites(context)} ORDER BY e.seq`);
}

/** What happened to these lots, the newest first, up to a limit. */
export function eventsOfLots(tx: Tx, context: Context, lotIds: readonly string[], limit: number): Promise<InventoryEvent[]> {
  return tx.many(sql<InventoryEvent>`
    SELECT ${eventColumns} FROM inventory_event e ${eventJoins}
    WHERE e.lot_id = ANY(${lotIds}::uuid[]) AND ${withinOwnSites(context)} ORDER BY e.seq DESC LIMIT ${limit}`);
}

function filters(query: EventQuery): RawBuilder<boolean>[] {
  const chosen: RawBuilder<boolean>[] = [];
  if (query.type) chosen.push(sql`e.type = ${query.type}`);
  if (query.itemId) chosen.push(sql`e.item_id = ${query.itemId}`);
  if (query.lotId) chosen.push(sql`e.lot_id = ${query.lotId}`);
  if (query.userId) chosen.push(sql`e.user_id = ${query.userId}`);
  if (query.locationId) chosen.push(sql`(e.from_location_id = ${query.locationId} OR e.to_location_id = ${query.locationId})`);
  if (query.siteId) chosen.push(sql`(f.site_id = ${query.siteId} OR t.site_id = ${query.siteId})`);
  if (query.from) chosen.push(sql`e.recorded_at >= ${query.from}`);
  if (query.to) chosen.push(sql`e.recorded_at < ${query.to}`);
  return chosen;
}
