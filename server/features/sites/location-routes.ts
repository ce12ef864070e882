import { IdParams } from "#contract/primitives.ts";
import { CreateLocation, Location, LocationList, LocationQuery, UpdateLocation } from "#contract/sites.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { getLocation, listLocations } from "./location-queries.ts";
import { changeLocation, createLocation } from "./locations.ts";
import { getSite } from "./sites.ts";

export const locationRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/sites/{id}/locations",
    summary: "The locations of a site",
    params: IdParams,
    query: LocationQuery.omit({ siteId: true }),
    response: LocationList,
    handler: async ({ tx, context, params, query, services }) => {
      const { id } = await getSite(tx, context, params.id);
      return await listLocations(tx, context, { ...query, siteId: id }, services.settings.cursorSecrets);
    },
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/sites/{id}/locations",
    summary: "Add a location to a site",
    roles: supervisors,
    params: IdParams,
    body: CreateLocation,
    response: Location,
    status: 201,
    handler: ({ tx, context, params, body }) => createLocation(tx, context, params.id, body),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/locations",
    summary: "Locations; by site, parent, type, text",
    query: LocationQuery,
    response: LocationList,
    handler: ({ tx, context, query, services }) => listLocations(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/locations/{id}",
    summary: "One location",
    params: IdParams,
    response: Location,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getLocation(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/locations/{id}",
    summary: "Change, move or close a location",
    roles: supervisors,
    params: IdParams,
    body: UpdateLocation,
    response: Location,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeLocation(tx, context, params.id, basis, changes);
    },
  }),
];
