import {
  Ageing,
  AgeingFilters,
  AgeingRow,
  Expiry,
  ExpiryFilters,
  ExpiryRow,
  Movement,
  MovementFilters,
  MovementRow,
  SupplierPerformance,
  SupplierPerformanceFilters,
  SupplierPerformanceRow,
  Turnover,
  TurnoverFilters,
  TurnoverRow,
  Valuation,
  ValuationFilters,
  ValuationRow,
} from "#contract/reports.ts";
import type { AnyRoute } from "#platform/http/route.ts";
import { movement, turnover } from "./movement-reports.ts";
import { createReport } from "./report.ts";
import { ageing, expiry, valuation } from "./stock-reports.ts";
import { supplierPerformance } from "./supplier-performance.ts";

export const reportRoutes: readonly AnyRoute[] = [
  ...createReport({
    name: "valuation",
    summary: "What is on hand by item and site, and its value",
    filters: ValuationFilters,
    row: ValuationRow,
    list: Valuation,
    source: valuation,
  }),
  ...createReport({
    name: "movement",
    summary: "What came and went of each item between two days",
    filters: MovementFilters,
    row: MovementRow,
    list: Movement,
    source: movement,
  }),
  ...createReport({
    name: "ageing",
    summary: "What is on hand by how long ago it came",
    filters: AgeingFilters,
    row: AgeingRow,
    list: Ageing,
    source: ageing,
  }),
  ...createReport({
    name: "expiry",
    summary: "Lots on hand that have expired or soon will",
    filters: ExpiryFilters,
    row: ExpiryRow,
    list: Expiry,
    source: expiry,
  }),
  ...createReport({
    name: "turnover",
    summary: "How often the stock of each item was used up between two days",
    filters: TurnoverFilters,
    row: TurnoverRow,
    list: Turnover,
    source: turnover,
  }),
  ...createReport({
    name: "supplier-performance",
    summary: "How suppliers kept to days, quantities and prices",
    filters: SupplierPerformanceFilters,
    row: SupplierPerformanceRow,
    list: SupplierPerformance,
    source: supplierPerformance,
  }),
];
