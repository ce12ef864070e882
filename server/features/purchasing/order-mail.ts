import { sql } from "kysely";
import { z } from "zod";
import type { PurchaseOrder } from "#contract/purchase-orders.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Tasks } from "#platform/jobs.ts";
import type { MailMessage } from "#platform/mail.ts";
import { renderPdf } from "#platform/pdf.ts";
import type { Services } from "#platform/services.ts";
import { getPurchaseOrder } from "./order-queries.ts";

const Job = z.object({ tenantId: z.uuid(), orderId: z.uuid(), userId: z.uuid() });

/** Whom the mail is between. */
interface Parties {
  tenantName: string;
  currency: string;
  supplierEmail: string | null;
  senderName: string;
  senderEmail: string;
  siteName: string;
  siteAddress: string | null;
}

/** What the worker does for purchasing. The order is read when it is sent: nothing in a job goes stale. */
export const createPurchasingTasks = ({ database, mail }: Pick<Services, "database" | "mail">): Tasks => ({
  "send-purchase-order": async (payload, signal) => {
    const { tenantId, orderId, userId } = Job.parse(payload);
    const read = async (tx: Tx) => ({
      // The worker acts for the company: whose sites the sender may see was asked when they sent it.
      order: await getPurchaseOrder(tx, { siteIds: "all" }, orderId),
      parties: await readParties(tx, orderId, userId),
    });
    const { order, parties } = await database.withTenant(tenantId, read, { readOnly: true });
    // Cancelled meanwhile, or the supplier's address taken away: there is nobody to send it to.
    if (!parties?.supplierEmail || order.status === "CANCELLED") return;
    await mail.send(await orderMail(order, { ...parties, supplierEmail: parties.supplierEmail }), signal);
  },
});

const readParties = (tx: Tx, orderId: string, userId: string): Promise<Parties | undefined> =>
  tx.first(sql<Parties>`
    SELECT t.name AS "tenantName", t.currency, s.email AS "supplierEmail", m.name AS "senderName", u.email AS "senderEmail",
           w.name AS "siteName", w.address AS "siteAddress"
    FROM purchase_order o
    JOIN tenant t ON t.id = o.tenant_id
    JOIN supplier s ON s.id = o.supplier_id
    JOIN site w ON w.id = o.site_id
    JOIN membership m ON m.user_id = ${userId}
    JOIN app_user u ON u.id = m.user_id
    WHERE o.id = ${orderId}`);

async function orderMail(order: PurchaseOrder, parties: Parties & { supplierEmail: string }): Promise<MailMessage> {
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

/** Amounts with a point, at least two decimals for money: plain enough for every reader. */
const money = (amount: number) => amount.toFixed(4).replace(/(\.\d\d\d*?)0+$/, "$1");

export const orderPdf = (order: PurchaseOrder, { tenantName, currency, siteName, siteAddress, senderName }: Parties): Promise<Buffer> =>
  renderPdf({
    title: `Purchase order ${order.number}`,
    facts: [
      ["From", tenantName],
      ["To", `${order.supplierName} (${order.supplierCode})`],
      ["Date", (order.approvedAt ?? order.createdAt).slice(0, 10)],
      ["Deliver to", [siteName, siteAddress].filter(Boolean).join(", ")],
      ["Contact", senderName],
      ...(order.note ? [["Note", order.note] as const] : []),
    ],
    columns: [
      { title: "#", width: 2.5 },
      { title: "Item", width: 6 },
      { title: "Description", width: 10 },
      { title: "Due", width: 5 },
      { title: "Quantity", width: 5, align: "right" },
      { title: "Unit", width: 3 },
      { title: `Price (${currency})`, width: 5, align: "right" },
      { title: "Amount", width: 5, align: "right" },
    ],
    rows: order.lines.map(({ lineNumber, sku, itemName, dueDate, quantity, uom, unitPrice, amount }) => [
      String(lineNumber),
      sku,
      itemName,
      dueDate ?? "",
      String(quantity),
      uom,
      money(unitPrice),
      money(amount),
    ]),
    closing: [`Total ${money(order.total)} ${currency}`],
  });
