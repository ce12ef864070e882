import { z } from "zod";
import { IssueMethod } from "./boms.ts";
import { InventoryEvent } from "./ledger.ts";
import { listOf, listQuery, Search } from "./list.ts";
import {
  ChangedFrom,
  Code,
  DateOnly,
  GivenDate,
  GivenId,
  GivenInstant,
  Id,
  LotCode,
  Quantity,
  QuantityOrZero,
  recordFields,
  Text,
} from "./primitives.ts";

export const ProductionStatus = z.enum(["PLANNED", "RELEASED", "IN_PROGRESS", "COMPLETED", "CLOSED", "CANCELLED"]);
export type ProductionStatus = z.infer<typeof ProductionStatus>;

/** In the component's base unit. What is still needed and not allocated is short: it was not there. */
export const ProductionComponent = z
  .object({
    lineNumber: z.int(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    uom: z.string(),
    plannedQuantity: z.number(),
    consumedQuantity: z.number(),
    allocatedQuantity: z.number(),
    shortQuantity: z.number(),
    issueMethod: IssueMethod,
  })
  .meta({ id: "ProductionComponent" });
export type ProductionComponent = z.infer<typeof ProductionComponent>;

const header = {
  ...recordFields,
  number: z.string(),
  status: ProductionStatus,
  itemId: GivenId,
  sku: z.string(),
  itemName: z.string(),
  uom: z.string(),
  bomId: GivenId,
  bomRevision: z.string(),
  siteId: GivenId,
  siteCode: z.string(),
  quantity: z.number(),
  producedQuantity: z.number(),
  scrappedQuantity: z.number(),
  dueDate: GivenDate.nullable(),
  note: z.string().nullable(),
  createdBy: GivenId,
  releasedAt: GivenInstant.nullable(),
  completedAt: GivenInstant.nullable(),
  closedAt: GivenInstant.nullable(),
};
export const ProductionOrderSummary = z.object(header).meta({ id: "ProductionOrderSummary" });
export type ProductionOrderSummary = z.infer<typeof ProductionOrderSummary>;
export const ProductionOrder = z
  .object({
    ...header,
    components: z.array(ProductionComponent),
    /** Of what was consumed, and of it what the output does not carry yet. */
    consumedCost: z.number(),
    openCost: z.number(),
  })
  .meta({ id: "ProductionOrder" });
export type ProductionOrder = z.infer<typeof ProductionOrder>;
export const ProductionOrderList = listOf(ProductionOrderSummary).meta({ id: "ProductionOrderList" });
export const ProductionOrderQuery = z.strictObject({
  ...listQuery,
  status: ProductionStatus.optional(),
  itemId: Id.optional(),
  siteId: Id.optional(),
  search: Search,
});
export type ProductionOrderQuery = z.infer<typeof ProductionOrderQuery>;

/** Without `bomId`, by the item's active bill. */
export const CreateProductionOrder = z
  .strictObject({ itemId: Id, siteId: Id, quantity: Quantity, bomId: Id.optional(), dueDate: DateOnly.optional(), note: Text.optional() })
  .meta({ id: "CreateProductionOrder" });
export type CreateProductionOrder = z.infer<typeof CreateProductionOrder>;

/** Of an order that is not released. */
export const UpdateProductionOrder = z
  .strictObject({
    version: ChangedFrom,
    quantity: Quantity.optional(),
    dueDate: DateOnly.nullable().optional(),
    note: Text.nullable().optional(),
  })
  .meta({ id: "UpdateProductionOrder" });
export type UpdateProductionOrder = z.infer<typeof UpdateProductionOrder>;

export const ProductionStep = z.strictObject({ version: ChangedFrom, note: Text.optional() }).meta({ id: "ProductionStep" });
export type ProductionStep = z.infer<typeof ProductionStep>;

/** A reason code of use CONSUMPTION for what goes beyond the plan or was not in it, of EXPIRED_OVERRIDE for an expired lot within it. */
export const ConsumeLine = z
  .strictObject({
    itemId: Id,
    quantity: Quantity,
    locationId: Id,
    lotId: Id.optional(),
    lotCode: LotCode.optional(),
    reasonCode: Code.optional(),
  })
  .meta({ id: "ConsumeLine" });
export type ConsumeLine = z.infer<typeof ConsumeLine>;
export const Consume = z.strictObject({ components: z.array(ConsumeLine).min(1).max(500), note: Text.optional() }).meta({ id: "Consume" });
export type Consume = z.infer<typeof Consume>;

/** `reasonCode` (of use CONSUMPTION) where more is made than was ordered. */
export const Output = z
  .strictObject({
    quantity: QuantityOrZero,
    scrapQuantity: QuantityOrZero.default(0),
    locationId: Id,
    lotId: Id.optional(),
    lotCode: LotCode.optional(),
    expiresOn: DateOnly.optional(),
    reasonCode: Code.optional(),
    note: Text.optional(),
  })
  .refine(({ quantity, scrapQuantity }) => quantity + scrapQuantity > 0, {
    path: ["quantity"],
    message: "Must be greater than 0, or scrapQuantity must",
  })
  .meta({ id: "Output" });
export type Output = z.infer<typeof Output>;

export const ReversePosting = z.strictObject({ reasonCode: Code, note: Text.optional() }).meta({ id: "ReversePosting" });
export type ReversePosting = z.infer<typeof ReversePosting>;

export const PostingType = z.enum(["CONSUMPTION", "OUTPUT"]);
const posting = {
  ...recordFields,
  type: PostingType,
  productionOrderId: GivenId,
  productionOrderNumber: z.string(),
  siteId: GivenId,
  /** Of an output: what was made well, and what was not. */
  quantity: z.number(),
  scrapQuantity: z.number(),
  reasonCode: z.string().nullable(),
  note: z.string().nullable(),
  userId: GivenId,
  userName: z.string(),
  reversedAt: GivenInstant.nullable(),
  reversedBy: GivenId.nullable(),
};
export const ProductionPostingSummary = z.object(posting).meta({ id: "ProductionPostingSummary" });
export type ProductionPostingSummary = z.infer<typeof ProductionPostingSummary>;
/** With the events it wrote, those of its reversal too. */
export const ProductionPosting = z.object({ ...posting, events: z.array(InventoryEvent) }).meta({ id: "ProductionPosting" });
export type ProductionPosting = z.infer<typeof ProductionPosting>;
export const ProductionPostingList = listOf(ProductionPostingSummary).meta({ id: "ProductionPostingList" });
export const ProductionPostingQuery = z.strictObject({
  ...listQuery,
  productionOrderId: Id.optional(),
  siteId: Id.optional(),
  type: PostingType.optional(),
});
export type ProductionPostingQuery = z.infer<typeof ProductionPostingQuery>;
