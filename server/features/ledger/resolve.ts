import type { Tracking } from "#contract/catalog.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { reasonUseOf, type PostRequest } from "./rules.ts";

/** A location as a request named it; null when there is none that the tenant knows. */
export interface ResolvedLocation {
  id: string;
  code: string;
  siteId: string;
  siteCode: string;
  active: boolean;
}

export interface ResolvedLot {
  id: string;
  code: string;
  expiresOn: string | null;
  expired: boolean;
  itemId: string;
}

/** What one request names, looked up. `quantity` is in base units, computed by the database. */
export interface Resolved {
  line: number;
  item: {
    id: string;
    sku: string;
    name: string;
    baseUom: string;
    tracking: Tracking;
    whole: boolean;
    active: boolean;
    shelfLifeDays: number | null;
  } | null;
  /** While the item's lock was waited for, it was changed: its units were read from before that. */
  itemChanged: boolean;
  uomKnown: boolean;
  quantity: number | null;
  quantityFits: boolean;
  quantityWhole: boolean;
  from: ResolvedLocation | null;
  to: ResolvedLocation | null;
  lot: ResolvedLot | null;
  reasonKnown: boolean;
}

// Under row-level security an index is used only by conditions that cannot leak: CASE counts among them, coalesce and subqueries do not.
const location = (side: "from" | "to") => `
  LEFT JOIN LATERAL (
    SELECT c.id FROM location c WHERE r.${side}_location_id IS NULL AND c.site_id = r.site_id AND c.code = r.${side}_location_code LIMIT 1
  ) ${side}_named ON true
  LEFT JOIN LATERAL (
    SELECT l.id, l.code, l.site_id, l.active FROM location l WHERE l.id = CASE WHEN r.${side}_location_id IS NULL THEN ${side}_named.id ELSE r.${side}_location_id END FOR KEY SHARE OF l
  ) ${side}_location ON true
  LEFT JOIN site ${side}_site ON ${side}_site.id = ${side}_location.site_id`;

// Key-share locks hold off whoever would deactivate the item or location, or put the whole lot on hold, until this transaction has ended.
export const resolveSql = `
  SELECT r.line,
    CASE WHEN i.id IS NOT NULL THEN jsonb_build_object('id', i.id, 'sku', i.sku, 'name', i.name, 'baseUom', i.base_uom, 'tracking', i.tracking,
      'whole', u.whole, 'active', i.active, 'shelfLifeDays', i.shelf_life_days) END AS item,
    i.version IS DISTINCT FROM (SELECT c.version FROM item c WHERE c.id = i.id) AS "itemChanged",
    (r.uom IS NULL OR f.factor IS NOT NULL) AS "uomKnown",
    b.quantity, (b.quantity = round(b.quantity, 4) AND b.quantity < 100000000000) AS "quantityFits", (b.quantity = trunc(b.quantity)) AS "quantityWhole",
    CASE WHEN from_location.id IS NOT NULL THEN jsonb_build_object('id', from_location.id, 'code', from_location.code, 'siteId', from_site.id, 'siteCode', from_site.code, 'active', from_location.active AND from_site.active) END AS "from",
    CASE WHEN to_location.id IS NOT NULL THEN jsonb_build_object('id', to_location.id, 'code', to_location.code, 'siteId', to_site.id, 'siteCode', to_site.code, 'active', to_location.active AND to_site.active) END AS "to",
    CASE WHEN lot.id IS NOT NULL THEN jsonb_build_object('id', lot.id, 'code', lot.code, 'expiresOn', lot.expires_on,
      'expired', coalesce(lot.expires_on < (now() AT TIME ZONE $2)::date, false), 'itemId', lot.item_id) END AS lot,
    (r.reason_code IS NULL OR EXISTS (SELECT FROM reason_code c WHERE c.use = r.reason_use AND c.code = r.reason_code AND c.active)) AS "reasonKnown"
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, sku text, uom text, quantity numeric, site_id uuid,
    from_location_id uuid, from_location_code text, to_location_id uuid, to_location_code text, lot_id uuid, lot_code text, reason_code text, reason_use text)
  LEFT JOIN LATERAL (SELECT c.id FROM item c WHERE r.item_id IS NULL AND c.sku = r.sku LIMIT 1) item_named ON true
  LEFT JOIN LATERAL (SELECT i.* FROM item i WHERE i.id = CASE WHEN r.item_id IS NULL THEN item_named.id ELSE r.item_id END FOR KEY SHARE OF i) i ON true
  LEFT JOIN unit u ON u.code = i.base_uom
  LEFT JOIN LATERAL (
    SELECT 1::numeric AS factor WHERE r.uom IS NULL OR r.uom = i.base_uom
    UNION ALL SELECT o.factor FROM item_unit o WHERE o.item_id = i.id AND o.uom = r.uom
    LIMIT 1
  ) f ON true
  CROSS JOIN LATERAL (SELECT r.quantity * f.factor AS quantity) b
  ${location("from")}
  ${location("to")}
  LEFT JOIN LATERAL (SELECT c.id FROM lot c WHERE r.lot_id IS NULL AND c.item_id = i.id AND c.code = r.lot_code LIMIT 1) lot_named ON true
  LEFT JOIN LATERAL (SELECT o.id, o.code, o.expires_on, o.item_id FROM lot o WHERE o.id = CASE WHEN r.lot_id IS NULL THEN lot_named.id ELSE r.lot_id END FOR KEY SHARE OF o) lot ON true
  ORDER BY r.line`;

/** Looks up everything that the requests name, in one statement however many they are; twice when an item was changed meanwhile. */
export async function resolve(tx: Tx, requests: readonly PostRequest[], timeZone: string): Promise<Resolved[]> {
  const rows = requests.map((request, line) => ({
    line,
    item_id: request.itemId,
    sku: request.sku,
    uom: request.uom,
    quantity: request.quantity,
    site_id: request.siteId,
    from_location_id: request.fromLocationId,
    from_location_code: request.fromLocationCode,
    to_location_id: request.toLocationId,
    to_location_code: request.toLocationCode,
    lot_id: request.lotId,
    lot_code: request.lotCode,
    reason_code: request.reasonCode,
    reason_use: request.reasonUse ?? reasonUseOf(request.type),
  }));
  const lookUp = () => tx.sql<Resolved>(resolveSql, [JSON.stringify(rows), timeZone]);
  const found = await lookUp();
  return found.some(({ itemChanged }) => itemChanged) ? await lookUp() : found;
}
