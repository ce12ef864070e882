import { z } from "zod";
import { inOrder } from "./dates.ts";
import { exportQuery } from "./export.ts";
import { listOf, listQuery } from "./list.ts";
import { DateOnly, GivenDate, GivenId, Id } from "./primitives.ts";

// Each report is a list, and the same rows as a file. Days are those of the company's calendar, values in its currency.

const place = { siteId: Id.optional() };
const ofItem = { ...place, itemId: Id.optional() };
const item = { itemId: GivenId, sku: z.string(), itemName: z.string(), uom: z.string() };
const daysMax = 3_660;

/** The filters of a report as those of its list and of its file. */
const filtersOf = <S extends z.ZodRawShape>(shape: S) => ({
  list: z.strictObject({ ...listQuery, ...shape }),
  file: z.strictObject({ ...shape, ...exportQuery }),
});
/** The same for a span of days, both counted. */
const filtersOfSpan = <S extends z.ZodRawShape>(shape: S) => {
  const span = filtersOf({ ...shape, from: DateOnly, to: DateOnly });
  return { list: span.list.check(inOrder("from", "to", { daysMax })), file: span.file.check(inOrder("from", "to", { daysMax })) };
};

/** At the average cost, which an item has in common over all sites. */
export const ValuationRow = z
  .object({
    ...item,
    siteId: GivenId,
    siteCode: z.string(),
    onHand: z.number(),
    onHold: z.number(),
    averageCost: z.number(),
    value: z.number(),
  })
  .meta({ id: "ValuationRow" });
export const Valuation = listOf(ValuationRow).meta({ id: "Valuation" });
export const ValuationFilters = filtersOf(ofItem);

/** Opening is what was there when `from` began, closing when `to` had ended; what only changed its place within these sites is neither in nor out. */
export const MovementRow = z
  .object({ ...item, opening: z.number(), quantityIn: z.number(), quantityOut: z.number(), closing: z.number() })
  .meta({ id: "MovementRow" });
export const Movement = listOf(MovementRow).meta({ id: "Movement" });
export const MovementFilters = filtersOfSpan(ofItem);

/** On hand by how many days ago it came: first in, first out. */
export const AgeingRow = z
  .object({
    ...item,
    onHand: z.number(),
    days0To30: z.number(),
    days31To60: z.number(),
    days61To90: z.number(),
    daysOver90: z.number(),
    value: z.number(),
  })
  .meta({ id: "AgeingRow" });
export const Ageing = listOf(AgeingRow).meta({ id: "Ageing" });
export const AgeingFilters = filtersOf(ofItem);

/** Lots on hand that have expired, or will within 30, 60 or 90 days. */
export const ExpiryRow = z
  .object({
    ...item,
    lotId: GivenId,
    lotCode: z.string(),
    expiresOn: GivenDate,
    daysLeft: z.int(),
    group: z.enum(["EXPIRED", "WITHIN_30", "WITHIN_60", "WITHIN_90"]),
    onHand: z.number(),
    value: z.number(),
  })
  .meta({ id: "ExpiryRow" });
export const Expiry = listOf(ExpiryRow).meta({ id: "Expiry" });
export const ExpiryFilters = filtersOf({ ...ofItem, within: z.enum(["30", "60", "90"]).transform(Number).default(90) });

/** What was issued and shipped, over half of the stock at the beginning and at the end; null where there was none. */
export const TurnoverRow = z
  .object({ ...item, consumptionValue: z.number(), averageStockValue: z.number(), turnover: z.number().nullable() })
  .meta({ id: "TurnoverRow" });
export const Turnover = listOf(TurnoverRow).meta({ id: "Turnover" });
export const TurnoverFilters = filtersOfSpan(ofItem);

/** Of order lines that were due in the span: late is what came, or has not come, after its day; short what is not all there after it. */
export const SupplierPerformanceRow = z
  .object({
    supplierId: GivenId,
    supplierCode: z.string(),
    supplierName: z.string(),
    lines: z.int(),
    onTime: z.int(),
    late: z.int(),
    short: z.int(),
    /** In percent of what arrived; null where nothing has. */
    rejectRate: z.number().nullable(),
    /** Of lines that are all there: negative is early. */
    averageDelayDays: z.number().nullable(),
    /** In percent over what the supplier's offer says; null without one. */
    priceDifference: z.number().nullable(),
  })
  .meta({ id: "SupplierPerformanceRow" });
export const SupplierPerformance = listOf(SupplierPerformanceRow).meta({ id: "SupplierPerformance" });
export const SupplierPerformanceFilters = filtersOfSpan({ ...place, supplierId: Id.optional() });
