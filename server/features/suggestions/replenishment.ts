import { sql } from "kysely";
import { type ReplenishmentSuggestion, type ReplenishmentTask, suggestionsMax } from "#contract/suggestions.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { requireSite } from "#platform/http/site-access.ts";
import { inChosenSites } from "./chosen-sites.ts";

/*
 * The places that lack something and the stock that could fill them stand in two lines an item and site: what is wanted, place after
 * place, and what is there, lot after lot. Where the two overlap is what to move, so no piece is suggested twice.
 */
const tasksOf = ({ timeZone, ...caller }: Pick<Context, "siteIds" | "timeZone">, siteId: string | undefined) => sql<ReplenishmentTask>`
  WITH place AS (
    SELECT h.id, h.site_id, h.location_id, l.code, l.pick_sequence, h.item_id, i.sku, i.base_uom, h.minimum, h.maximum, coalesce(b.available, 0) AS available
    FROM location_item h
    JOIN location l ON l.id = h.location_id AND l.active AND l.type = 'PICKING'
    JOIN item i ON i.id = h.item_id AND i.active
    LEFT JOIN LATERAL (
      SELECT sum(b.on_hand - b.allocated) AS available FROM inventory_balance b WHERE b.item_id = h.item_id AND b.location_id = h.location_id AND b.status = 'AVAILABLE'
    ) b ON true
    WHERE ${inChosenSites(caller, siteId, "h.site_id")} AND coalesce(b.available, 0) < h.minimum
  ),
  wanted AS (
    SELECT p.*, p.maximum - p.available AS wanted, sum(p.maximum - p.available) OVER (PARTITION BY p.site_id, p.item_id ORDER BY p.pick_sequence, p.code, p.id) AS until
    FROM place p
  ),
  stock AS (
    SELECT n.site_id, n.item_id, b.location_id, l.code, b.lot_id, o.code AS lot_code, o.expires_on, b.on_hand - b.allocated AS available,
           sum(b.on_hand - b.allocated) OVER (PARTITION BY n.site_id, n.item_id ORDER BY o.expires_on, l.pick_sequence, l.code, o.code, b.location_id, b.lot_key) AS until
    FROM (SELECT DISTINCT site_id, item_id FROM wanted) n
    JOIN inventory_balance b ON b.item_id = n.item_id AND b.status = 'AVAILABLE' AND b.on_hand > b.allocated
    JOIN location l ON l.id = b.location_id AND l.site_id = n.site_id AND l.type = 'STORAGE'
    LEFT JOIN lot o ON o.id = b.lot_id
    WHERE o.expires_on IS NULL OR o.expires_on >= (now() AT TIME ZONE ${timeZone})::date
  )
  SELECT w.id AS "locationItemId", w.site_id AS "siteId", w.location_id AS "toLocationId", w.code AS "toLocationCode", w.item_id AS "itemId", w.sku,
         w.base_uom AS uom, w.minimum, w.maximum, w.available, w.wanted, w.wanted - m.found AS short, m.moves
  FROM wanted w
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(part.quantity), 0) AS found, coalesce(json_agg(json_build_object('fromLocationId', part.location_id, 'fromLocationCode', part.code,
             'lotId', part.lot_id, 'lotCode', part.lot_code, 'expiresOn', part.expires_on, 'quantity', part.quantity) ORDER BY part.until), '[]') AS moves
    FROM (
      SELECT s.*, least(s.until, w.until) - greatest(s.until - s.available, w.until - w.wanted) AS quantity
      FROM stock s WHERE s.site_id = w.site_id AND s.item_id = w.item_id AND s.until > w.until - w.wanted AND s.until - s.available < w.until
    ) part
  ) m
  ORDER BY w.pick_sequence, w.code, w.sku, w.id LIMIT ${suggestionsMax + 1}`;

/** What to move from storage so that picking places that have less than their minimum are full: one query. Throws `404` for the site. */
export async function suggestReplenishment(tx: Tx, context: Context, siteId: string | undefined): Promise<ReplenishmentSuggestion> {
  if (siteId !== undefined) requireSite(context, siteId);
  const found = await tx.many(tasksOf(context, siteId));
  return { tasks: found.slice(0, suggestionsMax), more: found.length > suggestionsMax };
}
