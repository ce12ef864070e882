import { z } from "zod";
import { IdParams } from "#contract/primitives.ts";
import {
  CreateLocationItem,
  LocationItem,
  LocationItemList,
  LocationItemQuery,
  PutawayQuery,
  PutawaySuggestion,
  ReplenishmentQuery,
  ReplenishmentSuggestion,
  UpdateLocationItem,
} from "#contract/suggestions.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { changeLocationItem, createLocationItem, getLocationItem, listLocationItems, removeLocationItem } from "./location-items.ts";
import { suggestPutaway } from "./putaway.ts";
import { suggestReplenishment } from "./replenishment.ts";

export const suggestionRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/suggestions/putaway",
    summary: "Where to put something: to the same item, or where nothing is",
    query: PutawayQuery,
    response: PutawaySuggestion,
    handler: ({ tx, context, query }) => suggestPutaway(tx, context, query),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/suggestions/replenishment",
    summary: "What to move from storage into picking places that have too little",
    query: ReplenishmentQuery,
    response: ReplenishmentSuggestion,
    handler: ({ tx, context, query }) => suggestReplenishment(tx, context, query.siteId),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/location-items",
    summary: "How much of which item picking places are to hold; by site, location and item",
    query: LocationItemQuery,
    response: LocationItemList,
    handler: ({ tx, context, query, services }) => listLocationItems(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/inventory/location-items/{id}",
    summary: "How much of one item a picking place is to hold",
    params: IdParams,
    response: LocationItem,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getLocationItem(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/inventory/location-items",
    summary: "Have a picking place hold an item",
    roles: supervisors,
    body: CreateLocationItem,
    response: LocationItem,
    status: 201,
    handler: ({ tx, context, body }) => createLocationItem(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/inventory/location-items/{id}",
    summary: "Change how much of an item a picking place is to hold",
    roles: supervisors,
    params: IdParams,
    body: UpdateLocationItem,
    response: LocationItem,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeLocationItem(tx, context, params.id, basis, changes);
    },
  }),
  MiddlewarePresets.write({
    method: "DELETE",
    path: "/inventory/location-items/{id}",
    summary: "Have a picking place hold an item no more",
    roles: supervisors,
    params: IdParams,
    response: z.null(),
    status: 204,
    handler: async ({ tx, context, params }) => {
      await removeLocationItem(tx, context, params.id);
      return null;
    },
  }),
];
