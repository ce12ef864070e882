import { sql } from "kysely";
import type { Receipt, ReverseReceipt } from "#contract/receipts.ts";
import { audit } from "#features/audit/audit.ts";
import { reverseDocument } from "#features/ledger/reverse.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { lockOrder } from "./order-lock.ts";
import { getReceipt } from "./receipt-queries.ts";
import { countReceived } from "./received.ts";

/**
 * Undoes a receipt as a whole: all its events, and what it counted on the order. Throws `404`, `409 ALREADY_REVERSED`, and
 * `409 REVERSAL_BLOCKED` with the later events that used the stock.
 */
export async function reverseReceipt(tx: Tx, context: Context, receiptId: string, reason: ReverseReceipt): Promise<Receipt> {
  const { purchaseOrderId, number } = await getReceipt(tx, context, receiptId);
  await lockOrder(tx, context, purchaseOrderId);
  const open = await tx.run(sql`
    UPDATE receipt SET reversed_by = ${context.userId}, reversed_at = now(), version = version + 1, updated_at = now()
    WHERE id = ${receiptId} AND reversed_at IS NULL`);
  if (open === 0) throw new ConflictError("ALREADY_REVERSED", `${number} is reversed already`);
  await reverseDocument(tx, context, { type: "RECEIPT", id: receiptId }, reason);
  await countReceived(tx, purchaseOrderId, receiptId, -1);
  const receipt = await getReceipt(tx, context, receiptId);
  await audit(tx, context, "receipt.reversed", receiptId, { after: { number, ...reason }, heardAt: [receipt.siteId] });
  return receipt;
}
