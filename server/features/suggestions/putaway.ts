import { sql } from "kysely";
import { type PutawayQuery, type PutawaySuggestion, suggestionsMax } from "#contract/suggestions.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { type Caller, requireSite } from "#platform/http/site-access.ts";
import { inChosenSites } from "./chosen-sites.ts";

type Place = Omit<PutawaySuggestion["places"][number], "quantity">;

/** Places of the item from the item's own balances; empty ones in the order in which one walks, as many as can be told. */
const placesOf = (caller: Caller, { siteId, itemId }: PutawayQuery) => sql<Place>`
  WITH site_of AS (SELECT s.id FROM site s WHERE s.active AND ${inChosenSites(caller, siteId, "s.id")}),
  same AS (
    SELECT b.location_id AS id, sum(b.on_hand) AS on_hand FROM inventory_balance b
    WHERE b.item_id = ${itemId ?? null}::uuid AND b.status = 'AVAILABLE' AND b.on_hand > 0 GROUP BY b.location_id
  )
  (SELECT l.site_id AS "siteId", l.id AS "locationId", l.code AS "locationCode", 'SAME_ITEM' AS why, same.on_hand AS "onHand", l.capacity - whole.on_hand AS room
   FROM same JOIN location l ON l.id = same.id JOIN site_of ON site_of.id = l.site_id
   CROSS JOIN LATERAL (SELECT sum(b.on_hand) AS on_hand FROM inventory_balance b WHERE b.location_id = l.id) whole
   WHERE l.type = 'STORAGE' AND l.active AND (l.capacity IS NULL OR l.capacity > whole.on_hand)
   ORDER BY l.pick_sequence, l.code LIMIT ${suggestionsMax})
  UNION ALL
  (SELECT l.site_id, l.id, l.code, 'EMPTY', 0, l.capacity
   FROM site_of CROSS JOIN LATERAL (
     SELECT l.* FROM location l
     WHERE l.site_id = site_of.id AND l.type = 'STORAGE' AND l.active
       AND NOT EXISTS (SELECT FROM inventory_balance b WHERE b.location_id = l.id AND b.on_hand > 0)
     ORDER BY l.pick_sequence, l.code LIMIT ${suggestionsMax}
   ) l
   ORDER BY l.pick_sequence, l.code LIMIT ${suggestionsMax})`;

/** Where to put something: to the same item first, then to where nothing is, within what a place holds. Throws `404` for site or item. */
export async function suggestPutaway(tx: Tx, context: Context, query: PutawayQuery): Promise<PutawaySuggestion> {
  const { siteId, itemId, quantity } = query;
  if (siteId !== undefined) requireSite(context, siteId);
  if (itemId !== undefined && (await tx.sql("SELECT 1 FROM item WHERE id = $1", [itemId])).length === 0) throw new NotFoundError();
  return fill(await tx.many(placesOf(context, query)), quantity);
}

/** Fills one place after the other. In ten-thousandths, which add up exactly. */
function fill(places: readonly Place[], quantity: number | undefined): PutawaySuggestion {
  if (quantity === undefined)
    return { places: places.slice(0, suggestionsMax).map((place) => ({ ...place, quantity: null })), unplaced: null };
  let left = Math.round(quantity * 10_000);
  const filled: PutawaySuggestion["places"] = [];
  for (const place of places.slice(0, suggestionsMax)) {
    if (left === 0) break;
    const part = place.room === null ? left : Math.min(left, Math.round(place.room * 10_000));
    filled.push({ ...place, quantity: part / 10_000 });
    left -= part;
  }
  return { places: filled, unplaced: left / 10_000 };
}
