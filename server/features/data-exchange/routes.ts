import type { AnyRoute } from "#platform/http/route.ts";

export const dataExchangeRoutes: readonly AnyRoute[] = [];
