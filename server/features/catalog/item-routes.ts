import { Item, ItemList, ItemQuery } from "#contract/catalog.ts";
import { IdParams } from "#contract/primitives.ts";
import { type AnyRoute, createSecureRoute, everyRole } from "#platform/http/route.ts";
import { getItem, listItems } from "./item-queries.ts";

export const itemRoutes: readonly AnyRoute[] = [
  createSecureRoute({
    method: "GET",
    path: "/inventory/items",
    summary: "Items with what is on hand; search by SKU, name or barcode",
    roles: everyRole,
    rateLimit: "API",
    query: ItemQuery,
    response: ItemList,
    handler: ({ tx, context, query, services }) => listItems(tx, context, query, services.settings.cursorSecret),
  }),
  createSecureRoute({
    method: "GET",
    path: "/inventory/items/{id}",
    summary: "One item with its units and barcodes",
    roles: everyRole,
    rateLimit: "API",
    params: IdParams,
    response: Item,
    handler: ({ tx, context, params }) => getItem(tx, context, params.id),
  }),
];
