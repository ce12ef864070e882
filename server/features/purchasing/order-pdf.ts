import { sql } from "kysely";
import type { PurchaseOrder } from "#contract/purchase-orders.ts";
import type { Database } from "#platform/database/database.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { renderPdf } from "#platform/pdf.ts";
import { getPurchaseOrder } from "./order-queries.ts";

/** Whom an order is between, and who answers for it: who sends it, or takes the document. */
export interface OrderParties {
  tenantName: string;
  currency: string;
  supplierEmail: string | null;
  senderName: string;
  senderEmail: string;
  siteName: string;
  siteAddress: string | null;
}

/** What stands in the document of an order; without parties when the sender is no member any more. Throws `404` as the order itself. */
export async function readOrderPapers(
  tx: Tx,
  caller: Pick<Context, "siteIds" | "userId">,
  orderId: string,
): Promise<{ order: PurchaseOrder; parties: OrderParties | undefined }> {
  return { order: await getPurchaseOrder(tx, caller, orderId), parties: await readParties(tx, orderId, caller.userId) };
}

const readParties = (tx: Tx, orderId: string, userId: string): Promise<OrderParties | undefined> =>
  tx.first(sql<OrderParties>`
    SELECT t.name AS "tenantName", t.currency, s.email AS "supplierEmail", m.name AS "senderName", u.email AS "senderEmail",
           w.name AS "siteName", w.address AS "siteAddress"
    FROM purchase_order o
    JOIN tenant t ON t.id = o.tenant_id
    JOIN supplier s ON s.id = o.supplier_id
    JOIN site w ON w.id = o.site_id
    JOIN membership m ON m.user_id = ${userId}
    JOIN app_user u ON u.id = m.user_id
    WHERE o.id = ${orderId}`);

/** The document to be kept. It is drawn once the transaction is over, so that nobody waits for its connection. Throws `404`. */
export async function downloadOrder(database: Database, context: Context, orderId: string): Promise<File> {
  const read = (tx: Tx) => readOrderPapers(tx, context, orderId);
  const { order, parties } = await database.withTenant(context.tenantId, read, { readOnly: true, label: "purchase order as PDF" });
  if (!parties) throw new NotFoundError();
  const drawn = await orderPdf(order, parties);
  const name = [order.number, warningOf(order)?.mark].filter(Boolean).join("-");
  return new File([new Uint8Array(drawn)], `${name}.pdf`, { type: "application/pdf" });
}

/** Amounts with a point, at least two decimals for money: plain enough for every reader. */
const money = (amount: number) => amount.toFixed(4).replace(/(\.\d\d\d*?)0+$/, "$1");

/** What an order says of itself that must not be delivered; undefined of one that is approved. */
function warningOf({ status }: PurchaseOrder): { mark: string; words: string } | undefined {
  if (status === "CANCELLED") return { mark: "CANCELLED", words: "CANCELLED: nothing of this is to be delivered" };
  if (status === "DRAFT" || status === "SUBMITTED") return { mark: "DRAFT", words: "DRAFT: not approved, and no order yet" };
  return undefined;
}

/** The document that a supplier gets; of an order that is none yet, or none any more, with a mark across every page. */
export const orderPdf = (order: PurchaseOrder, parties: OrderParties): Promise<Buffer> => {
  const { tenantName, currency, siteName, siteAddress, senderName } = parties;
  const warning = warningOf(order);
  return renderPdf({
    title: `Purchase order ${order.number}`,
    ...(warning ? { mark: warning.mark } : {}),
    facts: [
      ...(warning ? [["Status", warning.words] as const] : []),
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
};
