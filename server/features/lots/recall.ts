import type { LotRecall, RecallLot } from "#contract/lots.ts";
import { audit } from "#features/audit/audit.ts";
import { requireReason } from "#features/catalog/reason-codes.ts";
import { lockLots, lockStockOfLots } from "#features/ledger/lot-stock.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { relatedLots } from "./genealogy.ts";
import { inState, inWords, postHolds, promisesOf, requireEverySite } from "./hold.ts";
import { traceLot } from "./trace.ts";

/**
 * Puts on hold what is still here of a lot and of every lot that it went into, and tells everything it reached. What documents have
 * been promised stays and is told too: a recall does not wait for them. It may be asked for again. Throws `404`, `400` for the reason
 * and `403 LOT_IN_OTHER_SITES`.
 */
export async function recallLot(tx: Tx, context: Context, lotId: string, { reasonCode, note }: RecallLot): Promise<LotRecall> {
  const lotIds = await lockWithDescendants(tx, lotId);
  const stock = await lockStockOfLots(tx, lotIds);
  requireEverySite(context, stock);
  await requireReason(tx, "HOLD", reasonCode);
  const free = inState(stock, "AVAILABLE");
  const held = free.length === 0 ? [] : (await postHolds(tx, context, free, { reasonCode, note })).events;
  const promised = promisesOf(stock);
  await audit(tx, context, "lot.recalled", lotId, {
    before: { stock: inWords(stock) },
    after: { reasonCode, note, lots: lotIds.length, held: inWords(free), promised },
  });
  return { ...(await traceLot(tx, context, lotId)), held, promised };
}

/** Locks the lot and all that it went into; again, when a production ended meanwhile that made a lot more. */
async function lockWithDescendants(tx: Tx, lotId: string): Promise<string[]> {
  let locked = [lotId];
  for (;;) {
    if ((await lockLots(tx, locked)) < locked.length) throw new NotFoundError();
    const all = [lotId, ...(await relatedLots(tx, "INTO", lotId)).map((made) => made.lotId)];
    if (all.every((id) => locked.includes(id))) return locked;
    locked = all;
  }
}
