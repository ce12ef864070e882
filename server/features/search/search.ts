import { foundKinds, type Found, type SearchQuery, type SearchResults } from "#contract/search-results.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { ownSiteIds } from "#platform/http/site-access.ts";
import { containsPattern } from "#platform/validation.ts";

const search = `
  SELECT kind, id, code, name, site_id AS "siteId", item_id AS "itemId", rank
  FROM search_everything($1, $2, $3, $4) ORDER BY rank, array_position($5::text[], kind), code, id`;

/** What the company has by this code or text, each kind up to the limit; places and orders of the caller's sites only. */
export async function searchEverything(tx: Tx, context: Context, { q, limit }: SearchQuery): Promise<SearchResults> {
  if (q === "") return { items: [] };
  return { items: await tx.sql<Found>(search, [q, containsPattern(q), limit, ownSiteIds(context), foundKinds]) };
}
