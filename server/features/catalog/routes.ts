import type { AnyRoute } from "#platform/http/route.ts";
import { itemRoutes } from "./item-routes.ts";
import { lotRoutes } from "./lot-routes.ts";
import { reasonCodeRoutes } from "./reason-code-routes.ts";
import { unitRoutes } from "./unit-routes.ts";

export const catalogRoutes: readonly AnyRoute[] = [...unitRoutes, ...itemRoutes, ...lotRoutes, ...reasonCodeRoutes];
