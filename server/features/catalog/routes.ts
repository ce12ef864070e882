import type { AnyRoute } from "#platform/http/route.ts";
import { itemRoutes } from "./item-routes.ts";

export const catalogRoutes: readonly AnyRoute[] = [...itemRoutes];
