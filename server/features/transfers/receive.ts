import type { FieldError } from "#contract/errors.ts";
import type { ReceiveTransfer, Transfer } from "#contract/transfers.ts";
import { audit } from "#features/audit/audit.ts";
import { post } from "#features/ledger/post.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { countReceived } from "./received.ts";
import { acrossSites, bothEnds, requireEnd, sources } from "./rules.ts";
import { getTransfer, lockTransfer, type OpenLine, readLines } from "./transfer-queries.ts";

type ReceivedLine = ReceiveTransfer["lines"][number];
interface PlannedLine {
  asked: ReceivedLine;
  line: OpenLine;
}

const writeReceipt = `
  WITH receipt AS (INSERT INTO transfer_receipt (id, transfer_id, note, user_id) VALUES ($2, $3, $4, $5))
  INSERT INTO transfer_receipt_line (transfer_id, receipt_id, line_number, transfer_line_id, stock_status, to_location_id, quantity)
  SELECT $3, $2, r.line_number, r.line_id, r.stock_status, r.location_id, r.quantity
  FROM jsonb_to_recordset($1::jsonb) AS r(line_number int, line_id uuid, stock_status text, location_id uuid, quantity numeric)`;

/**
 * Takes what arrived from the sender's TRANSIT location into places of the receiving site; what is missing stays there. In as many
 * statements however many lines. Throws `404` by line, `409 INVALID_STATE`, `403 OTHER_SITE` to the sending end, `409 OVER_RECEIPT`,
 * and what the ledger throws.
 */
export async function receiveTransfer(tx: Tx, context: Context, transferId: string, { lines, note }: ReceiveTransfer): Promise<Transfer> {
  const transfer = await lockTransfer(tx, context, transferId);
  requireStatus(transfer, ["SENT", "PARTIALLY_RECEIVED"], "received");
  requireEnd(context, transfer.toSiteId, "receive this");
  const planned = await planReceipt(tx, transfer, lines);
  const [made] = await tx.sql<{ id: string }>("SELECT new_id() AS id", []);
  const receiptId = made?.id ?? "";
  const events = planned.map(({ asked, line }) => ({
    type: "MOVE" as const,
    itemId: line.itemId,
    quantity: asked.quantity,
    fromLocationId: transfer.transitLocationId as string,
    toLocationId: asked.locationId,
    status: asked.stockStatus ?? line.stockStatus,
    source: { type: sources.receipt, id: receiptId },
    ...(line.lotId === null ? {} : { lotId: line.lotId }),
  }));
  await post(
    tx,
    acrossSites(context, transfer),
    events,
    (line, field) => `lines.${line}.${field === "toLocationId" ? "locationId" : field}`,
  );
  const rows = planned.map(({ asked, line }, index) => ({
    line_number: index + 1,
    line_id: line.id,
    stock_status: asked.stockStatus ?? line.stockStatus,
    location_id: asked.locationId,
    quantity: asked.quantity,
  }));
  await tx.sql(writeReceipt, [JSON.stringify(rows), receiptId, transferId, note || null, context.userId]);
  await countReceived(tx, { transferId, receiptId, sign: 1 });
  const after = await getTransfer(tx, context, transferId);
  await audit(tx, context, "transfer.received", transferId, {
    heardAt: bothEnds(transfer),
    before: { status: transfer.status },
    after: { status: after.status, receipt: after.receipts.find(({ id }) => id === receiptId) },
  });
  return after;
}

/** Finds the lines and the places of the receiving site, and holds what arrived against what is on its way. */
async function planReceipt(
  tx: Tx,
  { id, toSiteId }: { id: string; toSiteId: string },
  asked: readonly ReceivedLine[],
): Promise<PlannedLine[]> {
  const byId = new Map((await readLines(tx, id)).map((line) => [line.id, line]));
  const places = await tx.sql<{ id: string }>("SELECT id FROM location WHERE id = ANY ($1::uuid[]) AND site_id = $2", [
    asked.map(({ locationId }) => locationId),
    toSiteId,
  ]);
  const known = new Set(places.map((place) => place.id));
  const missing = asked.flatMap(({ lineId, locationId }, line): FieldError[] => [
    ...(byId.has(lineId) ? [] : [{ path: `lines.${line}.lineId`, message: "Not found in this transfer" }]),
    ...(known.has(locationId) ? [] : [{ path: `lines.${line}.locationId`, message: "Not found in the receiving site" }]),
  ]);
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
  for (const [lineId, parts] of Map.groupBy(asked, (part) => part.lineId)) requireNoMore(byId.get(lineId) as OpenLine, parts);
  return asked.map((part) => ({ asked: part, line: byId.get(part.lineId) as OpenLine }));
}

function requireNoMore({ id, sku, quantity, received, open }: OpenLine, parts: readonly ReceivedLine[]): void {
  // In ten-thousandths, which add up exactly.
  const arrived = parts.reduce((sum, part) => sum + Math.round(part.quantity * 10_000), 0) / 10_000;
  if (arrived > open)
    throw new ConflictError("OVER_RECEIPT", `${sku}: ${arrived} would be received, ${open} of ${quantity} are on their way`, {
      lineId: id,
      sent: quantity,
      received,
      inTransit: open,
      asked: arrived,
    });
}
