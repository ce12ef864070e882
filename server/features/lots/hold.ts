import type { HoldLot, PromisedStock, ReleaseLot } from "#contract/lots.ts";
import type { StockStatus } from "#contract/ledger.ts";
import { audit } from "#features/audit/audit.ts";
import { requireReason } from "#features/catalog/reason-codes.ts";
import { lockLots, lockStockOfLots, type LotStock } from "#features/ledger/lot-stock.ts";
import { post, type PostedEvents } from "#features/ledger/post.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AuthorizationError, ConflictError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { maySeeSite } from "#platform/http/site-access.ts";

/**
 * Puts all of a lot on hold, wherever it is. Throws `404`, `400` for the reason, `403 LOT_IN_OTHER_SITES`, `409 NOTHING_TO_HOLD`, and
 * `409 LOT_ALLOCATED` with what documents have been promised: it is taken back from them first.
 */
export async function holdLot(tx: Tx, context: Context, lotId: string, { reasonCode, note }: HoldLot): Promise<PostedEvents> {
  const stock = await lockWholeLot(tx, context, lotId);
  await requireReason(tx, "HOLD", reasonCode);
  const promised = promisesOf(stock);
  if (promised.length > 0)
    throw new ConflictError("LOT_ALLOCATED", "Documents have been promised some of this lot: take it back from them first", { promised });
  const free = inState(stock, "AVAILABLE");
  if (free.length === 0) throw new ConflictError("NOTHING_TO_HOLD", "Nothing of this lot is available");
  const posted = await postHolds(tx, context, free, { reasonCode, note });
  await audit(tx, context, "lot.held", lotId, { before: { stock: inWords(stock) }, after: { reasonCode, note, held: inWords(free) } });
  return posted;
}

/** Makes all of a lot available again, wherever it is on hold. Throws `404`, `400`, `403 LOT_IN_OTHER_SITES` and `409 NOTHING_TO_RELEASE`. */
export async function releaseLot(tx: Tx, context: Context, lotId: string, { reasonCode, note }: ReleaseLot): Promise<PostedEvents> {
  const stock = await lockWholeLot(tx, context, lotId);
  if (reasonCode !== undefined) await requireReason(tx, "HOLD", reasonCode);
  const held = inState(stock, "HOLD");
  if (held.length === 0) throw new ConflictError("NOTHING_TO_RELEASE", "Nothing of this lot is on hold");
  const events = held.map((one) => ({ ...eventOf(one, { reasonCode, note }), type: "RELEASE" as const }));
  const posted = await post(tx, context, events);
  await audit(tx, context, "lot.released", lotId, {
    before: { stock: inWords(stock) },
    after: { reasonCode, note, released: inWords(held) },
  });
  return posted;
}

async function lockWholeLot(tx: Tx, context: Context, lotId: string): Promise<LotStock[]> {
  if ((await lockLots(tx, [lotId])) === 0) throw new NotFoundError();
  const stock = await lockStockOfLots(tx, [lotId]);
  requireEverySite(context, stock);
  return stock;
}

/** A lot is on hold as a whole or not: who may not enter all of its sites leaves it to somebody who may. */
export function requireEverySite(context: Context, stock: readonly LotStock[]): void {
  if (stock.some(({ siteId }) => !maySeeSite(context, siteId)))
    throw new AuthorizationError("It lies in sites that you may not enter, too: somebody who may has to do this", "LOT_IN_OTHER_SITES");
}

/** Stock in a state, as far as no document has been promised it. */
export const inState = (stock: readonly LotStock[], state: StockStatus): LotStock[] =>
  stock.filter(({ status, available }) => status === state && available > 0);

export const promisesOf = (stock: readonly LotStock[]): PromisedStock[] =>
  stock.flatMap(({ lotCode, siteCode, locationCode, promises }) =>
    promises.map((promise) => ({ lotCode, siteCode, locationCode, ...promise })),
  );

type Reason = { reasonCode: string | undefined; note: string | undefined };

export const postHolds = (tx: Tx, context: Context, free: readonly LotStock[], reason: Reason): Promise<PostedEvents> =>
  post(
    tx,
    context,
    free.map((one) => ({ ...eventOf(one, reason), type: "HOLD" as const })),
  );

const eventOf = ({ itemId, lotId, locationId, available }: LotStock, { reasonCode, note }: Reason) => ({
  itemId,
  lotId,
  fromLocationId: locationId,
  quantity: available,
  ...(reasonCode === undefined ? {} : { reasonCode }),
  ...(note === undefined ? {} : { note }),
});

export const inWords = (stock: readonly LotStock[]) =>
  stock.map(({ lotCode, siteCode, locationCode, status, onHand }) => ({
    lot: lotCode,
    location: `${siteCode}/${locationCode}`,
    status,
    onHand,
  }));
