import { IdParams } from "#contract/primitives.ts";
import { CreateSite, Site, SiteList, SiteQuery, UpdateSite } from "#contract/sites.ts";
import { admins, type AnyRoute, createSecureRoute, everyRole } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { locationRoutes } from "./location-routes.ts";
import { changeSite, createSite, getSite, listSites } from "./sites.ts";

export const siteRoutes: readonly AnyRoute[] = [
  createSecureRoute({
    method: "GET",
    path: "/sites",
    summary: "The sites that the caller may work in",
    roles: everyRole,
    rateLimit: "API",
    query: SiteQuery,
    response: SiteList,
    handler: ({ tx, context, query, services }) => listSites(tx, context, query, services.settings.cursorSecrets),
  }),
  createSecureRoute({
    method: "GET",
    path: "/sites/{id}",
    summary: "One site",
    roles: everyRole,
    rateLimit: "API",
    params: IdParams,
    response: Site,
    handler: ({ tx, context, params }) => getSite(tx, context, params.id),
  }),
  createSecureRoute({
    method: "POST",
    path: "/sites",
    summary: "Open a site",
    roles: admins,
    rateLimit: "WRITE",
    body: CreateSite,
    response: Site,
    status: 201,
    handler: ({ tx, context, body }) => createSite(tx, context, body),
  }),
  createSecureRoute({
    method: "PATCH",
    path: "/sites/{id}",
    summary: "Change or close a site",
    roles: admins,
    rateLimit: "WRITE",
    params: IdParams,
    body: UpdateSite,
    response: Site,
    handler: ({ tx, context, params, ...input }) => {
      const { basis, changes } = readChange(input);
      return changeSite(tx, context, params.id, basis, changes);
    },
  }),
  ...locationRoutes,
];
