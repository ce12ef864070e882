import { DashboardExportQuery, DashboardFigure, DashboardQuery, DashboardStats } from "#contract/dashboard.ts";
import { createExportRoute, inOneBatch } from "#platform/http/export-route.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute } from "#platform/http/route.ts";
import { figureRows } from "./figure-rows.ts";
import { dashboardStats } from "./stats.ts";

export const dashboardRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.authenticated({
    method: "GET",
    path: "/dashboard/stats",
    summary: "The figures of the day, over the caller's sites or one of them",
    query: DashboardQuery,
    response: DashboardStats,
    handler: ({ tx, context, query }) => dashboardStats(tx, context, query.siteId),
  }),
  createExportRoute({
    path: "/dashboard/stats/export",
    summary: "The figures of the day as a file, one a row",
    query: DashboardExportQuery,
    row: DashboardFigure,
    name: "dashboard",
    batches: ({ tx, context, query }) => inOneBatch(dashboardStats(tx, context, query.siteId).then(figureRows)),
  }),
];
