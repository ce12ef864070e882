import type { AnyRoute } from "#platform/http/route.ts";
import { bomRoutes } from "./bom-routes.ts";
import { postingRoutes } from "./posting-routes.ts";
import { productionRoutes } from "./production-routes.ts";

export const manufacturingRoutes: readonly AnyRoute[] = [...bomRoutes, ...productionRoutes, ...postingRoutes];
