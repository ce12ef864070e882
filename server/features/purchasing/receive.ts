import type { Receipt, Receive, ReceiveLine } from "#contract/receipts.ts";
import { audit } from "#features/audit/audit.ts";
import { post } from "#features/ledger/post.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { type LockedOrder, lockOrder } from "./order-lock.ts";
import { eventsOf, type PlannedLine, planReceipt, type ReceiptEvent } from "./receipt-plan.ts";
import { getReceipt } from "./receipt-queries.ts";
import { countReceived } from "./received.ts";

/**
 * Receives goods against an order: events, receipt, the order's lines and its status in one transaction, in as many statements
 * however many lines. Throws what `planReceipt` and the ledger throw, and `409 INVALID_STATE` unless the order is
 * APPROVED, SENT or PARTIALLY_RECEIVED.
 */
export async function receive(tx: Tx, context: Context, orderId: string, { lines, note }: Receive): Promise<Receipt> {
  const order = await lockOrder(tx, context, orderId);
  requireStatus(order, ["APPROVED", "SENT", "PARTIALLY_RECEIVED"], "received");
  const planned = await planReceipt(tx, order, lines);
  const [made] = await tx.sql<{ id: string }>("SELECT new_id() AS id", []);
  const receiptId = made?.id ?? "";
  const wanted = eventsOf(planned, lines, receiptId, note);
  const posted = await post(
    tx,
    context,
    wanted.map(({ request }) => request),
    (event, field) => fieldOf(wanted[event] as ReceiptEvent, field),
  );
  const lotOfLine = new Map(wanted.map(({ line }, index) => [line, posted.events[index]?.lotId ?? null]));
  await writeLines(tx, { receiptId, planned, lines, lotOfLine });
  await countReceived(tx, orderId, receiptId, 1);
  // The number comes last: until this is committed, nobody else gets one.
  const [, receipt] = await Promise.all([writeHead(tx, context, order, receiptId, note), getReceipt(tx, context, receiptId)]);
  await audit(tx, context, "receipt.created", receiptId, { after: { ...receipt, events: undefined }, heardAt: [order.siteId] });
  return receipt;
}

/** What the ledger says of an event's field, said of the request's. */
const fieldOf = ({ line, rejected }: ReceiptEvent, field: string) =>
  `lines.${line}.${field === "toLocationId" ? (rejected ? "rejectedLocationId" : "locationId") : field === "quantity" && rejected ? "rejectedQuantity" : field}`;

interface NewLines {
  receiptId: string;
  planned: readonly PlannedLine[];
  lines: readonly ReceiveLine[];
  lotOfLine: ReadonlyMap<number, string | null>;
}

async function writeLines(tx: Tx, { receiptId, planned, lines, lotOfLine }: NewLines): Promise<void> {
  const rows = planned.map(({ line, orderLineId, rejectedLocationId }) => ({
    line_number: line + 1,
    order_line_id: orderLineId,
    quantity: lines[line]?.quantity,
    rejected: lines[line]?.rejectedQuantity,
    location_id: lines[line]?.locationId,
    rejected_location_id: lines[line]?.rejectedQuantity ? rejectedLocationId : null,
    lot_id: lotOfLine.get(line),
  }));
  await tx.sql(
    `INSERT INTO receipt_line (receipt_id, line_number, purchase_order_line_id, quantity, rejected_quantity, location_id, rejected_location_id, lot_id)
     SELECT $2, r.line_number, r.order_line_id, r.quantity, r.rejected, r.location_id, r.rejected_location_id, r.lot_id
     FROM jsonb_to_recordset($1::jsonb) AS r(line_number int, order_line_id uuid, quantity numeric, rejected numeric, location_id uuid, rejected_location_id uuid, lot_id uuid)`,
    [JSON.stringify(rows), receiptId],
  );
}

const writeHead = (tx: Tx, { userId }: Context, order: LockedOrder, receiptId: string, note: string | undefined) =>
  tx.sql("INSERT INTO receipt (id, number, purchase_order_id, note, user_id) VALUES ($1, next_document_number('RC'), $2, $3, $4)", [
    receiptId,
    order.id,
    note || null,
    userId,
  ]);
