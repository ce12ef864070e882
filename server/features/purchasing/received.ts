import { watchThing } from "#features/alerts/watch.ts";
import type { Tx } from "#platform/database/transaction.ts";

const countLines = `
  UPDATE purchase_order_line l
  SET received_quantity = l.received_quantity + $2 * r.quantity, rejected_quantity = l.rejected_quantity + $2 * r.rejected
  FROM (SELECT purchase_order_line_id AS id, sum(quantity) AS quantity, sum(rejected_quantity) AS rejected
        FROM receipt_line WHERE receipt_id = $1 GROUP BY purchase_order_line_id) r
  WHERE l.id = r.id`;

// An order that was closed stays so, whatever is undone.
const setStatus = `
  UPDATE purchase_order o
  SET status = CASE WHEN o.status = 'CLOSED' THEN o.status
                    WHEN l.complete THEN 'RECEIVED' WHEN l.begun THEN 'PARTIALLY_RECEIVED'
                    WHEN o.sent_at IS NOT NULL THEN 'SENT' ELSE 'APPROVED' END,
      version = o.version + 1, updated_at = now()
  FROM (SELECT bool_and(received_quantity >= quantity) AS complete, bool_or(received_quantity > 0) AS begun
        FROM purchase_order_line WHERE purchase_order_id = $1) l
  WHERE o.id = $1`;

/** Adds what a receipt brought to its order's lines, or takes it away again (`sign` -1), and says how far the order has come. */
export async function countReceived(tx: Tx, orderId: string, receiptId: string, sign: 1 | -1): Promise<void> {
  await tx.sql(countLines, [receiptId, sign]);
  await tx.sql(setStatus, [orderId]);
  watchThing(tx, orderId);
}
