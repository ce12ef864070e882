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

/** What is measured in a unit stays divisible or not: there may be 0.5 of it. */
export async function checkUnits(tx: Tx, present: Present): Promise<void> {
  if (!present.has("whole")) return;
  await addBadRows(
    tx,
    `SELECT r.line, 'whole', 'Items are measured in ' || r.code || ' already: whole can no longer be changed', r.whole::text
     FROM import_row r JOIN unit t ON t.code = r.code
     WHERE r.whole <> t.whole AND (EXISTS (SELECT FROM item i WHERE i.base_uom = t.code) OR EXISTS (SELECT FROM item_unit n WHERE n.uom = t.code))`,
  );
}
