import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { addBadRows } from "./bad-rows.ts";
import { amount, amountAboveZero, code, day, flag, oneOf } from "./cells.ts";
import type { Kind, Present } from "./kind.ts";
import type { Written } from "./records.ts";

/** One row a component; rows with the same item and version are one bill. */
export const boms: Kind = {
  kind: "boms",
  key: ["sku", "version", "component"],
  duplicatesCollapse: true,
  ofDocuments: true,
  columns: [
    { name: "sku", cell: code, required: true },
    { name: "version", cell: code, required: true },
    { name: "component", cell: code, required: true },
    { name: "quantity", cell: amountAboveZero, required: true },
    { name: "yield_quantity", cell: amountAboveZero },
    { name: "scrap_percent", cell: amount },
    { name: "issue_method", cell: oneOf(["MANUAL", "BACKFLUSH"]) },
    { name: "effective_from", cell: day },
    { name: "effective_to", cell: day },
    { name: "active", cell: flag },
  ],
};

const componentsMax = 500;
const ofBill = "PARTITION BY sku, version";

/** Every row with what it names, looked up, and what its bill says. */
async function resolveRows(tx: Tx, present: Present): Promise<void> {
  const given = (column: string, type: string, otherwise = "NULL") =>
    present.has(column) ? `coalesce(r.${column}, ${otherwise}::${type})` : `${otherwise}::${type}`;
  await tx.sql(
    `CREATE TEMPORARY TABLE import_bom ON COMMIT DROP AS
     SELECT r.line, r.sku, r.version, r.component, r.quantity, ${given("scrap_percent", "numeric", "0")} AS scrap_percent, ${given("issue_method", "text", "'MANUAL'")} AS issue_method,
       ${given("yield_quantity", "numeric", "1")} AS yield_quantity, ${given("effective_from", "date")} AS effective_from, ${given("effective_to", "date")} AS effective_to,
       ${given("active", "boolean", "true")} AS active, i.id AS item_id, i.active AS item_active, c.id AS component_id, c.active AS component_active, c.tracking,
       b.id AS bom_id, row_number() OVER (PARTITION BY r.sku, r.version ORDER BY r.line) AS line_number, count(*) OVER (PARTITION BY r.sku, r.version) AS lines
     FROM import_row r LEFT JOIN item i ON i.sku = r.sku LEFT JOIN item c ON c.sku = r.component
     LEFT JOIN bom b ON b.item_id = i.id AND b.revision = r.version`,
    [],
  );
  await tx.sql("ANALYZE import_bom", []);
}

// A bill that is there is left as it is, or the file says something else of it: then it needs a version of its own.
const same = `
  EXISTS (SELECT FROM bom_component x JOIN bom y ON y.id = x.bom_id WHERE x.bom_id = b.bom_id AND x.item_id = b.component_id
          AND (x.quantity, x.scrap_percent, x.issue_method, y.yield_quantity) = (b.quantity, b.scrap_percent, b.issue_method, b.yield_quantity))
  AND (SELECT count(*) FROM bom_component x WHERE x.bom_id = b.bom_id) = b.lines`;

const rowFaults = `
  ('sku', CASE WHEN b.item_id IS NULL THEN 'There is no item ' || b.sku
               WHEN NOT b.item_active AND b.bom_id IS NULL THEN b.sku || ' is inactive: nothing more of it is made'
               WHEN b.lines > ${componentsMax} THEN 'A bill has at most ${componentsMax} components' END, b.sku),
  ('component', CASE WHEN b.component_id IS NULL THEN 'There is no item ' || b.component
                     WHEN b.component_id = b.item_id THEN b.sku || ' would contain itself'
                     WHEN NOT b.component_active AND b.bom_id IS NULL THEN b.component || ' is inactive: nothing more is made of it' END, b.component),
  ('scrap_percent', CASE WHEN b.scrap_percent > 100 THEN 'Must be at most 100' END, b.scrap_percent::text),
  ('issue_method', CASE WHEN b.issue_method = 'BACKFLUSH' AND b.tracking = 'SERIAL' THEN b.component || ' has serial numbers, which somebody has to name: MANUAL' END, b.issue_method),
  ('effective_to', CASE WHEN b.effective_to < b.effective_from THEN 'Must not be before effective_from' END, b.effective_to::text),
  ('version', CASE WHEN b.bom_id IS NOT NULL AND NOT (${same}) THEN 'Version ' || b.version || ' of ' || b.sku || ' is there with other components: give these a version of their own' END, b.version)`;

const loops = `
  WITH RECURSIVE edge AS MATERIALIZED (
    SELECT item_id AS parent, component_id AS child FROM import_bom WHERE active AND bom_id IS NULL AND item_id IS NOT NULL AND component_id IS NOT NULL
    UNION
    SELECT b.item_id, c.item_id FROM bom b JOIN bom_component c ON c.bom_id = b.id
    WHERE b.status = 'ACTIVE' AND b.item_id NOT IN (SELECT n.item_id FROM import_bom n WHERE n.active AND n.bom_id IS NULL AND n.item_id IS NOT NULL)
  ),
  reach (origin, item_id) AS (
    SELECT DISTINCT component_id, component_id FROM import_bom WHERE bom_id IS NULL AND component_id IS NOT NULL
    UNION
    SELECT r.origin, e.child FROM reach r JOIN edge e ON e.parent = r.item_id
  )
  SELECT b.line, 'component', b.sku || ' would contain itself through ' || b.component, b.component
  FROM import_bom b JOIN reach r ON r.origin = b.component_id AND r.item_id = b.item_id WHERE b.bom_id IS NULL AND b.component_id <> b.item_id`;

/** The rules that a bill made by hand keeps, too. */
export async function checkBoms(tx: Tx, present: Present): Promise<void> {
  await tx.sql("SELECT lock_structure()", []);
  await resolveRows(tx, present);
  await addBadRows(
    tx,
    `SELECT b.line, f."column", f.reason, f.value FROM import_bom b CROSS JOIN LATERAL (VALUES ${rowFaults}) f ("column", reason, value) WHERE f.reason IS NOT NULL`,
  );
  await addBadRows(
    tx,
    `SELECT line, 'version', 'Version ' || version || ' of ' || sku || ' has another yield, date or state in another line', version
     FROM (SELECT line, sku, version, ROW(yield_quantity, effective_from, effective_to, active)::text AS said,
                  min(ROW(yield_quantity, effective_from, effective_to, active)::text) OVER (${ofBill}) AS least FROM import_bom) d
     WHERE said <> least`,
  );
  await addBadRows(
    tx,
    `SELECT line, 'active', 'Two versions of ' || sku || ' would be active', version
     FROM (SELECT line, sku, version, min(version) OVER (PARTITION BY sku) AS least FROM import_bom WHERE active AND bom_id IS NULL) d WHERE version <> least`,
  );
  await addBadRows(tx, loops);
}

/** Makes the bills that are missing; one that becomes active retires the one before, each with its audit event. */
export async function writeBoms(tx: Tx, context: Context): Promise<Written> {
  await tx.sql(
    `WITH retired AS (
       UPDATE bom SET status = 'RETIRED', version = version + 1, updated_at = now()
       WHERE status = 'ACTIVE' AND item_id IN (SELECT item_id FROM import_bom WHERE active AND bom_id IS NULL) RETURNING id
     )
     INSERT INTO audit_event (user_id, action, entity_type, entity_id, before, after, request_id, ip_address)
     SELECT $1::uuid, 'bom.retired', 'bom', id::text, jsonb_build_object('status', 'ACTIVE'), jsonb_build_object('status', 'RETIRED'), $2, $3 FROM retired`,
    [context.userId, context.requestId, context.ipAddress],
  );
  const [made] = await tx.sql<{ count: number }>(
    `WITH bill AS (
       INSERT INTO bom (item_id, revision, status, yield_quantity, effective_from, effective_to, activated_at, created_by)
       SELECT item_id, version, CASE WHEN active THEN 'ACTIVE' ELSE 'DRAFT' END, yield_quantity, effective_from, effective_to, CASE WHEN active THEN now() END, $1::uuid
       FROM import_bom WHERE bom_id IS NULL AND line_number = 1 ORDER BY line
       RETURNING id, item_id, revision
     ),
     component AS (
       INSERT INTO bom_component (bom_id, line_number, item_id, quantity, scrap_percent, issue_method)
       SELECT n.id, b.line_number, b.component_id, b.quantity, b.scrap_percent, b.issue_method
       FROM import_bom b JOIN bill n ON n.item_id = b.item_id AND n.revision = b.version
       RETURNING 1
     )
     SELECT count(*) AS count FROM component`,
    [context.userId],
  );
  return { created: made?.count ?? 0, changed: 0 };
}
