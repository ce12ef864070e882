// The statements that promise stock to a document, and take a promise back. A balance's `allocated` changes with its rows, always.
import { noLot } from "./apply-sql.ts";
import { shareLotsSql } from "./lots.ts";

const key = "item_id, location_id, lot_key, status";

/** The balances on which something is allocated to a document, given by two parameters. */
export const allocatedTo = (type: string, id: string) =>
  `SELECT item_id, location_id, lot_id, lot_key, status FROM inventory_allocation WHERE document_type = ${type} AND document_id = ${id}::uuid`;

/** What `cut` (id, key, quantity, gone) takes off the promises, taken off them and their balances. */
const takeOff = `
  removed AS (DELETE FROM inventory_allocation a USING cut c WHERE a.id = c.id AND c.gone = c.quantity),
  lowered AS (UPDATE inventory_allocation a SET quantity = a.quantity - c.gone FROM cut c WHERE a.id = c.id AND c.gone > 0 AND c.gone < c.quantity)
  UPDATE inventory_balance b SET allocated = b.allocated - c.gone FROM cut c
  WHERE c.gone > 0 AND b.item_id = c.item_id AND b.location_id = c.location_id AND b.lot_key = c.lot_key AND b.status = c.status`;

/** What the movements take uses up what is allocated to the document ($2, $3) in the same balance. Everything is locked by now. */
export const useAllocationsSql = (source: string) => `
  WITH taken AS (
    SELECT item_id, from_location_id AS location_id, coalesce(lot_id, ${noLot}) AS lot_key, from_status AS status, sum(quantity) AS quantity
    FROM ${source} WHERE from_location_id IS NOT NULL GROUP BY 1, 2, 3, 4
  ),
  cut AS MATERIALIZED (
    SELECT a.id, a.item_id, a.location_id, a.lot_key, a.status, a.quantity, least(a.quantity, t.quantity) AS gone
    FROM inventory_allocation a JOIN taken t USING (${key}) WHERE a.document_type = $2 AND a.document_id = $3::uuid
  ),
  ${takeOff}`;

/** Keeps of a document's ($2, $3) promises as much of each item as $1 says, the oldest, and nothing of what it does not name. */
export const keepAllocationsSql = `
  WITH keep AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS k(item_id uuid, quantity numeric)),
  own AS (
    SELECT a.id, a.item_id, a.location_id, a.lot_key, a.status, a.quantity, coalesce(k.quantity, 0) AS kept,
           coalesce(sum(a.quantity) OVER (PARTITION BY a.item_id ORDER BY a.created_at, a.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM inventory_allocation a LEFT JOIN keep k ON k.item_id = a.item_id WHERE a.document_type = $2 AND a.document_id = $3::uuid
  ),
  cut AS MATERIALIZED (SELECT *, least(quantity, greatest(0, before + quantity - kept)) AS gone FROM own),
  ${takeOff}`;

/** Takes back what is allocated to a document ($1, $2) of lots that have expired since ($3: time zone): nobody may pick it. */
export const takeBackExpiredSql = `
  WITH cut AS MATERIALIZED (
    SELECT a.id, a.item_id, a.location_id, a.lot_key, a.status, a.quantity, a.quantity AS gone
    FROM inventory_allocation a JOIN lot o ON o.id = a.lot_id
    WHERE a.document_type = $1 AND a.document_id = $2::uuid AND o.expires_on < (now() AT TIME ZONE $3)::date
  ),
  ${takeOff}`;

/** Holds the balances of a document's ($1, $2) promises, in the ledger's order. */
export const lockAllocatedSql = `
  SELECT b.item_id AS "itemId" FROM inventory_balance b JOIN inventory_allocation a USING (tenant_id, ${key})
  WHERE a.document_type = $1 AND a.document_id = $2::uuid
  ORDER BY b.item_id, b.location_id, b.lot_key, b.status FOR NO KEY UPDATE OF b`;

/** Places that nobody takes components or goods from without being told to. */
const notForPicking = "('TRANSIT', 'QUALITY', 'RETURNS', 'SHIPPING')";

/** Stock that may be picked of the items ($items, an array) in the site: available, in a place for it. */
export const pickable = (items: string, site: string) => `
  SELECT b.item_id, b.location_id, b.lot_id, b.lot_key, b.status FROM inventory_balance b
  JOIN location p ON p.id = b.location_id AND p.site_id = ${site}::uuid AND p.type NOT IN ${notForPicking}
  WHERE b.item_id = ANY (${items}::uuid[]) AND b.status = 'AVAILABLE' AND b.on_hand > 0`;

/** Shares the lots of what may be picked, before any balance is locked: whoever holds a whole lot takes them alone. */
export const sharePickableLotsSql = shareLotsSql(`SELECT p.lot_id FROM (${pickable("$1", "$2")}) p`);

/** Holds what may be picked and what is allocated to a document ($3, $4), in the ledger's order. */
export const lockPickableSql = `
  SELECT FROM inventory_balance b JOIN (${pickable("$1", "$2")} UNION ${allocatedTo("$3", "$4")}) p USING (${key})
  ORDER BY b.item_id, b.location_id, b.lot_key, b.status FOR NO KEY UPDATE OF b`;

/** Of each item ($1), what is needed. */
const needed = "SELECT * FROM jsonb_to_recordset($1::jsonb) AS n(item_id uuid, quantity numeric)";

/**
 * What to take for the needs ($1: item and quantity) in the site ($2), first expired first, never what is expired today ($3: time zone):
 * `taken` of each balance, while the needs last. `free` says what of a balance there is to take.
 */
const chosen = (free: string, { need = needed, join = "" }: { need?: string; join?: string }) => `
  WITH need AS (${need}),
  free AS (
    SELECT b.item_id, b.location_id, b.lot_id, b.lot_key, b.status, n.quantity AS needed, ${free} AS quantity,
           row_number() OVER (PARTITION BY b.item_id ORDER BY o.expires_on NULLS LAST, p.pick_sequence NULLS LAST, p.code, b.lot_key) AS place
    FROM need n
    JOIN inventory_balance b ON b.item_id = n.item_id AND b.status = 'AVAILABLE' AND b.on_hand > 0
    JOIN location p ON p.id = b.location_id AND p.site_id = $2::uuid AND p.type NOT IN ${notForPicking}
    LEFT JOIN lot o ON o.id = b.lot_id ${join}
    WHERE o.expires_on IS NULL OR o.expires_on >= (now() AT TIME ZONE $3)::date
  ),
  running AS (
    SELECT *, coalesce(sum(quantity) OVER (PARTITION BY item_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before FROM free
  ),
  chosen AS MATERIALIZED (SELECT *, least(quantity, needed - before) AS taken FROM running WHERE quantity > 0 AND before < needed)`;

/** Of each item, what is needed and not allocated to the document ($4, $5) yet. */
const missing = `
  SELECT n.item_id, n.quantity - coalesce(a.quantity, 0) AS quantity FROM (${needed}) n
  LEFT JOIN (
    SELECT item_id, sum(quantity) AS quantity FROM inventory_allocation WHERE document_type = $4 AND document_id = $5::uuid GROUP BY item_id
  ) a ON a.item_id = n.item_id
  WHERE n.quantity > coalesce(a.quantity, 0)`;

/** Allocates to a document ($4, $5) as much as there is of what its needs lack. */
export const allocateSql = `${chosen("b.on_hand - b.allocated", { need: missing })},
  promised AS (
    INSERT INTO inventory_allocation AS a (item_id, location_id, lot_id, status, quantity, document_type, document_id)
    SELECT item_id, location_id, lot_id, status, taken, $4, $5::uuid FROM chosen
    ON CONFLICT (tenant_id, document_type, document_id, item_id, location_id, lot_key, status) DO UPDATE SET quantity = a.quantity + excluded.quantity
  )
  UPDATE inventory_balance b SET allocated = b.allocated + c.taken FROM chosen c
  WHERE b.item_id = c.item_id AND b.location_id = c.location_id AND b.lot_key = c.lot_key AND b.status = c.status`;

/** What to take for a document ($4, $5), to which what is allocated to it is free; of a need that cannot be met, how much there is. */
export const pickSql = `${chosen("b.on_hand - b.allocated + coalesce(a.quantity, 0)", {
  join: `
    LEFT JOIN inventory_allocation a ON a.document_type = $4 AND a.document_id = $5::uuid
      AND a.item_id = b.item_id AND a.location_id = b.location_id AND a.lot_key = b.lot_key AND a.status = b.status`,
})}
  SELECT n.item_id AS "itemId", i.sku, n.quantity AS asked, coalesce(sum(c.taken), 0) AS available, coalesce(sum(c.taken), 0) < n.quantity AS short,
         coalesce(json_agg(json_build_object('locationId', c.location_id, 'lotId', c.lot_id, 'quantity', c.taken) ORDER BY c.place) FILTER (WHERE c.taken IS NOT NULL), '[]') AS picks
  FROM need n JOIN item i ON i.id = n.item_id LEFT JOIN chosen c ON c.item_id = n.item_id
  GROUP BY n.item_id, i.sku, n.quantity ORDER BY i.sku`;
