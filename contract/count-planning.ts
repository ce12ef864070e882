import { z } from "zod";
import { abcClasses } from "./catalog.ts";
import { inOrder } from "./dates.ts";
import { exportQuery } from "./export.ts";
import { listOf, listQuery } from "./list.ts";
import { numberWithin } from "./numbers.ts";
import { DateOnly, GivenDate, GivenId, Id } from "./primitives.ts";

const Share = numberWithin({ min: 0, max: 100, decimals: 2 });

/** The most valuable items that make up `aPercent` of what moved out in `days` are A, those up to `bPercent` B, all others C. */
export const ComputeAbcClasses = z
  .strictObject({
    aPercent: Share.default(80),
    bPercent: Share.default(95),
    days: z.int().min(1, "Must be at least 1").max(3_650, "Must be at most 3650").default(365),
  })
  .check(({ value, issues }) => {
    if (value.bPercent < value.aPercent)
      issues.push({ code: "custom", path: ["bPercent"], message: "Must not be less than aPercent", input: value.bPercent });
  })
  .meta({ id: "ComputeAbcClasses" });
export type ComputeAbcClasses = z.infer<typeof ComputeAbcClasses>;

/** Of active items; `value` is at the cost of each movement, in the company's currency. */
export const AbcClasses = z
  .object({
    totalValue: z.number(),
    classes: z.array(z.object({ abcClass: z.enum(abcClasses), items: z.int(), value: z.number() })),
    changed: z.int(),
    /** The most valuable of those that changed, a hundred at most. */
    changes: z.array(
      z.object({
        itemId: GivenId,
        sku: z.string(),
        value: z.number(),
        from: z.enum(abcClasses).nullable(),
        to: z.enum(abcClasses),
      }),
    ),
  })
  .meta({ id: "AbcClasses" });
export type AbcClasses = z.infer<typeof AbcClasses>;

/** Of one site: an item of a class that is counted every so many days, that has stock there and whose days are over. */
export const DueItem = z
  .object({
    siteId: GivenId,
    siteCode: z.string(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    abcClass: z.enum(abcClasses),
    /** By the last count there that was approved and not undone; null when there was none. */
    lastCountedOn: GivenDate.nullable(),
    /** The day its days were over; of one that was never counted there, the day the item was made. */
    dueSince: GivenDate,
    /** What there is to count: its stock by place, lot and state. */
    lines: z.int(),
  })
  .meta({ id: "DueItem" });
export type DueItem = z.infer<typeof DueItem>;
export const DueItemList = listOf(DueItem).meta({ id: "DueItemList" });
export const DueItemQuery = z.strictObject({ ...listQuery, siteId: Id.optional(), abcClass: z.enum(abcClasses).optional() });
export type DueItemQuery = z.infer<typeof DueItemQuery>;

const accuracyFilters = { siteId: Id.optional(), from: DateOnly.optional(), to: DateOnly.optional() };
const accuracySpan = inOrder("from", "to", { daysMax: 3_660 });
export const CountAccuracyQuery = z.strictObject(accuracyFilters).check(accuracySpan);
export const CountAccuracyExportQuery = z.strictObject({ ...accuracyFilters, ...exportQuery }).check(accuracySpan);
export type CountAccuracyQuery = z.infer<typeof CountAccuracyQuery>;

/** Of counts that were approved, and not undone, by the month of their approval on the company's calendar. */
export const CountAccuracyRow = z
  .object({
    /** `2026-01`. */
    month: z.string(),
    siteId: GivenId,
    siteCode: z.string(),
    counts: z.int(),
    lines: z.int(),
    /** Lines that were as the books said. */
    accurateLines: z.int(),
    /** Their share in percent. */
    accuracy: z.number(),
  })
  .meta({ id: "CountAccuracyRow" });
export const CountAccuracy = z.object({ items: z.array(CountAccuracyRow) }).meta({ id: "CountAccuracy" });
export type CountAccuracy = z.infer<typeof CountAccuracy>;
