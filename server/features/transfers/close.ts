import { sql } from "kysely";
import type { CloseTransfer, Transfer } from "#contract/transfers.ts";
import { audit } from "#features/audit/audit.ts";
import { requireReason } from "#features/catalog/reason-codes.ts";
import { post } from "#features/ledger/post.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { requireCurrent } from "#platform/http/versioned.ts";
import { bothEnds, requireEnd, sources } from "./rules.ts";
import { getTransfer, lockTransfer, readLines } from "./transfer-queries.ts";

/**
 * Writes off what was sent and did not arrive, out of the sender's TRANSIT location, and ends the transfer. Throws `404`,
 * `409 INVALID_STATE`, `403 OTHER_SITE` to the receiving end, `400` for the reason, and what the ledger throws.
 */
export async function closeTransfer(
  tx: Tx,
  context: Context,
  transferId: string,
  { version, type, reasonCode, note }: CloseTransfer,
): Promise<Transfer> {
  const transfer = requireCurrent(await lockTransfer(tx, context, transferId), { version, ifMatch: undefined });
  requireStatus(transfer, ["SENT", "PARTIALLY_RECEIVED"], "closed");
  requireEnd(context, transfer.fromSiteId, "write off what it sent");
  await requireReason(tx, type, reasonCode);
  const missing = (await readLines(tx, transferId)).filter(({ open }) => open > 0);
  const events = missing.map(({ itemId, lotId, stockStatus, open }) => ({
    type,
    itemId,
    quantity: open,
    fromLocationId: transfer.transitLocationId as string,
    status: stockStatus,
    reasonCode,
    source: { type: sources.closing, id: transferId },
    ...(note === undefined ? {} : { note }),
    ...(lotId === null ? {} : { lotId }),
  }));
  await post(tx, context, events);
  await tx.run(sql`UPDATE transfer_line SET written_off_quantity = quantity - received_quantity WHERE transfer_id = ${transferId}`);
  await tx.run(
    sql`UPDATE transfer SET status = 'CLOSED', ended_at = now(), version = version + 1, updated_at = now() WHERE id = ${transferId}`,
  );
  await audit(tx, context, "transfer.closed", transferId, {
    heardAt: bothEnds(transfer),
    before: { status: transfer.status },
    after: { status: "CLOSED", type, reasonCode, note, writtenOff: missing.map(({ sku, open }) => ({ sku, quantity: open })) },
  });
  return await getTransfer(tx, context, transferId);
}
