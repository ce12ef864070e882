import { IdParams } from "#contract/primitives.ts";
import { CreateSite, Site, SiteList, SiteQuery, UpdateSite } from "#contract/sites.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { admins, type AnyRoute } from "#platform/http/route.ts";
import { readChange } from "#platform/http/versioned.ts";
import { locationRoutes } from "./location-routes.ts";
import { changeSite, createSite, getSite, listSites } from "./sites.ts";

export const siteRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/sites",
    summary: "The sites that the caller may work in",
    query: SiteQuery,
    response: SiteList,
    handler: ({ tx, context, query, services }) => listSites(tx, context, query, services.settings.cursorSecrets),
  }),
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/sites/{id}",
    summary: "One site",
    params: IdParams,
    response: Site,
    transaction: "read-one",
    handler: ({ tx, context, params }) => getSite(tx, context, params.id),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/sites",
    summary: "Open a site",
    roles: admins,
    body: CreateSite,
    response: Site,
    status: 201,
    handler: ({ tx, context, body }) => createSite(tx, context, body),
  }),
  MiddlewarePresets.write({
    method: "PATCH",
    path: "/sites/{id}",
    summary: "Change or close a site",
    roles: admins,
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
