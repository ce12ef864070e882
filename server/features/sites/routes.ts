import type { AnyRoute } from "#platform/http/route.ts";

export const siteRoutes: readonly AnyRoute[] = [];
