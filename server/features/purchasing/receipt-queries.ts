import { sql } from "kysely";
import type { ListOf } from "#contract/list.ts";
import type { Receipt, ReceiptQuery, ReceiptSummary } from "#contract/receipts.ts";
import { eventsOfDocuments } from "#features/ledger/events.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { inOwnSites } from "#platform/http/site-access.ts";

const head = sql`${columnsOf("r", [...recordFieldNames, "number", "purchaseOrderId", "note", "userId", "reversedAt", "reversedBy"])},
  o.number AS "purchaseOrderNumber", o.site_id AS "siteId", s.name AS "supplierName", coalesce(m.name, '') AS "userName"`;

const joins = sql`
  JOIN purchase_order o ON o.id = r.purchase_order_id
  JOIN supplier s ON s.id = o.supplier_id
  LEFT JOIN membership m ON m.user_id = r.user_id`;

const id: SortColumn = { sql: sql.ref("r.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  number: { sql: sql.ref("r.number"), type: "text", unique: true },
  createdAt: { sql: sql.ref("r.created_at"), type: "timestamptz" },
};

/** Receipts of orders of the caller's sites, the newest first. */
export function listReceipts(tx: Tx, context: Context, query: ReceiptQuery, secrets: readonly string[]): Promise<ListOf<ReceiptSummary>> {
  const plan = planList(query, { list: "receipts", columns: sortable, byDefault: "-number", tieBreaker: id, secrets });
  const ofSites = sql`EXISTS (SELECT FROM purchase_order p WHERE p.id = r.purchase_order_id AND ${inOwnSites(context, "p.site_id")})`;
  const where = [
    ...(context.siteIds === "all" ? [] : [ofSites]),
    ...(query.purchaseOrderId ? [sql`r.purchase_order_id = ${query.purchaseOrderId}`] : []),
    ...(query.siteId ? [sql`r.purchase_order_id IN (SELECT p.id FROM purchase_order p WHERE p.site_id = ${query.siteId})`] : []),
  ];
  return readList<ReceiptSummary>(tx, query, plan, {
    from: sql`receipt r`,
    alias: "r",
    where,
    columns: sql`${head}, (SELECT count(*) FROM receipt_line l WHERE l.receipt_id = r.id) AS "lineCount"`,
    joins,
  });
}

/** One receipt with its lines and the events it wrote. Throws `404` for one of a site without access. */
export async function getReceipt(tx: Tx, context: Context, receiptId: string): Promise<Receipt> {
  const header = tx.first(sql<Omit<Receipt, "events">>`
    SELECT ${head}, (
      SELECT json_agg(json_build_object('lineNumber', l.line_number, 'lineId', l.purchase_order_line_id, 'itemId', p.item_id, 'sku', i.sku, 'uom', p.uom,
               'quantity', l.quantity, 'rejectedQuantity', l.rejected_quantity, 'locationId', l.location_id, 'locationCode', c.code,
               'rejectedLocationId', l.rejected_location_id, 'lotId', l.lot_id, 'lotCode', t.code) ORDER BY l.line_number)
      FROM receipt_line l
      JOIN purchase_order_line p ON p.id = l.purchase_order_line_id
      JOIN item i ON i.id = p.item_id
      JOIN location c ON c.id = l.location_id
      LEFT JOIN lot t ON t.id = l.lot_id
      WHERE l.receipt_id = r.id) AS lines
    FROM receipt r ${joins} WHERE r.id = ${receiptId} AND ${inOwnSites(context, "o.site_id")}`);
  const [receipt, events] = await Promise.all([header, eventsOfDocuments(tx, context, [{ type: "RECEIPT", id: receiptId }])]);
  if (!receipt) throw new NotFoundError();
  return { ...receipt, events };
}
