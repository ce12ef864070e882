import { IdParams } from "#contract/primitives.ts";
import { CreateLocation, Location, LocationList, LocationQuery, UpdateLocation } from "#contract/sites.ts";
import { type AnyRoute, createSecureRoute, everyRole, supervisors } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { getLocation, listLocations } from "./location-queries.ts";
import { changeLocation, createLocation } from "./locations.ts";
import { getSite } from "./sites.ts";

export const locationRoutes: readonly AnyRoute[] = [
  createSecureRoute({
    method: "GET",
    path: "/sites/{id}/locations",
    summary: "The locations of a site",
    roles: everyRole,
    rateLimit: "API",
    params: IdParams,
    query: LocationQuery.omit({ siteId: true }),
    response: LocationList,
    handler: async ({ tx, context, params, query, services }) => {
      const { id } = await getSite(tx, context, params.id);
      return await listLocations(tx, context, { ...query, siteId: id }, services.settings.cursorSecrets);
    },
  }),
  createSecureRoute({
    method: "POST",
    path: "/sites/{id}/locations",
    summary: "Add a location to a site",
    roles: supervisors,
    rateLimit: "WRITE",
    params: IdParams,
    body: CreateLocation,
    response: Location,
    status: 201,
    handler: ({ tx, context, params, body }) => createLocation(tx, context, params.id, body),
  }),
  createSecureRoute({
    method: "GET",
    path: "/locations",
    summary: "Locations; by site, parent, type, text",
    roles: everyRole,
    rateLimit: "API",
    query: LocationQuery,
    response: LocationList,
    handler: ({ tx, context, query, services }) => listLocations(tx, context, query, services.settings.cursorSecrets),
  }),
  createSecureRoute({
    method: "GET",
    path: "/locations/{id}",
    summary: "One location",
    roles: everyRole,
    rateLimit: "API",
    params: IdParams,
    response: Location,
    handler: ({ tx, context, params }) => getLocation(tx, context, params.id),
  }),
  createSecureRoute({
    method: "PATCH",
    path: "/locations/{id}",
    summary: "Change, move or close a location",
    roles: supervisors,
    rateLimit: "WRITE",
    params: IdParams,
    body: UpdateLocation,
    response: Location,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeLocation(tx, context, params.id, basis, changes);
    },
  }),
];
