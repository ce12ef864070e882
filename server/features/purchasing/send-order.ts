import type { PurchaseOrder, SendOrder } from "#contract/purchase-orders.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import type { Mail } from "#platform/mail.ts";
import { sql } from "kysely";
import { takeStep } from "./order-steps.ts";

/**
 * Marks an order as sent. By mail, the mail is a job of the same transaction: it leaves once this is committed, and is tried for a day.
 * Throws what `takeStep` throws, `409 NO_EMAIL` for a supplier without an address, and `409 MAIL_NOT_SET_UP`.
 */
export async function sendOrder(
  tx: Tx,
  context: Context,
  mail: Pick<Mail, "delivery">,
  orderId: string,
  { byMail, ...step }: SendOrder,
): Promise<PurchaseOrder> {
  const order = await takeStep(tx, context, "send", orderId, step);
  if (!byMail) return order;
  if (mail.delivery === "NONE")
    throw new ConflictError("MAIL_NOT_SET_UP", "No mail is set up on this server: send the order otherwise, and say byMail: false");
  const supplier = await tx.first(sql<{ email: string | null }>`SELECT email FROM supplier WHERE id = ${order.supplierId}`);
  if (!supplier?.email)
    throw new ConflictError("NO_EMAIL", `${order.supplierCode} has no e-mail address: add one, or say byMail: false`, {
      supplierId: order.supplierId,
    });
  await tx.sql("SELECT add_job('send-purchase-order', $1)", [{ orderId, userId: context.userId }]);
  return order;
}
