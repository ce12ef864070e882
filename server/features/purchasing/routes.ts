import { orderRoutes } from "./order-routes.ts";
import { receiptRoutes } from "./receipt-routes.ts";
import { supplierItemRoutes } from "./supplier-item-routes.ts";
import { supplierRoutes } from "./supplier-routes.ts";

export const purchasingRoutes = [...supplierRoutes, ...supplierItemRoutes, ...orderRoutes, ...receiptRoutes];
