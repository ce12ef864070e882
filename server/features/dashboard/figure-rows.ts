import type { z } from "zod";
import type { DashboardFigure, DashboardStats } from "#contract/dashboard.ts";

type Figure = z.infer<typeof DashboardFigure>;

/** The figures as rows of a table; that of the currency's name is none. */
export function figureRows(stats: DashboardStats): Figure[] {
  const { movementsPerDay, productionOrders, topMovers, ...single } = stats;
  return [
    ...Object.entries(single).flatMap(([figure, value]) => (typeof value === "number" ? [{ figure, of: null, value }] : [])),
    ...Object.entries(productionOrders).map(([of, value]) => ({ figure: "productionOrders", of, value })),
    ...topMovers.map(({ sku, events }) => ({ figure: "topMovers", of: sku, value: events })),
    ...movementsPerDay.map(({ day, events }) => ({ figure: "movementsPerDay", of: day, value: events })),
  ];
}
