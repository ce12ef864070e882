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

const moved = "EXISTS (SELECT FROM inventory_event e WHERE e.item_id = t.id)";

export async function checkItems(tx: Tx, present: Present): Promise<void> {
  await checkUnit(tx, present);
  for (const column of ["base_uom", "tracking"].filter((each) => present.has(each))) {
    await addBadRows(
      tx,
      `SELECT r.line, '${column}', 'Stock of ' || r.sku || ' was moved already: it stays ' || t.${column}, r.${column}
       FROM import_row r JOIN item t ON t.sku = r.sku WHERE r.${column} <> t.${column} AND ${moved}`,
    );
  }
  if (present.has("barcode")) await checkBarcodes(tx);
}

async function checkUnit(tx: Tx, present: Present): Promise<void> {
  if (present.has("base_uom")) {
    await addBadRows(
      tx,
      `SELECT r.line, 'base_uom', 'There is no unit ' || r.base_uom, r.base_uom FROM import_row r WHERE r.base_uom NOT IN (SELECT code FROM unit)`,
    );
  }
  // New items in the unit that stands for an empty cell need it too.
  const isEmpty = present.has("base_uom") ? "r.base_uom IS NULL" : "true";
  await addBadRows(
    tx,
    `SELECT r.line, 'base_uom', 'Is empty, and there is no unit EA to stand for it', '' FROM import_row r
     WHERE ${isEmpty} AND NOT EXISTS (SELECT FROM unit WHERE code = 'EA') AND NOT EXISTS (SELECT FROM item t WHERE t.sku = r.sku)`,
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
