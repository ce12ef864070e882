import { z } from "zod";
import { Id } from "./primitives.ts";

export const DashboardQuery = z.strictObject({ siteId: Id.optional() });

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
    eventsToday: z.int(),
    movementsPerDay: z.array(z.object({ day: z.iso.date(), events: z.int() })),
  })
  .meta({ id: "DashboardStats" });
export type DashboardStats = z.infer<typeof DashboardStats>;
