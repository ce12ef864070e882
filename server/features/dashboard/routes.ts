import { DashboardQuery, DashboardStats } from "#contract/dashboard.ts";
import { type AnyRoute, createSecureRoute, everyRole } from "#platform/http/route.ts";
import { dashboardStats } from "./stats.ts";

export const dashboardRoutes: readonly AnyRoute[] = [
  createSecureRoute({
    method: "GET",
    path: "/dashboard/stats",
    summary: "The figures of the day, over the caller's sites or one of them",
    roles: everyRole,
    rateLimit: "API",
    query: DashboardQuery,
    response: DashboardStats,
    handler: ({ tx, context, query }) => dashboardStats(tx, context, query.siteId),
  }),
];
