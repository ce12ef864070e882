import type { Tx } from "#platform/database/transaction.ts";

/** What stock was changed, as far as alerts go by it. */
export interface TouchedStock {
  itemId: string;
  /** Of a lot with a date. */
  expires: boolean;
}

/**
 * Has the worker look, once this is committed, whether what was touched causes an alert or ends one. Nobody waits for it, and it costs
 * nothing for items of which nobody asked to be told.
 */
export function watchStock(tx: Pick<Tx, "sqlBeforeCommit">, touched: readonly TouchedStock[]): void {
  const idsOf = (some: readonly TouchedStock[]) => [...new Set(some.map(({ itemId }) => itemId))];
  tx.sqlBeforeCommit("SELECT watch_items($1, $2)", [idsOf(touched), idsOf(touched.filter(({ expires }) => expires))]);
}

/** The same of a document, or of an item whose reorder point was changed. */
export const watchThing = (tx: Pick<Tx, "sqlBeforeCommit">, id: string): void => watchThings(tx, [id]);

export function watchThings(tx: Pick<Tx, "sqlBeforeCommit">, ids: readonly string[]): void {
  tx.sqlBeforeCommit("SELECT watch_things($1::uuid[])", [ids]);
}
