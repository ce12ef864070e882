import type { Balance, InventoryEvent } from "#contract/ledger.ts";
import { type TouchedStock, watchStock } from "#features/alerts/watch.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { allocatedTo, useAllocationsSql } from "./allocation-sql.ts";
import { applySql, countsOnly, eventsAndBalances, fromJson, lockBalancesSql, lockValuationsSql } from "./apply-sql.ts";
import { type PathOf, requireFitting, requireFound, requirePostable, requireWellFormed } from "./check.ts";
import { ensureLots, lockSerials, shareLotsSql } from "./lots.ts";
import { type Movement, toRow } from "./movement.ts";
import { type AppliedRow, balancesOf, eventOf, insufficientStock } from "./present.ts";
import { resolve, type Resolved } from "./resolve.ts";
import { type PostRequest, statusesOf } from "./rules.ts";

/** What was written: the events in the order they were asked for, and every balance they touched as it now stands. */
export interface PostedEvents {
  events: InventoryEvent[];
  balances: Balance[];
}

/** The document on whose behalf stock is taken: what is allocated to it is there for it. */
export interface DocumentRef {
  type: string;
  id: string;
}

/**
 * The only way stock changes. Posts the events whole or not at all, in a number of statements that does not grow with them.
 * Throws what `prepare` throws, and `409 INSUFFICIENT_STOCK` (sku, locationCode, lotCode, status, asked, available).
 */
export async function post(
  tx: Tx,
  context: Context,
  requests: readonly PostRequest[],
  pathOf?: PathOf,
  document?: DocumentRef,
): Promise<PostedEvents> {
  return await write(tx, context, await prepare(tx, context, requests, pathOf), document);
}

/**
 * Everything that the requests name, found and checked, and the lots that they bring. Throws `400` with the faults of every line,
 * `403` for the role, `404` for what the caller may not see, and `409 LOT_EXPIRED`, `ITEM_INACTIVE`, `LOCATION_INACTIVE`.
 */
export async function prepare(
  tx: Tx,
  context: Context,
  requests: readonly PostRequest[],
  pathOf: PathOf = (line, field) => `events.${line}.${field}`,
): Promise<Movement[]> {
  requireWellFormed(context, requests, pathOf);
  const resolved = await resolve(tx, requests, context.timeZone);
  requireFound(context, requests, resolved, pathOf);
  requireFitting(requests, resolved, pathOf);
  await lockSerials(tx, resolved);
  const ready = await ensureLots(tx, context, requests, resolved);
  requirePostable(context, requests, ready);
  return ready.map((found) => movementOf(requests[found.line] as PostRequest, found));
}

function movementOf(request: PostRequest, found: Resolved): Movement {
  return {
    type: request.type,
    quantity: found.quantity as number,
    enteredQuantity: request.quantity,
    enteredUom: request.uom ?? (found.item as NonNullable<Resolved["item"]>).baseUom,
    statuses: statusesOf(request),
    unitCost: request.unitCost ?? null,
    reasonCode: request.reasonCode ?? null,
    note: request.note || null,
    reversesEventId: null,
    source: request.source ?? null,
    occurredAt: request.occurredAt ?? null,
    item: found.item as NonNullable<Resolved["item"]>,
    from: found.from,
    to: request.type === "HOLD" || request.type === "RELEASE" ? found.from : found.to,
    lot: found.lot,
  };
}

/**
 * Locks, then writes, in statements that go out together. Throws `409 INSUFFICIENT_STOCK` for the first movement that finds too little.
 * What is taken for a `document` uses up what is allocated to it there.
 */
export async function write(tx: Tx, context: Context, movements: readonly Movement[], document?: DocumentRef): Promise<PostedEvents> {
  const json = JSON.stringify(movements.map(toRow));
  const [, , , rows] = await Promise.all([
    tx.sql(lockValuationsJson, [json]),
    document ? tx.sql(lockBalancesAndAllocated, [json, document.type, document.id]) : tx.sql(lockBalancesJson, [json]),
    document ? tx.sql(useAllocationsJson, [json, document.type, document.id]) : undefined,
    tx.sql<AppliedRow>(applyJson, [json, context.userId, context.requestId, context.ipAddress]),
  ]);
  const shortage = rows.filter(({ kind }) => kind === "shortage").toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0))[0];
  if (shortage) throw insufficientStock(movements[shortage.line ?? 0] as Movement, shortage.a ?? 0);
  const touched = movements.flatMap(touchedBy);
  if (touched.length > 0) watchStock(tx, touched);
  tx.changed("stock", sitesOf(movements));
  const events = rows.filter(({ kind }) => kind === "event").toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0));
  return {
    events: events.map((row, line) => eventOf(row, movements[line] as Movement, context)),
    balances: balancesOf(rows, movements),
  };
}

const sitesOf = (movements: readonly Movement[]) => [
  ...new Set(movements.flatMap(({ from, to }) => [from, to].flatMap((place) => (place ? [place.siteId] : [])))),
];

/** What is only put elsewhere in its site is as available as before, and expires there too. */
function touchedBy({ item, from, to, statuses, lot }: Movement): TouchedStock[] {
  const elsewhere = from !== null && to !== null && statuses.from === statuses.to && from.siteId === to.siteId;
  return elsewhere ? [] : [{ itemId: item.id, expires: lot !== null && lot.expiresOn !== null }];
}

/**
 * The same for an import: movements in a temporary table with the columns of `movementColumns`, everything in it checked by the
 * caller. Answers how many events were written and over what quantity; throws `409 INSUFFICIENT_STOCK` and writes nothing.
 */
export async function postStaged(
  tx: Pick<Tx, "sql">,
  context: Pick<Context, "userId" | "requestId" | "ipAddress">,
  table: string,
): Promise<{ events: number; quantity: number }> {
  await tx.sql(shareLotsSql(`SELECT m.lot_id FROM ${table} m`), []);
  await tx.sql(lockValuationsSql(table), []);
  await tx.sql(lockBalancesSql(table), []);
  // $1 stands for the JSON of a request: unused here, but the statement is the same.
  const [counts] = await tx.sql<{ events: number; quantity: number; shortages: number }>(
    applySql(`(SELECT * FROM ${table} WHERE $1::text IS NULL) staged`, countsOnly),
    [null, context.userId, context.requestId, context.ipAddress],
  );
  if (!counts || counts.shortages > 0) throw new ConflictError("INSUFFICIENT_STOCK", "There is not enough stock for these movements");
  if (counts.events > 0) await tx.sql("SELECT add_job('find-alerts', '{}')", []);
  return { events: counts.events, quantity: counts.quantity };
}

const lockValuationsJson = lockValuationsSql(fromJson);
const lockBalancesJson = lockBalancesSql(fromJson);
const lockBalancesAndAllocated = lockBalancesSql(fromJson, allocatedTo("$2", "$3"));
const useAllocationsJson = useAllocationsSql(fromJson);
const applyJson = applySql(fromJson, eventsAndBalances);
