import { z } from "zod";
import { inOrder } from "./dates.ts";
import { listOf, listQuery, Search } from "./list.ts";
import {
  ChangedFrom,
  DateOnly,
  GivenDate,
  GivenId,
  GivenInstant,
  Id,
  Instant,
  Quantity,
  recordFields,
  Text,
  UnitCode,
  UnitCost,
} from "./primitives.ts";

export const purchaseOrderStatuses = [
  "DRAFT",
  "SUBMITTED",
  "APPROVED",
  "SENT",
  "PARTIALLY_RECEIVED",
  "RECEIVED",
  "CLOSED",
  "CANCELLED",
] as const;
export const PurchaseOrderStatus = z.enum(purchaseOrderStatuses);
export type PurchaseOrderStatus = z.infer<typeof PurchaseOrderStatus>;

/** Lines that one order or one receipt may have. */
export const linesMax = 500;

/** Quantities and price are in the line's unit; received is all that arrived, rejected the part of it that was refused. */
export const PurchaseOrderLine = z
  .object({
    id: GivenId,
    lineNumber: z.int(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    quantity: z.number(),
    uom: z.string(),
    unitPrice: z.number(),
    /** Quantity times price, of what was ordered. */
    amount: z.number(),
    dueDate: GivenDate.nullable(),
    receivedQuantity: z.number(),
    rejectedQuantity: z.number(),
  })
  .meta({ id: "PurchaseOrderLine" });
export type PurchaseOrderLine = z.infer<typeof PurchaseOrderLine>;

const header = {
  ...recordFields,
  number: z.string(),
  status: PurchaseOrderStatus,
  supplierId: GivenId,
  supplierCode: z.string(),
  supplierName: z.string(),
  siteId: GivenId,
  siteCode: z.string(),
  note: z.string().nullable(),
  createdBy: GivenId,
  submittedBy: GivenId.nullable(),
  submittedAt: GivenInstant.nullable(),
  approvedBy: GivenId.nullable(),
  approvedAt: GivenInstant.nullable(),
  sentAt: GivenInstant.nullable(),
  closedAt: GivenInstant.nullable(),
  /** Of the open lines, the day that the first is due. */
  dueDate: GivenDate.nullable(),
  /** What was ordered, in the tenant's currency. */
  total: z.number(),
};
export const PurchaseOrderSummary = z.object({ ...header, lineCount: z.int() }).meta({ id: "PurchaseOrderSummary" });
export type PurchaseOrderSummary = z.infer<typeof PurchaseOrderSummary>;
export const PurchaseOrder = z.object({ ...header, lines: z.array(PurchaseOrderLine) }).meta({ id: "PurchaseOrder" });
export type PurchaseOrder = z.infer<typeof PurchaseOrder>;

export const PurchaseOrderList = listOf(PurchaseOrderSummary).meta({ id: "PurchaseOrderList" });
export const PurchaseOrderQuery = z
  .strictObject({
    ...listQuery,
    status: PurchaseOrderStatus.optional(),
    supplierId: Id.optional(),
    siteId: Id.optional(),
    itemId: Id.optional(),
    /** Made from this instant on, and before that one. */
    from: Instant.optional(),
    to: Instant.optional(),
    search: Search,
  })
  .check(inOrder("from", "to"));
export type PurchaseOrderQuery = z.infer<typeof PurchaseOrderQuery>;

/** Unit and price are the supplier's for this item where they are left out; without one, the item's base unit. */
export const OrderLine = z
  .strictObject({
    itemId: Id,
    quantity: Quantity,
    uom: UnitCode.optional(),
    unitPrice: UnitCost.optional(),
    dueDate: DateOnly.optional(),
  })
  .meta({ id: "OrderLine" });
export type OrderLine = z.infer<typeof OrderLine>;

const lines = z.array(OrderLine).min(1).max(linesMax);
export const CreatePurchaseOrder = z
  .strictObject({ supplierId: Id, siteId: Id, note: Text.optional(), lines })
  .meta({ id: "CreatePurchaseOrder" });
export type CreatePurchaseOrder = z.infer<typeof CreatePurchaseOrder>;

/** Of a draft: `lines` replaces all of them. */
export const UpdatePurchaseOrder = z
  .strictObject({ version: ChangedFrom, note: Text.nullable().optional(), lines: lines.optional() })
  .meta({ id: "UpdatePurchaseOrder" });
export type UpdatePurchaseOrder = z.infer<typeof UpdatePurchaseOrder>;

/** A step of an order's life. With `version` it is refused when the order is no longer what was seen; `note` goes to the audit. */
export const OrderStep = z.strictObject({ version: ChangedFrom, note: Text.optional() }).meta({ id: "OrderStep" });
export type OrderStep = z.infer<typeof OrderStep>;

/** By mail to the supplier's address, with the order as a PDF; or told the supplier otherwise, and only noted here. */
export const SendOrder = z
  .strictObject({ version: ChangedFrom, note: Text.optional(), byMail: z.boolean().default(true) })
  .meta({ id: "SendOrder" });
export type SendOrder = z.infer<typeof SendOrder>;
