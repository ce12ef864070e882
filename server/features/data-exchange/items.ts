import { abcClasses, trackings } from "#contract/catalog.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { addBadRows } from "./bad-rows.ts";
import { amount, barcode, code, flag, longText, name, oneOf, unitCode, wholeNumber } from "./cells.ts";
import type { Present, RecordKind } from "./kind.ts";
import { type RecordPlan, straightPlan } from "./records.ts";

export const items: RecordKind = {
  kind: "items",
  table: "item",
  entity: "item",
  key: ["sku"],
  duplicatesCollapse: true,
  columns: [
    { name: "sku", cell: code, required: true },
    { name: "name", cell: name, required: true },
    { name: "description", cell: longText },
    { name: "category", cell: name },
    { name: "base_uom", cell: unitCode, whenEmpty: "'EA'" },
    { name: "tracking", cell: oneOf(trackings), whenEmpty: "'NONE'" },
    { name: "shelf_life_days", cell: wholeNumber(36_500) },
    { name: "reorder_point", cell: amount },
    { name: "safety_stock", cell: amount },
    { name: "reorder_quantity", cell: amount },
    { name: "maximum_stock", cell: amount },
    { name: "abc_class", cell: oneOf(abcClasses) },
    { name: "standard_cost", cell: amount },
    { name: "active", cell: flag, whenEmpty: "true" },
    { name: "barcode", cell: barcode, apart: true },
  ],
};

/** The rules that a change by hand keeps, too. */
export async function checkItems(tx: Tx, present: Present): Promise<void> {
  const fixed = ["base_uom", "tracking"].filter((column) => present.has(column));
  await lockChanging(tx, [...fixed, ...(present.has("active") ? ["active"] : [])]);
  await checkMeasures(tx, present);
  for (const column of fixed) {
    await addBadRows(
      tx,
      `SELECT r.line, '${column}', 'Is fixed once an item has moved or has lots: it stays ' || t.${column}, r.${column}
       FROM import_row r JOIN item t ON t.sku = r.sku
       WHERE r.${column} <> t.${column} AND (EXISTS (SELECT FROM inventory_event e WHERE e.item_id = t.id) OR EXISTS (SELECT FROM lot o WHERE o.item_id = t.id))`,
    );
  }
  if (present.has("active")) {
    await addBadRows(
      tx,
      `SELECT r.line, 'active', 'There is still stock of this item', r.active::text
       FROM import_row r JOIN item t ON t.sku = r.sku
       WHERE NOT r.active AND t.active AND EXISTS (SELECT FROM inventory_balance b WHERE b.item_id = t.id AND b.on_hand > 0)`,
    );
  }
  if (present.has("barcode")) await checkBarcodes(tx);
}

/** Waits for postings under way, which hold the item, and keeps new ones waiting. */
async function lockChanging(tx: Tx, columns: readonly string[]): Promise<void> {
  if (columns.length === 0) return;
  const differs = columns.map((column) => `r.${column} <> t.${column}`).join(" OR ");
  await tx.sql(
    `SELECT count(*) AS count FROM (SELECT FROM item t JOIN import_row r ON r.sku = t.sku WHERE ${differs} ORDER BY t.id FOR UPDATE OF t) locked`,
    [],
  );
}

/** A unit must be in use, or be the item's already; serial numbers are counted; another base unit would turn every conversion. */
async function checkMeasures(tx: Tx, present: Present): Promise<void> {
  const base = present.has("base_uom") ? "coalesce(r.base_uom, t.base_uom, 'EA')" : "coalesce(t.base_uom, 'EA')";
  const tracking = present.has("tracking") ? "coalesce(r.tracking, t.tracking, 'NONE')" : "coalesce(t.tracking, 'NONE')";
  await addBadRows(
    tx,
    `SELECT m.line, f."column", f.reason, f.value
     FROM (SELECT r.line, t.id, t.base_uom AS old, ${base} AS base, ${tracking} AS tracking FROM import_row r LEFT JOIN item t ON t.sku = r.sku) m
     LEFT JOIN unit u ON u.code = m.base
     CROSS JOIN LATERAL (VALUES
       ('base_uom', CASE WHEN u.code IS NULL THEN 'There is no unit ' || m.base
                         WHEN NOT u.active AND m.base IS DISTINCT FROM m.old THEN m.base || ' is not an active unit'
                         WHEN m.base <> m.old AND EXISTS (SELECT FROM item_unit n WHERE n.item_id = m.id) THEN 'Other units are converted to ' || m.old END, m.base),
       ('tracking', CASE WHEN m.tracking = 'SERIAL' AND NOT u.whole THEN 'Serial numbers need a unit that is counted, and ' || m.base || ' is not' END, m.tracking)
     ) f ("column", reason, value)
     WHERE f.reason IS NOT NULL`,
  );
}

async function checkBarcodes(tx: Tx): Promise<void> {
  await addBadRows(
    tx,
    `SELECT r.line, 'barcode', 'Belongs to item ' || t.sku || ' already', r.barcode
     FROM import_row r JOIN item_barcode b ON b.code = r.barcode JOIN item t ON t.id = b.item_id WHERE t.sku <> r.sku`,
  );
  await addBadRows(
    tx,
    `SELECT r.line, 'barcode', 'Is given to another item in the same file', r.barcode
     FROM import_row r JOIN (SELECT barcode FROM import_row WHERE barcode IS NOT NULL GROUP BY barcode HAVING count(*) > 1) d USING (barcode)`,
  );
}

const barcodeIsNew = "r.barcode IS NOT NULL AND NOT EXISTS (SELECT FROM item_barcode b WHERE b.code = r.barcode)";

export const itemPlan = (present: Present): RecordPlan => ({
  ...straightPlan(items, present),
  ...(present.has("barcode") ? { alsoDiffers: `(${barcodeIsNew})` } : {}),
});

/** A barcode that is not known yet is added; those that the item has already stay. */
export async function writeBarcodes(tx: Tx, present: Present): Promise<void> {
  if (!present.has("barcode")) return;
  await tx.sql(
    `INSERT INTO item_barcode (item_id, code) SELECT t.id, r.barcode FROM import_row r JOIN item t ON t.sku = r.sku WHERE ${barcodeIsNew} ORDER BY r.line`,
    [],
  );
}
