import { z } from "zod";
import type { PurchaseOrder } from "#contract/purchase-orders.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Tasks } from "#platform/jobs.ts";
import type { MailMessage } from "#platform/mail.ts";
import type { Services } from "#platform/services.ts";
import { type OrderParties, orderPdf, readOrderPapers } from "./order-pdf.ts";

const Job = z.object({ tenantId: z.uuid(), orderId: z.uuid(), userId: z.uuid() });

/** What the worker does for purchasing. The order is read when it is sent: nothing in a job goes stale. */
export const createPurchasingTasks = ({ database, mail }: Pick<Services, "database" | "mail">): Tasks => ({
  "send-purchase-order": async (payload, signal) => {
    const { tenantId, orderId, userId } = Job.parse(payload);
    // The worker acts for the company: whose sites the sender may see was asked when they sent it.
    const read = (tx: Tx) => readOrderPapers(tx, { siteIds: "all", userId }, orderId);
    const { order, parties } = await database.withTenant(tenantId, read, { readOnly: true });
    // Cancelled meanwhile, or the supplier's address taken away: there is nobody to send it to.
    if (!parties?.supplierEmail || order.status === "CANCELLED") return;
    await mail.send(await orderMail(order, { ...parties, supplierEmail: parties.supplierEmail }), signal);
  },
});

async function orderMail(order: PurchaseOrder, parties: OrderParties & { supplierEmail: string }): Promise<MailMessage> {
  const { tenantName, senderName, senderEmail } = parties;
  return {
    to: { name: order.supplierName, address: parties.supplierEmail },
    replyTo: { name: senderName, address: senderEmail },
    subject: `Purchase order ${order.number} of ${tenantName}`,
    text: [
      `Dear ${order.supplierName},`,
      `please find our purchase order ${order.number} attached.`,
      `Please answer to ${senderName} (${senderEmail}) if anything in it cannot be delivered as ordered.`,
      tenantName,
    ].join("\n\n"),
    attachments: [{ name: `${order.number}.pdf`, type: "application/pdf", content: await orderPdf(order, parties) }],
  };
}
