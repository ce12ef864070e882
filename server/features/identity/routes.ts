import type { AnyRoute } from "#platform/http/route.ts";

export const identityRoutes: readonly AnyRoute[] = [];
