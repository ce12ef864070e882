import type { AnyRoute } from "#platform/http/route.ts";

export const dashboardRoutes: readonly AnyRoute[] = [];
