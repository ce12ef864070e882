import type { Tx } from "#platform/database/transaction.ts";
import { addBadRows } from "./bad-rows.ts";
import { amount, amountAboveZero, code, unitCode, wholeNumber } from "./cells.ts";
import { type Present, type RecordKind, stored } from "./kind.ts";
import { assignmentOf, type RecordPlan } from "./records.ts";

export const supplierItems: RecordKind = {
  kind: "supplier-items",
  table: "supplier_item",
  entity: "supplier-item",
  key: ["supplier", "sku"],
  duplicatesCollapse: true,
  columns: [
    { name: "supplier", cell: code, required: true },
    { name: "sku", cell: code, required: true },
    { name: "supplier_sku", cell: code },
    { name: "uom", cell: unitCode, whenEmpty: "r.base_uom" },
    { name: "unit_price", cell: amount },
    { name: "lead_time_days", cell: wholeNumber(3_650) },
    { name: "minimum_quantity", cell: amountAboveZero },
    { name: "maximum_quantity", cell: amountAboveZero },
  ],
};

/** The rules that a change by hand keeps, too. Makes `import_offer`: each row with its supplier and item. */
export async function checkSupplierItems(tx: Tx, present: Present): Promise<void> {
  await tx.sql(
    "SELECT count(*) AS count FROM (SELECT FROM item WHERE sku IN (SELECT sku FROM import_row) ORDER BY id FOR KEY SHARE) held",
    [],
  );
  const given = (column: string, type: string) => (present.has(column) ? `r.${column}` : `NULL::${type}`);
  const bounds = (side: string) => (present.has(`${side}_quantity`) ? `r.${side}_quantity` : `o.${side}_quantity`);
  await tx.sql(
    `CREATE TEMPORARY TABLE import_offer ON COMMIT DROP AS
     SELECT r.*, s.id AS supplier_id, i.id AS item_id, i.base_uom, ${given("uom", "text")} AS given_uom, ${bounds("minimum")} AS least, ${bounds("maximum")} AS most
     FROM import_row r LEFT JOIN supplier s ON s.code = r.supplier LEFT JOIN item i ON i.sku = r.sku
     LEFT JOIN supplier_item o ON o.supplier_id = s.id AND o.item_id = i.id`,
    [],
  );
  await tx.sql("ANALYZE import_offer", []);
  await addBadRows(
    tx,
    `SELECT r.line, f."column", f.reason, f.value FROM import_offer r CROSS JOIN LATERAL (VALUES
       ('supplier', CASE WHEN r.supplier_id IS NULL THEN 'There is no supplier ' || r.supplier END, r.supplier),
       ('sku', CASE WHEN r.item_id IS NULL THEN 'There is no item ' || r.sku END, r.sku),
       ('uom', CASE WHEN r.given_uom <> r.base_uom AND NOT EXISTS (SELECT FROM item_unit u WHERE u.item_id = r.item_id AND u.uom = r.given_uom)
                    THEN r.sku || ' has no unit ' || r.given_uom END, r.given_uom),
       ('maximum_quantity', CASE WHEN r.most < r.least THEN 'Must not be less than the minimum of ' || trim_scale(r.least) END, r.most::text)
     ) f ("column", reason, value) WHERE f.reason IS NOT NULL`,
  );
}

export function supplierItemPlan(present: Present): RecordPlan {
  const unit = { column: "uom", value: "r.base_uom" };
  return {
    kind: supplierItems,
    from: "(SELECT o.* FROM import_offer o JOIN import_row USING (line)) r",
    match: "t.supplier_id = r.supplier_id AND t.item_id = r.item_id",
    assignments: stored(supplierItems, present).map(assignmentOf),
    onInsertOnly: [
      { column: "supplier_id", value: "r.supplier_id" },
      { column: "item_id", value: "r.item_id" },
      ...(present.has("uom") ? [] : [unit]),
    ],
  };
}
