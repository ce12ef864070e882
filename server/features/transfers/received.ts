import { sql } from "kysely";
import type { Tx } from "#platform/database/transaction.ts";

const addToLines = `
  UPDATE transfer_line l SET received_quantity = l.received_quantity + $3::int * r.quantity
  FROM (SELECT transfer_line_id, sum(quantity) AS quantity FROM transfer_receipt_line WHERE receipt_id = $2 GROUP BY transfer_line_id) r
  WHERE l.id = r.transfer_line_id AND l.transfer_id = $1`;

/** Counts a receipt on the transfer's lines, or takes it off them, and moves the transfer on to the status that follows. */
export async function countReceived(
  tx: Tx,
  { transferId, receiptId, sign }: { transferId: string; receiptId: string; sign: 1 | -1 },
): Promise<void> {
  await tx.sql(addToLines, [transferId, receiptId, sign]);
  await tx.run(sql`
    UPDATE transfer d
    SET status = s.status, ended_at = CASE WHEN s.status = 'RECEIVED' THEN now() END, version = version + 1, updated_at = now()
    FROM (SELECT CASE WHEN bool_and(received_quantity = quantity) THEN 'RECEIVED' WHEN bool_or(received_quantity > 0) THEN 'PARTIALLY_RECEIVED' ELSE 'SENT' END AS status
          FROM transfer_line WHERE transfer_id = ${transferId}) s
    WHERE d.id = ${transferId}`);
}
