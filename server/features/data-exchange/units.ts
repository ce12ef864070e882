import type { Tx } from "#platform/database/transaction.ts";
import { addBadRows } from "./bad-rows.ts";
import { flag, name, unitCode } from "./cells.ts";
import type { Present, RecordKind } from "./kind.ts";

export const units: RecordKind = {
  kind: "units",
  table: "unit",
  entity: "unit",
  key: ["code"],
  duplicatesCollapse: true,
  columns: [
    { name: "code", cell: unitCode, required: true },
    { name: "name", cell: name, required: true },
    { name: "whole", cell: flag, whenEmpty: "false" },
    { name: "active", cell: flag, whenEmpty: "true" },
  ],
};

/** Once stock was moved in a unit, it stays divisible or not: what is on hand might be 0.5 of it. */
export async function checkUnits(tx: Tx, present: Present): Promise<void> {
  if (!present.has("whole")) return;
  await addBadRows(
    tx,
    `SELECT r.line, 'whole', 'Stock of items in ' || r.code || ' was moved already: whole can no longer be changed', r.whole::text
     FROM import_row r JOIN unit t ON t.code = r.code
     WHERE r.whole <> t.whole AND EXISTS (SELECT FROM item i WHERE i.base_uom = t.code AND EXISTS (SELECT FROM inventory_event e WHERE e.item_id = i.id))`,
  );
}
