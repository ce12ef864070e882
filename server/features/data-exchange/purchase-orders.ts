import { linesMax, purchaseOrderStatuses } from "#contract/purchase-orders.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { ownSiteIds } from "#platform/http/site-access.ts";
import { addBadRows } from "./bad-rows.ts";
import { amount, amountAboveZero, code, day, longText, oneOf, unitCode, wholeNumber } from "./cells.ts";
import type { Kind, Present } from "./kind.ts";
import { checkSites } from "./location-checks.ts";
import type { Written } from "./records.ts";

/** One row a line; rows with the same number are one order. What had arrived comes along as a figure: stock comes by opening balances. */
export const purchaseOrders: Kind = {
  kind: "purchase-orders",
  key: ["number", "line_number"],
  duplicatesCollapse: true,
  ofDocuments: true,
  columns: [
    { name: "number", cell: code, required: true },
    { name: "line_number", cell: wholeNumber(2_147_483_647), required: true },
    { name: "supplier", cell: code, required: true },
    { name: "site", cell: code, required: true },
    { name: "sku", cell: code, required: true },
    { name: "quantity", cell: amountAboveZero, required: true },
    { name: "uom", cell: unitCode },
    { name: "unit_price", cell: amount, required: true },
    { name: "due_date", cell: day },
    { name: "ordered_on", cell: day },
    { name: "status", cell: oneOf(purchaseOrderStatuses) },
    { name: "received_quantity", cell: amount },
    { name: "rejected_quantity", cell: amount },
    { name: "note", cell: longText },
  ],
};

/** Every row with what it names, looked up; lines are numbered anew, in the order of the file's own numbers. */
async function resolveRows(tx: Tx, context: Context, present: Present): Promise<void> {
  const given = (column: string, type: string, otherwise = "NULL") =>
    present.has(column) ? `coalesce(r.${column}, ${otherwise}::${type})` : `${otherwise}::${type}`;
  await tx.sql(
    `CREATE TEMPORARY TABLE import_order ON COMMIT DROP AS
     SELECT r.line, r.number, r.supplier, r.site, r.sku, r.quantity, ${given("uom", "text", "i.base_uom")} AS uom, r.unit_price, ${given("due_date", "date")} AS due_date,
       ${given("ordered_on", "date")} AS ordered_on, ${given("status", "text", "'APPROVED'")} AS status, ${given("received_quantity", "numeric", "0")} AS received,
       ${given("rejected_quantity", "numeric", "0")} AS rejected, ${given("note", "text")} AS note, s.id AS supplier_id, w.id AS site_id, i.id AS item_id, u.whole, i.base_uom,
       CASE WHEN ${given("uom", "text", "i.base_uom")} = i.base_uom THEN 1 ELSE f.factor END AS factor, o.id AS order_id,
       row_number() OVER (PARTITION BY r.number ORDER BY r.line_number) AS line_number, count(*) OVER (PARTITION BY r.number) AS lines
     FROM import_row r
     LEFT JOIN supplier s ON s.code = r.supplier
     LEFT JOIN site w ON w.code = r.site AND ($1::uuid[] IS NULL OR w.id = ANY ($1::uuid[]))
     LEFT JOIN item i ON i.sku = r.sku
     LEFT JOIN unit u ON u.code = i.base_uom
     LEFT JOIN item_unit f ON f.item_id = i.id AND f.uom = ${given("uom", "text", "i.base_uom")}
     LEFT JOIN purchase_order o ON o.number = r.number`,
    [ownSiteIds(context)],
  );
  await tx.sql("ANALYZE import_order", []);
}

// An order that is there is left as it is, or the file says something else of it.
const same = `
  EXISTS (SELECT FROM purchase_order_line x WHERE x.purchase_order_id = b.order_id AND x.line_number = b.line_number
          AND (x.item_id, x.quantity, x.uom, x.unit_price) = (b.item_id, b.quantity, b.uom, b.unit_price))
  AND (SELECT count(*) FROM purchase_order_line x WHERE x.purchase_order_id = b.order_id) = b.lines
  AND EXISTS (SELECT FROM purchase_order o WHERE o.id = b.order_id AND o.supplier_id = b.supplier_id AND o.site_id = b.site_id)`;

const rowFaults = `
  ('number', CASE WHEN b.order_id IS NULL AND b.number ~ '^PO-[0-9]{6,}$' THEN 'Numbers like this one are given here: put something before it, such as OLD-' || b.number
                  WHEN b.order_id IS NOT NULL AND NOT (${same}) THEN 'Order ' || b.number || ' is there with other lines: change it there'
                  WHEN b.lines > ${linesMax} THEN 'An order has at most ${linesMax} lines' END, b.number),
  ('supplier', CASE WHEN b.supplier_id IS NULL THEN 'There is no supplier ' || b.supplier END, b.supplier),
  ('sku', CASE WHEN b.item_id IS NULL THEN 'There is no item ' || b.sku END, b.sku),
  ('uom', CASE WHEN b.item_id IS NOT NULL AND b.factor IS NULL THEN b.sku || ' has no unit ' || b.uom END, b.uom),
  ('quantity', CASE WHEN b.whole AND b.quantity * b.factor <> trunc(b.quantity * b.factor) THEN b.base_uom || ' is counted in whole units' END, trim_scale(b.quantity)::text),
  ('received_quantity', CASE WHEN b.received > 0 AND b.status IN ('DRAFT', 'SUBMITTED', 'CANCELLED') THEN 'Nothing can have come for an order that is ' || b.status END, trim_scale(b.received)::text),
  ('rejected_quantity', CASE WHEN b.rejected > b.received THEN 'Must not be more than received_quantity, which is all that arrived' END, trim_scale(b.rejected)::text)`;

/** The rules that an order made by hand keeps; but what is no longer bought or used may have been ordered once. */
export async function checkOrders(tx: Tx, context: Context, present: Present): Promise<void> {
  await checkSites(tx, context);
  await tx.sql(
    "SELECT count(*) AS count FROM (SELECT FROM item WHERE sku IN (SELECT sku FROM import_row) ORDER BY id FOR KEY SHARE) held",
    [],
  );
  await resolveRows(tx, context, present);
  await addBadRows(
    tx,
    `SELECT b.line, f."column", f.reason, f.value FROM import_order b CROSS JOIN LATERAL (VALUES ${rowFaults}) f ("column", reason, value) WHERE f.reason IS NOT NULL`,
  );
  await addBadRows(
    tx,
    `SELECT line, 'number', 'Order ' || number || ' has another supplier, site, day, status or note in another line', number
     FROM (SELECT line, number, ROW(supplier, site, ordered_on, status, note)::text AS said, min(ROW(supplier, site, ordered_on, status, note)::text) OVER (PARTITION BY number) AS least
           FROM import_order) d WHERE said <> least`,
  );
}

/** How far an open order has come is what its lines say. */
const writeSql = `
  WITH head AS (
    SELECT number, min(line) AS line, min(status) AS given, bool_and(received >= quantity) AS complete, bool_or(received > 0) AS begun, min(note) AS note,
           (array_agg(supplier_id))[1] AS supplier_id, (array_agg(site_id))[1] AS site_id, coalesce(min(ordered_on)::timestamp AT TIME ZONE $2, now()) AS at
    FROM import_order WHERE order_id IS NULL GROUP BY number
  ),
  stated AS (
    SELECT *, CASE WHEN given IN ('DRAFT', 'SUBMITTED', 'CLOSED', 'CANCELLED') THEN given WHEN complete THEN 'RECEIVED' WHEN begun THEN 'PARTIALLY_RECEIVED'
                   WHEN given = 'APPROVED' THEN 'APPROVED' ELSE 'SENT' END AS status FROM head
  ),
  made AS (
    INSERT INTO purchase_order (number, status, supplier_id, site_id, note, created_by, submitted_by, submitted_at, approved_by, approved_at, sent_at, closed_at, created_at)
    SELECT number, status, supplier_id, site_id, note, $1::uuid,
           CASE WHEN status <> 'DRAFT' THEN $1::uuid END, CASE WHEN status <> 'DRAFT' THEN at END,
           CASE WHEN status NOT IN ('DRAFT', 'SUBMITTED', 'CANCELLED') THEN $1::uuid END, CASE WHEN status NOT IN ('DRAFT', 'SUBMITTED', 'CANCELLED') THEN at END,
           CASE WHEN status IN ('SENT', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED') THEN at END, CASE WHEN status IN ('CLOSED', 'CANCELLED') THEN now() END, at
    FROM stated ORDER BY line
    RETURNING id, number
  ),
  lines AS (
    INSERT INTO purchase_order_line (purchase_order_id, line_number, item_id, uom, quantity, unit_price, due_date, received_quantity, rejected_quantity,
                                     imported_received_quantity, imported_rejected_quantity)
    SELECT m.id, b.line_number, b.item_id, b.uom, b.quantity, b.unit_price, b.due_date, b.received, b.rejected, b.received, b.rejected
    FROM import_order b JOIN made m ON m.number = b.number
    RETURNING 1
  )
  SELECT count(*) AS count FROM lines`;

/** Makes the orders that are missing, as if whoever imports had made and approved them. */
export async function writeOrders(tx: Tx, context: Context): Promise<Written> {
  const [made] = await tx.sql<{ count: number }>(writeSql, [context.userId, context.timeZone]);
  return { created: made?.count ?? 0, changed: 0 };
}
