import { locationTypes } from "#contract/sites.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { type Context, siteFilter } from "#platform/http/context.ts";
import { addBadRows } from "./bad-rows.ts";
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

/** Sites are found by their code, among those the caller may see. */
export async function checkSites(tx: Tx, context: Context): Promise<void> {
  await addBadRows(
    tx,
    `SELECT r.line, 'site', 'There is no site ' || r.site, r.site FROM import_row r
     WHERE NOT EXISTS (SELECT FROM site s WHERE s.code = r.site AND ($1::uuid[] IS NULL OR s.id = ANY ($1::uuid[])))`,
    [siteFilter(context)],
  );
}

export async function checkLocations(tx: Tx, context: Context, present: Present): Promise<void> {
  await checkSites(tx, context);
  if (present.has("barcode")) await checkBarcodes(tx);
  // Last, for what is below a bad row is bad as well.
  if (present.has("parent")) await checkParents(tx);
}

async function checkBarcodes(tx: Tx): Promise<void> {
  await addBadRows(
    tx,
    `SELECT r.line, 'barcode', 'Belongs to location ' || t.code || ' already', r.barcode
     FROM import_row r JOIN location t ON t.barcode = r.barcode JOIN site s ON s.id = t.site_id WHERE (s.code, t.code) <> (r.site, r.code)`,
  );
  await addBadRows(
    tx,
    `SELECT r.line, 'barcode', 'Is given to another location in the same file', r.barcode
     FROM import_row r JOIN (SELECT barcode FROM import_row WHERE barcode IS NOT NULL GROUP BY barcode HAVING count(*) > 1) d USING (barcode)`,
  );
}

/**
 * Walks the tree as it would be, from its roots down: a row that is never reached has a parent that is not there, is one of a loop,
 * or stands below such a row. What is reached hangs on roots only by rows that are reached, so leaving the others out breaks nothing.
 */
async function checkParents(tx: Tx): Promise<void> {
  await addBadRows(
    tx,
    `WITH RECURSIVE given AS MATERIALIZED (
       SELECT r.line, r.site, r.code, r.parent FROM import_row r WHERE NOT EXISTS (SELECT FROM import_bad_row b WHERE b.line = r.line)
     ),
     node AS MATERIALIZED (
       SELECT site, code, parent FROM given
       UNION ALL
       SELECT s.code, l.code, p.code FROM location l JOIN site s ON s.id = l.site_id LEFT JOIN location p ON p.id = l.parent_id
       WHERE s.code IN (SELECT site FROM given) AND NOT EXISTS (SELECT FROM given r WHERE r.site = s.code AND r.code = l.code)
     ),
     reached AS (
       SELECT site, code FROM node WHERE parent IS NULL
       UNION ALL
       SELECT n.site, n.code FROM reached p JOIN node n ON n.site = p.site AND n.parent = p.code
     )
     SELECT r.line, 'parent', CASE
         WHEN NOT EXISTS (SELECT FROM node n WHERE n.site = r.site AND n.code = r.parent) THEN 'There is no location ' || r.parent || ' in site ' || r.site
         ELSE 'Its parents form a loop, or one of them is a bad row'
       END, r.parent
     FROM given r WHERE NOT EXISTS (SELECT FROM reached x WHERE x.site = r.site AND x.code = r.code)`,
  );
}

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
