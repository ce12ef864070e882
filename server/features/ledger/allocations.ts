import { watchStock } from "#features/alerts/watch.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import {
  allocatedTo,
  allocateSql,
  keepAllocationsSql,
  lockAllocatedSql,
  lockPickableSql,
  pickable,
  pickSql,
  sharePickableLotsSql,
  takeBackExpiredSql,
} from "./allocation-sql.ts";
import { fromJson, lockBalancesSql, lockItemsSql } from "./apply-sql.ts";
import { type Movement, toRow } from "./movement.ts";
import type { DocumentRef } from "./post.ts";

/** An amount of an item, in its base unit. */
export interface Need {
  itemId: string;
  quantity: number;
}

const asJson = (needs: readonly Need[]) => JSON.stringify(needs.map(({ itemId, quantity }) => ({ item_id: itemId, quantity })));

/** How much is available changed, and not what lies there. */
const asTouched = (items: readonly string[]) => items.map((itemId) => ({ itemId, expires: false }));

/**
 * Promises stock of a site to a document until it has all of its needs, first expired first, as much as there is: what is missing is no
 * error. What it was promised of lots that have expired since is given back first. The caller holds the document's lock and nothing of
 * the ledger's.
 */
export async function allocate(
  tx: Tx,
  { timeZone }: Pick<Context, "timeZone">,
  document: DocumentRef,
  siteId: string,
  needs: readonly Need[],
): Promise<void> {
  if (needs.length === 0) return;
  await tx.sql(lockPickableSql, [needs.map(({ itemId }) => itemId), siteId, document.type, document.id]);
  await tx.sql(takeBackExpiredSql, [document.type, document.id, timeZone]);
  await tx.sql(allocateSql, [asJson(needs), siteId, timeZone, document.type, document.id]);
  watchStock(tx, asTouched(needs.map(({ itemId }) => itemId)));
}

/** Takes back what is allocated to a document beyond `needs`: all of it where they are empty. */
export async function keepAllocated(tx: Tx, document: DocumentRef, needs: readonly Need[]): Promise<void> {
  const held = await tx.sql<{ itemId: string }>(lockAllocatedSql, [document.type, document.id]);
  await tx.sql(keepAllocationsSql, [asJson(needs), document.type, document.id]);
  watchStock(tx, asTouched(held.map(({ itemId }) => itemId)));
}

export interface PickedStock {
  itemId: string;
  locationId: string;
  lotId: string | null;
  quantity: number;
}

const lockAheadSql = lockBalancesSql(fromJson, `${pickable("$2", "$3")} UNION ${allocatedTo("$4", "$5")}`);

/**
 * What to take for a document, first expired first, held from here on together with all that `movements`, written later, will need, and
 * with all that is allocated to the document, which may be given back: nobody waits in a circle. Throws `409 INSUFFICIENT_STOCK` for the
 * first item of which there is too little.
 */
export async function pickFor(
  tx: Tx,
  { timeZone }: Pick<Context, "timeZone">,
  document: DocumentRef,
  siteId: string,
  needs: readonly Need[],
  movements: readonly Movement[],
): Promise<PickedStock[]> {
  const items = needs.map(({ itemId }) => itemId);
  const [, , , found] = await Promise.all([
    tx.sql(sharePickableLotsSql, [items, siteId]),
    tx.sql(lockItemsSql, [[...items, ...movements.map(({ item }) => item.id)]]),
    tx.sql(lockAheadSql, [JSON.stringify(movements.map(toRow)), items, siteId, document.type, document.id]),
    tx.sql<{ itemId: string; sku: string; asked: number; available: number; short: boolean; picks: Omit<PickedStock, "itemId">[] }>(
      pickSql,
      [asJson(needs), siteId, timeZone, document.type, document.id],
    ),
  ]);
  const missing = found.find(({ short }) => short);
  if (missing) {
    const { itemId, sku, asked, available } = missing;
    throw new ConflictError("INSUFFICIENT_STOCK", `${sku}: ${asked} are needed and ${available} are available in this site`, {
      itemId,
      sku,
      locationCode: null,
      lotCode: null,
      status: "AVAILABLE",
      asked,
      available,
    });
  }
  return found.flatMap(({ itemId, picks }) => picks.map((pick) => ({ itemId, ...pick })));
}
