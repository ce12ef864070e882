import { sql } from "kysely";
import type { ReverseTransfer, Transfer } from "#contract/transfers.ts";
import { audit } from "#features/audit/audit.ts";
import { reverseDocument } from "#features/ledger/reverse.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { countReceived } from "./received.ts";
import { acrossSites, bothEnds, requireEnd, sources } from "./rules.ts";
import { getTransfer, lockTransfer } from "./transfer-queries.ts";

/**
 * Undoes a receipt as a whole: what it brought is on its way again. Throws `404`, `409 INVALID_STATE` once the rest was written off,
 * `403 OTHER_SITE` to the sending end, `409 ALREADY_REVERSED`, and `409 REVERSAL_BLOCKED` with the later events that used the stock.
 */
export async function reverseReceipt(
  tx: Tx,
  context: Context,
  { id: transferId, receiptId }: { id: string; receiptId: string },
  reason: ReverseTransfer,
): Promise<Transfer> {
  const transfer = await lockTransfer(tx, context, transferId);
  const receipt = await tx.first(sql<{ reversed: boolean }>`
    SELECT reversed_at IS NOT NULL AS reversed FROM transfer_receipt WHERE id = ${receiptId} AND transfer_id = ${transferId}`);
  if (!receipt) throw new NotFoundError();
  requireStatus(transfer, ["SENT", "PARTIALLY_RECEIVED", "RECEIVED"], "changed");
  requireEnd(context, transfer.toSiteId, "undo what it received");
  if (receipt.reversed) throw new ConflictError("ALREADY_REVERSED", `This receipt of ${transfer.number} is reversed already`);
  await reverseDocument(tx, acrossSites(context, transfer), { type: sources.receipt, id: receiptId }, reason);
  await tx.run(sql`UPDATE transfer_receipt SET reversed_by = ${context.userId}, reversed_at = now() WHERE id = ${receiptId}`);
  await countReceived(tx, { transferId, receiptId, sign: -1 });
  const after = await getTransfer(tx, context, transferId);
  await audit(tx, context, "transfer.receipt-reversed", transferId, {
    heardAt: bothEnds(transfer),
    before: { status: transfer.status },
    after: { status: after.status, receiptId, ...reason },
  });
  return after;
}
