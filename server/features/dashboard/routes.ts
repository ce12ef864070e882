import { DashboardQuery, DashboardStats } from "#contract/dashboard.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { type AnyRoute } from "#platform/http/route.ts";
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
];
