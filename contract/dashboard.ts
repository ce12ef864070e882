import { z } from "zod";
import { exportQuery } from "./export.ts";
import { GivenId, Id } from "./primitives.ts";

export const DashboardQuery = z.strictObject({ siteId: Id.optional() });
export const DashboardExportQuery = DashboardQuery.extend(exportQuery);

/** One figure a row: `of` names the day, item or state that it is of, where there is one for each. */
export const DashboardFigure = z
  .object({ figure: z.string(), of: z.string().nullable(), value: z.number() })
  .meta({ id: "DashboardFigure" });

/** Figures over the sites that the caller may see, or over one of them. */
export const DashboardStats = z
  .object({
    currency: z.string(),
    stockValue: z.number(),
    unitsOnHand: z.number(),
    unitsOnHold: z.number(),
    itemsActive: z.int(),
    itemsInStock: z.int(),
    itemsBelowReorderPoint: z.int(),
    /** A lot may lie in several places: so many balances are of these lots. */
    lotsExpired: z.int(),
    balancesExpired: z.int(),
    lotsExpiringIn30Days: z.int(),
    balancesExpiringIn30Days: z.int(),
    lotsExpiringIn60Days: z.int(),
    lotsExpiringIn90Days: z.int(),
    /** Approved or sent, and not all there; overdue where a line is whose day has passed. */
    purchaseOrdersOpen: z.int(),
    purchaseOrdersOverdue: z.int(),
    /** Not ended, and planned for today, for a day before, or for none. */
    countsDue: z.int(),
    /** Orders under way: those that ended are not counted. */
    productionOrders: z.object({ PLANNED: z.int(), RELEASED: z.int(), IN_PROGRESS: z.int(), COMPLETED: z.int() }),
    /** The items with the most events of the last 30 days, and how much of each moved. */
    topMovers: z.array(z.object({ itemId: GivenId, sku: z.string(), name: z.string(), events: z.int(), quantity: z.number() })),
    eventsToday: z.int(),
    movementsPerDay: z.array(z.object({ day: z.iso.date(), events: z.int() })),
  })
  .meta({ id: "DashboardStats" });
export type DashboardStats = z.infer<typeof DashboardStats>;
