import { SearchQuery, SearchResults } from "#contract/search-results.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import type { AnyRoute } from "#platform/http/route.ts";
import { searchEverything } from "./search.ts";

export const searchRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/search",
    summary: "Items, barcodes, lots, locations, purchase orders and suppliers by code or text, the best first",
    query: SearchQuery,
    response: SearchResults,
    transaction: "read-one",
    handler: ({ tx, context, query }) => searchEverything(tx, context, query),
  }),
];
