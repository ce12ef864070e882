import { z } from "zod";
import { abcClasses } from "./catalog.ts";
import { StockStatus } from "./ledger.ts";
import { listOf, listQuery } from "./list.ts";
import {
  ChangedFrom,
  Code,
  DateOnly,
  GivenDate,
  GivenId,
  GivenInstant,
  Id,
  LotCode,
  Name,
  QuantityOrZero,
  recordFields,
  Text,
} from "./primitives.ts";

export const countTypes = ["FULL", "LOCATION", "ITEM", "ABC", "RANDOM"] as const;
export const CountType = z.enum(countTypes);
export type CountType = z.infer<typeof CountType>;
export const CountStatus = z.enum(["SCHEDULED", "IN_PROGRESS", "REVIEW", "APPROVED", "CANCELLED"]);
export type CountStatus = z.infer<typeof CountStatus>;
export const CountLineStatus = z.enum(["PENDING", "COUNTED", "APPROVED", "RECOUNT"]);

/** Lines that one count may have, and places or items that it may name. */
export const countLinesMax = 10_000;
const namedMax = 500;

/** In the item's base unit. Expected quantity and difference are null for who counts while the count is blind. */
export const CountLine = z
  .object({
    id: GivenId,
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    uom: z.string(),
    locationId: GivenId,
    locationCode: z.string(),
    lotId: GivenId.nullable(),
    lotCode: z.string().nullable(),
    stockStatus: StockStatus,
    status: CountLineStatus,
    expectedQuantity: z.number().nullable(),
    countedQuantity: z.number().nullable(),
    /** Counted less what the books said at that moment. */
    difference: z.number().nullable(),
    countedBy: GivenId.nullable(),
    countedAt: GivenInstant.nullable(),
    approvedBy: GivenId.nullable(),
    reasonCode: z.string().nullable(),
  })
  .meta({ id: "CountLine" });
export type CountLine = z.infer<typeof CountLine>;

const header = {
  ...recordFields,
  number: z.string(),
  name: z.string(),
  siteId: GivenId,
  siteCode: z.string(),
  type: CountType,
  blind: z.boolean(),
  status: CountStatus,
  scheduledFor: GivenDate.nullable(),
  /** Null where the clock planned it. */
  createdBy: GivenId.nullable(),
  startedAt: GivenInstant.nullable(),
  endedAt: GivenInstant.nullable(),
  reversedAt: GivenInstant.nullable(),
  reversedBy: GivenId.nullable(),
  lineCount: z.int(),
  countedCount: z.int(),
  /** Of the lines that were counted, the share in percent that was as the books said; null while blind for who counts. */
  accuracy: z.number().nullable(),
};
export const CycleCountSummary = z.object(header).meta({ id: "CycleCountSummary" });
export type CycleCountSummary = z.infer<typeof CycleCountSummary>;
export const CycleCount = z.object({ ...header, lines: z.array(CountLine) }).meta({ id: "CycleCount" });
export type CycleCount = z.infer<typeof CycleCount>;
export const CycleCountList = listOf(CycleCountSummary).meta({ id: "CycleCountList" });
export const CycleCountQuery = z.strictObject({
  ...listQuery,
  siteId: Id.optional(),
  status: CountStatus.optional(),
  type: CountType.optional(),
});
export type CycleCountQuery = z.infer<typeof CycleCountQuery>;

/** What each type asks for besides: `LOCATION` its places, with all below them; `ITEM` its items; `ABC` a class; `RANDOM` a size. */
export const CreateCycleCount = z
  .strictObject({
    siteId: Id,
    type: CountType,
    name: Name,
    locationIds: z.array(Id).max(namedMax).optional(),
    itemIds: z.array(Id).max(namedMax).optional(),
    abcClass: z.enum(abcClasses).optional(),
    sampleSize: z.int().min(1).max(countLinesMax).optional(),
    blind: z.boolean().default(false),
    scheduledFor: DateOnly.optional(),
  })
  .check(({ value, issues }) => {
    for (const [type, field] of [
      ["LOCATION", "locationIds"],
      ["ITEM", "itemIds"],
      ["ABC", "abcClass"],
      ["RANDOM", "sampleSize"],
    ] as const) {
      const given = value[field];
      const isThere = given !== undefined && !(Array.isArray(given) && given.length === 0);
      if (isThere === (value.type === type)) continue;
      const message = isThere ? `Only a count of type ${type} has this` : `A count of type ${type} needs this`;
      issues.push({ code: "custom", path: [field], message, input: given });
    }
  })
  .meta({ id: "CreateCycleCount" });
export type CreateCycleCount = z.infer<typeof CreateCycleCount>;

export const CountStep = z.strictObject({ version: ChangedFrom, note: Text.optional() }).meta({ id: "CountStep" });
export type CountStep = z.infer<typeof CountStep>;

export const ReverseCount = z.strictObject({ reasonCode: Code, note: Text.optional() }).meta({ id: "ReverseCount" });
export type ReverseCount = z.infer<typeof ReverseCount>;

/** A line of the count by its id; or what was found where nobody expected it, by item, place and lot. */
export const RecordLine = z
  .strictObject({
    lineId: Id.optional(),
    itemId: Id.optional(),
    locationId: Id.optional(),
    lotId: Id.optional(),
    lotCode: LotCode.optional(),
    countedQuantity: QuantityOrZero,
  })
  .check(({ value, issues }) => {
    const found = value.itemId !== undefined && value.locationId !== undefined;
    const named = value.lineId !== undefined;
    const more = [value.itemId, value.locationId, value.lotId, value.lotCode].some((given) => given !== undefined);
    if (named ? !more : found) return;
    issues.push({
      code: "custom",
      path: ["lineId"],
      message: "Name a line by its lineId, or what was found besides by itemId and locationId, with its lot",
      input: value,
    });
  })
  .meta({ id: "RecordLine" });
export type RecordLine = z.infer<typeof RecordLine>;
export const RecordCount = z.strictObject({ lines: z.array(RecordLine).min(1).max(500) }).meta({ id: "RecordCount" });
export type RecordCount = z.infer<typeof RecordCount>;

export const CountDecision = z
  .strictObject({ lineId: Id, decision: z.enum(["APPROVE", "RECOUNT"]), reasonCode: Code.optional() })
  .meta({ id: "CountDecision" });
export type CountDecision = z.infer<typeof CountDecision>;

/** Line by line; or all that is counted and within the company's tolerance at once, the differences with one cause. */
export const ApproveCount = z
  .strictObject({
    version: ChangedFrom,
    lines: z.array(CountDecision).min(1).max(500).optional(),
    withinTolerance: z.literal(true).optional(),
    reasonCode: Code.optional(),
  })
  .check(({ value, issues }) => {
    if ((value.lines === undefined) === (value.withinTolerance === undefined))
      issues.push({ code: "custom", path: ["lines"], message: "Give lines, or withinTolerance: true", input: value.lines });
    if (value.lines !== undefined && value.reasonCode !== undefined)
      issues.push({ code: "custom", path: ["reasonCode"], message: "Give it line by line", input: value.reasonCode });
  })
  .meta({ id: "ApproveCount" });
export type ApproveCount = z.infer<typeof ApproveCount>;
