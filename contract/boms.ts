import { z } from "zod";
import { inOrder } from "./dates.ts";
import { listOf, listQuery, Search } from "./list.ts";
import { numberWithin } from "./numbers.ts";
import { ChangedFrom, Code, DateOnly, GivenDate, GivenId, GivenInstant, Id, Quantity, recordFields, Text } from "./primitives.ts";

export const BomStatus = z.enum(["DRAFT", "ACTIVE", "RETIRED"]);
export type BomStatus = z.infer<typeof BomStatus>;
/** `MANUAL`: consumed when somebody says so. `BACKFLUSH`: consumed with each output, what expires first at first. */
export const IssueMethod = z.enum(["MANUAL", "BACKFLUSH"]);
export type IssueMethod = z.infer<typeof IssueMethod>;

/** Components that one bill may have. */
export const componentsMax = 500;

/** Base units of the component for the bill's yield; `scrapPercent` is added to them: 100 with 5 % comes to 105. */
export const BomComponent = z
  .object({
    lineNumber: z.int(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    uom: z.string(),
    quantity: z.number(),
    scrapPercent: z.number(),
    issueMethod: IssueMethod,
  })
  .meta({ id: "BomComponent" });

const header = {
  ...recordFields,
  itemId: GivenId,
  sku: z.string(),
  itemName: z.string(),
  uom: z.string(),
  /** What people call the version of the bill; `version` counts the changes of this record. */
  revision: z.string(),
  status: BomStatus,
  yieldQuantity: z.number(),
  effectiveFrom: GivenDate.nullable(),
  effectiveTo: GivenDate.nullable(),
  note: z.string().nullable(),
  createdBy: GivenId,
  activatedAt: GivenInstant.nullable(),
};
export const BomSummary = z.object({ ...header, componentCount: z.int() }).meta({ id: "BomSummary" });
export type BomSummary = z.infer<typeof BomSummary>;
export const Bom = z.object({ ...header, components: z.array(BomComponent) }).meta({ id: "Bom" });
export type Bom = z.infer<typeof Bom>;
export const BomList = listOf(BomSummary).meta({ id: "BomList" });
/** `componentItemId`: the bills that the item goes into. */
export const BomQuery = z.strictObject({
  ...listQuery,
  itemId: Id.optional(),
  componentItemId: Id.optional(),
  status: BomStatus.optional(),
  search: Search,
});
export type BomQuery = z.infer<typeof BomQuery>;

export const NewComponent = z
  .strictObject({
    itemId: Id,
    quantity: Quantity,
    scrapPercent: numberWithin({ max: 100, decimals: 3 }).nonnegative("Must not be negative").default(0),
    issueMethod: IssueMethod.default("MANUAL"),
  })
  .meta({ id: "NewComponent" });
export type NewComponent = z.infer<typeof NewComponent>;

const components = z.array(NewComponent).min(1).max(componentsMax);
const dates = { effectiveFrom: DateOnly.nullable().optional(), effectiveTo: DateOnly.nullable().optional() };
const datesInOrder = inOrder("effectiveFrom", "effectiveTo");

export const CreateBom = z
  .strictObject({ itemId: Id, version: Code, yieldQuantity: Quantity.default(1), ...dates, note: Text.optional(), components })
  .check(datesInOrder)
  .meta({ id: "CreateBom" });
export type CreateBom = z.infer<typeof CreateBom>;

/** Components and yield of a draft only: `components` replaces all of them. Dates and note at any time. */
export const UpdateBom = z
  .strictObject({
    version: ChangedFrom,
    yieldQuantity: Quantity.optional(),
    ...dates,
    note: Text.nullable().optional(),
    components: components.optional(),
  })
  .check(datesInOrder)
  .meta({ id: "UpdateBom" });
export type UpdateBom = z.infer<typeof UpdateBom>;

export const BomStep = z.strictObject({ version: ChangedFrom, note: Text.optional() }).meta({ id: "BomStep" });
export type BomStep = z.infer<typeof BomStep>;

export const SetStandardCost = z.strictObject({ note: Text.optional() }).meta({ id: "SetStandardCost" });

/** Where the cost of a component comes from: the stock's average, the item's standard cost, or its own bill; `NONE` of them says. */
export const CostSource = z.enum(["AVERAGE", "STANDARD", "BOM", "NONE"]);
export type CostSource = z.infer<typeof CostSource>;

/** One line of the whole structure, depth first: what goes into one yield of the bill at the top. */
export const BomCostLine = z
  .object({
    level: z.int(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    uom: z.string(),
    /** Scrap included. */
    quantity: z.number(),
    unitCost: z.number(),
    amount: z.number(),
    source: CostSource,
  })
  .meta({ id: "BomCostLine" });
export type BomCostLine = z.infer<typeof BomCostLine>;
export const BomCost = z
  .object({
    bomId: GivenId,
    itemId: GivenId,
    sku: z.string(),
    yieldQuantity: z.number(),
    materialCost: z.number(),
    unitCost: z.number(),
    lines: z.array(BomCostLine),
  })
  .meta({ id: "BomCost" });
export type BomCost = z.infer<typeof BomCost>;
