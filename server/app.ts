import { z } from "zod";
import { pagePaths } from "#contract/pages.ts";
import { alertRoutes } from "#features/alerts/routes.ts";
import { auditRoutes } from "#features/audit/routes.ts";
import { catalogRoutes } from "#features/catalog/routes.ts";
import { countingRoutes } from "#features/counting/routes.ts";
import { manufacturingRoutes } from "#features/manufacturing/routes.ts";
import { dashboardRoutes } from "#features/dashboard/routes.ts";
import { dataExchangeRoutes } from "#features/data-exchange/routes.ts";
import { identityRoutes } from "#features/identity/routes.ts";
import { ledgerRoutes } from "#features/ledger/routes.ts";
import { liveRoutes } from "#features/live/routes.ts";
import { lotStockRoutes } from "#features/lots/routes.ts";
import { operationsRoutes } from "#features/operations/routes.ts";
import { purchasingRoutes } from "#features/purchasing/routes.ts";
import { reportRoutes } from "#features/reports/routes.ts";
import { searchRoutes } from "#features/search/routes.ts";
import { settingsRoutes } from "#features/settings/routes.ts";
import { siteRoutes } from "#features/sites/routes.ts";
import { suggestionRoutes } from "#features/suggestions/routes.ts";
import { transferRoutes } from "#features/transfers/routes.ts";
import { health } from "#platform/http/health-route.ts";
import { mountRoutes } from "#platform/http/mount.ts";
import { openApiDocument } from "#platform/http/openapi.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute } from "#platform/http/route.ts";
import { createStaticFiles } from "#platform/http/static-files.ts";
import type { Services } from "#platform/services.ts";

const openApi = MiddlewarePresets.public({
  method: "GET",
  path: "/openapi.json",
  summary: "This API, described",
  response: z.record(z.string(), z.unknown()),
  handler: async ({ services }) => openApiDocument(routes, { version: services.settings.version, cookie: services.sessions.name }),
});

/** Every route there is. The server, the OpenAPI document and the tests that look for gaps all read this list. */
export const routes: readonly AnyRoute[] = [
  health,
  openApi,
  ...identityRoutes,
  ...settingsRoutes,
  ...siteRoutes,
  ...catalogRoutes,
  ...ledgerRoutes,
  ...lotStockRoutes,
  ...transferRoutes,
  ...suggestionRoutes,
  ...purchasingRoutes,
  ...countingRoutes,
  ...manufacturingRoutes,
  ...alertRoutes,
  ...searchRoutes,
  ...liveRoutes,
  ...dashboardRoutes,
  ...reportRoutes,
  ...dataExchangeRoutes,
  ...auditRoutes,
  ...operationsRoutes,
];

export const createApp = (services: Services, webRoot: string) => mountRoutes(routes, services, createStaticFiles(webRoot, pagePaths));
