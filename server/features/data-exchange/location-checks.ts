import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { ownSiteIds } from "#platform/http/site-access.ts";
import { addBadRows } from "./bad-rows.ts";
import type { Present } from "./kind.ts";

/** Sites are found by their code, among those the caller may see. */
export async function checkSites(tx: Tx, context: Context): Promise<void> {
  await addBadRows(
    tx,
    `SELECT r.line, 'site', CASE WHEN s.id IS NULL THEN 'There is no site ' || r.site ELSE 'Site ' || r.site || ' is closed' END, r.site
     FROM import_row r LEFT JOIN site s ON s.code = r.site AND ($1::uuid[] IS NULL OR s.id = ANY ($1::uuid[])) WHERE s.active IS NOT TRUE`,
    [ownSiteIds(context)],
  );
}

/** The rules that a change by hand keeps, too. */
export async function checkLocations(tx: Tx, context: Context, present: Present): Promise<void> {
  await lockChanging(tx, present);
  await checkSites(tx, context);
  if (present.has("barcode")) await checkBarcodes(tx);
  if (present.has("active")) await checkStock(tx);
  if (!present.has("parent") && !present.has("active")) return;
  // Last, and until nothing more is found: a bad row is not written, and what depended on it may be bad as well.
  while ((await checkParents(tx, present)) + (await checkOpen(tx, present)) > 0);
}

/** One change of a site's tree at a time; and postings under way hold the places that are to be closed. */
async function lockChanging(tx: Tx, present: Present): Promise<void> {
  await tx.sql(
    "SELECT count(*) AS count FROM (SELECT FROM site WHERE code IN (SELECT site FROM import_row) ORDER BY id FOR UPDATE) locked",
    [],
  );
  if (!present.has("active")) return;
  await tx.sql(
    `SELECT count(*) AS count FROM (
       SELECT FROM location t JOIN site s ON s.id = t.site_id JOIN import_row r ON r.site = s.code AND r.code = t.code
       WHERE NOT r.active AND t.active ORDER BY t.id FOR UPDATE OF t
     ) locked`,
    [],
  );
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

async function checkStock(tx: Tx): Promise<void> {
  await addBadRows(
    tx,
    `SELECT r.line, 'active', 'There is still stock in this location', r.active::text
     FROM import_row r JOIN site s ON s.code = r.site JOIN location t ON t.site_id = s.id AND t.code = r.code
     WHERE NOT r.active AND t.active AND EXISTS (SELECT FROM inventory_balance b WHERE b.location_id = t.id AND b.on_hand > 0)`,
  );
}

/** Every place of the sites as it would be: the rows that are not bad (`given`, with their lines), and what stays as it is. */
const tree = (present: Present) => `
  given AS MATERIALIZED (
    SELECT r.line, r.site, r.code, ${present.has("parent") ? "r.parent" : "p.code"} AS parent,
           ${present.has("active") ? "coalesce(r.active, t.active, true)" : "coalesce(t.active, true)"} AS active
    FROM import_row r
    LEFT JOIN site s ON s.code = r.site
    LEFT JOIN location t ON t.site_id = s.id AND t.code = r.code
    LEFT JOIN location p ON p.id = t.parent_id
    WHERE NOT EXISTS (SELECT FROM import_bad_row b WHERE b.line = r.line)
  ),
  node AS MATERIALIZED (
    SELECT site, code, parent, active FROM given
    UNION ALL
    SELECT s.code, l.code, p.code, l.active FROM location l JOIN site s ON s.id = l.site_id LEFT JOIN location p ON p.id = l.parent_id
    WHERE s.code IN (SELECT site FROM given) AND NOT EXISTS (SELECT FROM given r WHERE r.site = s.code AND r.code = l.code)
  )`;

/**
 * Walks the tree from its roots down: a row that is never reached has a parent that is not there, is one of a loop, or stands
 * below such a row. What is reached hangs on roots only by rows that are reached, so leaving the others out breaks nothing.
 */
async function checkParents(tx: Tx, present: Present): Promise<number> {
  if (!present.has("parent")) return 0;
  return await addBadRows(
    tx,
    `WITH RECURSIVE ${tree(present)},
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

/** An open place stands in no closed one. */
async function checkOpen(tx: Tx, present: Present): Promise<number> {
  return await addBadRows(
    tx,
    `WITH ${tree(present)},
     wrong AS MATERIALIZED (
       SELECT n.site, n.code, p.code AS parent FROM node n JOIN node p ON p.site = n.site AND p.code = n.parent WHERE n.active AND NOT p.active
     )
     SELECT r.line, ${present.has("parent") ? "'parent'" : "'active'"}, w.parent || ' is closed', w.parent FROM given r JOIN wrong w ON w.site = r.site AND w.code = r.code
     UNION ALL
     SELECT r.line, 'active', 'There are still active locations in this one, such as ' || min(w.code), 'false'
     FROM given r JOIN wrong w ON w.site = r.site AND w.parent = r.code GROUP BY r.line`,
  );
}
