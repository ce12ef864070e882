import { locationTypes } from "#contract/sites.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { amountAboveZero, barcode, code, flag, name, oneOf, wholeNumber } from "./cells.ts";
import { type Present, type RecordKind, stored } from "./kind.ts";
import { assignmentOf, type RecordPlan } from "./records.ts";

export const locations: RecordKind = {
  kind: "locations",
  table: "location",
  entity: "location",
  key: ["site", "code"],
  duplicatesCollapse: true,
  columns: [
    { name: "site", cell: code, required: true },
    { name: "code", cell: code, required: true },
    { name: "name", cell: name },
    { name: "type", cell: oneOf(locationTypes), whenEmpty: "'STORAGE'" },
    { name: "parent", cell: code, apart: true },
    { name: "barcode", cell: barcode },
    { name: "pick_sequence", cell: wholeNumber(2_147_483_647) },
    { name: "capacity", cell: amountAboveZero },
    { name: "active", cell: flag, whenEmpty: "true" },
  ],
};

/** Gives every row its site, its id (the record's, or a new one) and its parent's id, so that parents may come in any order. */
export async function prepareLocations(tx: Tx, present: Present): Promise<void> {
  const parent = present.has("parent") ? "r.parent" : "NULL::text";
  await tx.sql(
    `CREATE TEMPORARY TABLE import_place ON COMMIT DROP AS
     SELECT r.*, ${parent} AS parent_code, s.id AS site_id, coalesce(t.id, new_id()) AS place_id
     FROM import_row r JOIN site s ON s.code = r.site LEFT JOIN location t ON t.site_id = s.id AND t.code = r.code`,
    [],
  );
  await tx.sql("ALTER TABLE import_place ADD COLUMN parent_id uuid", []);
  await tx.sql("ANALYZE import_place", []);
  await tx.sql(
    `UPDATE import_place r SET parent_id = p.id
     FROM (SELECT site_id, code, place_id AS id FROM import_place UNION SELECT l.site_id, l.code, l.id FROM location l) p
     WHERE p.site_id = r.site_id AND p.code = r.parent_code`,
    [],
  );
}

export function locationPlan(present: Present): RecordPlan {
  const parent = { column: "parent_id", onUpdate: "r.parent_id", onInsert: "r.parent_id" };
  const type = { column: "type", value: "'STORAGE'" };
  return {
    kind: locations,
    from: "import_place r",
    match: "t.site_id = r.site_id AND t.code = r.code",
    assignments: [...stored(locations, present).map(assignmentOf), ...(present.has("parent") ? [parent] : [])],
    onInsertOnly: [
      { column: "id", value: "r.place_id" },
      { column: "site_id", value: "r.site_id" },
      { column: "code", value: "r.code" },
      ...(present.has("type") ? [] : [type]),
    ],
    newOnesFirst: true,
  };
}
