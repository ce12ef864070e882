import { stockStatuses } from "#contract/ledger.ts";
import { movementColumns, noLot } from "#features/ledger/apply-sql.ts";
import { lockSerialsSql } from "#features/ledger/lots.ts";
import { postStaged } from "#features/ledger/post.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { ownSiteIds } from "#platform/http/site-access.ts";
import { addBadRows } from "./bad-rows.ts";
import { amount, code, day, lotCode, oneOf, unitCode } from "./cells.ts";
import type { Kind, Present } from "./kind.ts";
import { checkSites } from "./location-checks.ts";

export const openingBalances: Kind = {
  kind: "opening-balances",
  key: ["sku", "site", "location", "lot_code", "status"],
  duplicatesCollapse: false,
  columns: [
    { name: "sku", cell: code, required: true },
    { name: "site", cell: code, required: true },
    { name: "location", cell: code, required: true },
    { name: "lot_code", cell: lotCode },
    { name: "expires_on", cell: day },
    { name: "quantity", cell: amount, required: true },
    { name: "uom", cell: unitCode },
    { name: "unit_cost", cell: amount },
    { name: "status", cell: oneOf(stockStatuses) },
  ],
};

/** Everything a row names, looked up, with what was opened under its key before and is not reversed. */
async function resolveBalances(tx: Tx, context: Context, present: Present): Promise<void> {
  const optional = (column: string, type: string) => (present.has(column) ? `r.${column}` : `NULL::${type}`);
  const uom = optional("uom", "text");
  await tx.sql(
    `CREATE TEMPORARY TABLE import_balance ON COMMIT DROP AS
     WITH opened AS MATERIALIZED (
       SELECT e.item_id, e.to_location_id, coalesce(e.lot_id, ${noLot}) AS lot_key, e.to_status, sum(e.quantity) AS quantity
       FROM inventory_event e
       WHERE e.source_type = 'OPENING_BALANCE' AND NOT EXISTS (SELECT FROM inventory_event x WHERE x.reverses_event_id = e.id)
       GROUP BY e.item_id, e.to_location_id, coalesce(e.lot_id, ${noLot}), e.to_status
     )
     SELECT r.line, r.sku, r.site, r.location, ${optional("lot_code", "text")} AS lot_code, ${optional("expires_on", "date")} AS expires_on,
       r.quantity AS entered_quantity, ${uom} AS uom, ${optional("unit_cost", "numeric")} AS unit_cost, coalesce(${optional("status", "text")}, 'AVAILABLE') AS status,
       i.id AS item_id, i.tracking, i.base_uom, i.shelf_life_days, i.active AS item_active, u.whole, s.id AS site_id, l.id AS location_id,
       l.active AND s.active AS location_active, o.id AS lot_id, o.expires_on AS lot_expires_on, f.factor, r.quantity * f.factor AS quantity, b.quantity AS opened
     FROM import_row r
     LEFT JOIN item i ON i.sku = r.sku
     LEFT JOIN unit u ON u.code = i.base_uom
     LEFT JOIN site s ON s.code = r.site AND ($1::uuid[] IS NULL OR s.id = ANY ($1::uuid[]))
     LEFT JOIN location l ON l.site_id = s.id AND l.code = r.location
     LEFT JOIN lot o ON o.item_id = i.id AND o.code = ${optional("lot_code", "text")}
     LEFT JOIN item_unit n ON n.item_id = i.id AND n.uom = ${uom}
     CROSS JOIN LATERAL (SELECT CASE WHEN ${uom} IS NULL OR ${uom} = i.base_uom THEN 1 ELSE n.factor END AS factor) f
     LEFT JOIN opened b ON b.item_id = i.id AND b.to_location_id = l.id AND b.lot_key = coalesce(o.id, ${noLot}) AND b.to_status = coalesce(${optional("status", "text")}, 'AVAILABLE')
       AND (${optional("lot_code", "text")} IS NULL) = (o.id IS NULL)`,
    [ownSiteIds(context)],
  );
  await tx.sql("ANALYZE import_balance", []);
}

/** The same rules that the ledger has for a receipt, each row by itself. */
const rowFaults = `
  ('sku', CASE WHEN b.item_id IS NULL THEN 'There is no item ' || b.sku
               WHEN NOT b.item_active AND b.quantity > 0 THEN b.sku || ' is inactive: nothing more comes in' END, b.sku),
  ('location', CASE WHEN b.site_id IS NULL THEN NULL
                    WHEN b.location_id IS NULL THEN 'There is no location ' || b.location || ' in site ' || b.site
                    WHEN NOT b.location_active AND b.quantity > 0 THEN b.location || ' is inactive: nothing more goes there' END, b.location),
  ('uom', CASE WHEN b.item_id IS NOT NULL AND b.factor IS NULL THEN b.sku || ' has no unit ' || b.uom
               WHEN b.tracking = 'SERIAL' AND b.uom <> b.base_uom THEN 'A serial number is one ' || b.base_uom END, b.uom),
  ('quantity', CASE WHEN b.quantity <> round(b.quantity, 4) OR b.quantity >= 100000000000 THEN 'Does not come to an amount of ' || b.base_uom || ' with at most 4 decimals and 11 digits before them'
                    WHEN b.whole AND b.quantity <> trunc(b.quantity) THEN b.base_uom || ' is counted in whole units'
                    WHEN b.tracking = 'SERIAL' AND b.quantity NOT IN (0, 1) THEN 'A serial number is one unit'
                    WHEN b.opened <> b.quantity THEN 'The opening balance is ' || trim_scale(b.opened) || ' already: adjust it instead' END, trim_scale(b.entered_quantity)::text),
  ('lot_code', CASE WHEN b.tracking = 'NONE' AND b.lot_code IS NOT NULL THEN b.sku || ' is not tracked by lot'
                    WHEN b.tracking <> 'NONE' AND b.lot_code IS NULL THEN 'This item moves only with a ' || CASE b.tracking WHEN 'LOT' THEN 'lot' ELSE 'serial number' END END, coalesce(b.lot_code, '')),
  ('expires_on', CASE WHEN b.tracking = 'NONE' AND b.expires_on IS NOT NULL THEN 'Only lots expire'
                      WHEN b.expires_on <> b.lot_expires_on THEN 'Lot ' || b.lot_code || ' of ' || b.sku || ' expires on ' || b.lot_expires_on END, b.expires_on::text)`;

export async function checkBalances(tx: Tx, context: Context, present: Present): Promise<void> {
  await checkSites(tx, context);
  // Holds off whoever would close an item or a place meanwhile.
  await tx.sql(
    "SELECT count(*) AS count FROM (SELECT FROM item WHERE sku IN (SELECT sku FROM import_row) ORDER BY id FOR KEY SHARE) held",
    [],
  );
  await tx.sql(
    "SELECT count(*) AS count FROM (SELECT FROM location WHERE code IN (SELECT location FROM import_row) ORDER BY id FOR KEY SHARE) held",
    [],
  );
  await resolveBalances(tx, context, present);
  await addBadRows(
    tx,
    `SELECT b.line, f."column", f.reason, f.value FROM import_balance b CROSS JOIN LATERAL (VALUES ${rowFaults}) f ("column", reason, value) WHERE f.reason IS NOT NULL`,
  );
  const key = "item_id, location_id, coalesce(lot_code, ''), status";
  await addBadRows(
    tx,
    `SELECT line, 'sku', sku || ' at ' || location || ' stands in line ' || CASE WHEN line = first THEN second ELSE first END || ' too: one line an item, location, lot and status', sku
     FROM (SELECT line, sku, location, count(*) OVER same AS lines, min(line) OVER same AS first, nth_value(line, 2) OVER (same ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS second
           FROM import_balance WHERE item_id IS NOT NULL AND location_id IS NOT NULL WINDOW same AS (PARTITION BY ${key})) d WHERE lines > 1`,
  );
  if (!present.has("lot_code")) return;
  await checkSerials(tx);
  await checkExpiries(tx);
}

async function checkSerials(tx: Tx): Promise<void> {
  await addBadRows(
    tx,
    `SELECT b.line, 'lot_code', 'Serial number ' || b.lot_code || ' is on hand already', b.lot_code FROM import_balance b
     WHERE b.tracking = 'SERIAL' AND b.quantity > 0 AND b.opened IS NULL AND EXISTS (SELECT FROM inventory_balance x WHERE x.lot_id = b.lot_id AND x.on_hand > 0)`,
  );
  await addBadRows(
    tx,
    `SELECT line, 'lot_code', 'Serial number ' || lot_code || ' is in several lines', lot_code
     FROM (SELECT *, count(*) OVER (PARTITION BY item_id, lot_code) AS lines FROM import_balance WHERE tracking = 'SERIAL' AND quantity > 0) d WHERE lines > 1`,
  );
}

async function checkExpiries(tx: Tx): Promise<void> {
  await addBadRows(
    tx,
    `SELECT line, 'expires_on', 'Lot ' || lot_code || ' of ' || sku || ' has another expiry date in another line', expires_on::text
     FROM (SELECT *, min(expires_on) OVER same <> max(expires_on) OVER same AS differ FROM import_balance WHERE tracking <> 'NONE' AND lot_code IS NOT NULL
           WINDOW same AS (PARTITION BY item_id, lot_code)) d WHERE differ AND expires_on IS NOT NULL`,
  );
}

const toOpen = "b.opened IS NULL AND b.quantity > 0";

/** Makes the lots that are missing, and hands the movements to the ledger. What was opened before, and nothing at all, is left as it is. */
export async function writeBalances(tx: Tx, context: Context, runId: string): Promise<number> {
  await tx.sql("DELETE FROM import_balance b USING import_bad_row x WHERE x.line = b.line", []);
  await tx.sql(lockSerialsSql(`l.id IN (SELECT b.lot_id FROM import_balance b WHERE b.tracking = 'SERIAL' AND ${toOpen})`), []);
  await ensureLots(tx, context);
  await tx.sql(`CREATE TEMPORARY TABLE import_movement (${movementColumns}) ON COMMIT DROP`, []);
  await tx.sql(
    `INSERT INTO import_movement (line, type, item_id, lot_id, quantity, entered_quantity, entered_uom, to_location_id, to_status, unit_cost, source_type, source_id)
     SELECT b.line, 'RECEIVE', b.item_id, l.id, b.quantity, b.entered_quantity, coalesce(b.uom, b.base_uom), b.location_id, b.status, b.unit_cost, 'OPENING_BALANCE', $1::uuid
     FROM import_balance b LEFT JOIN lot l ON l.item_id = b.item_id AND l.code = b.lot_code WHERE ${toOpen}`,
    [runId],
  );
  await tx.sql("ANALYZE import_movement", []);
  const { events } = await postStaged(tx, context, "import_movement");
  return events;
}

// A lot without an expiry takes the one the file brings, and tells that; without either, the item's shelf life counts from today.
async function ensureLots(tx: Tx, context: Context): Promise<void> {
  await tx.sql(
    `WITH ensured AS (
       INSERT INTO lot AS l (item_id, code, expires_on)
       SELECT b.item_id, b.lot_code, coalesce(min(b.expires_on), (now() AT TIME ZONE $1)::date + min(b.shelf_life_days))
       FROM import_balance b WHERE b.lot_code IS NOT NULL AND ${toOpen} AND (b.lot_id IS NULL OR (b.lot_expires_on IS NULL AND b.expires_on IS NOT NULL))
       GROUP BY b.item_id, b.lot_code ORDER BY b.item_id, b.lot_code
       ON CONFLICT (tenant_id, item_id, code) DO UPDATE SET expires_on = excluded.expires_on, version = l.version + 1, updated_at = now() WHERE l.expires_on IS NULL
       RETURNING id, expires_on, version
     )
     INSERT INTO audit_event (user_id, action, entity_type, entity_id, before, after, request_id, ip_address)
     SELECT $2::uuid, 'lot.updated', 'lot', id::text, jsonb_build_object('expiresOn', NULL), jsonb_build_object('expiresOn', expires_on, 'version', version), $3, $4
     FROM ensured WHERE version > 1`,
    [context.timeZone, context.userId, context.requestId, context.ipAddress],
  );
}
