import { z } from "zod";
import { InventoryEvent } from "./ledger.ts";
import { listOf, listQuery } from "./list.ts";
import { Code, DateOnly, GivenId, GivenInstant, Id, LotCode, Quantity, QuantityOrZero, recordFields, Text } from "./primitives.ts";
import { linesMax } from "./purchase-orders.ts";

/**
 * What arrived of one line of the order, in the line's unit: `quantity` is all of it, `rejectedQuantity` the part that was refused.
 * What is accepted goes to `locationId`, what is rejected on hold to `rejectedLocationId`, or else to the site's first QUALITY location.
 */
export const ReceiveLine = z
  .strictObject({
    lineId: Id,
    quantity: Quantity,
    rejectedQuantity: QuantityOrZero.default(0),
    locationId: Id,
    rejectedLocationId: Id.optional(),
    lotId: Id.optional(),
    lotCode: LotCode.optional(),
    expiresOn: DateOnly.optional(),
  })
  .refine(({ quantity, rejectedQuantity }) => rejectedQuantity <= quantity, {
    path: ["rejectedQuantity"],
    message: "Must not be more than quantity, which is all that arrived",
  })
  .meta({ id: "ReceiveLine" });
export type ReceiveLine = z.infer<typeof ReceiveLine>;

export const Receive = z.strictObject({ lines: z.array(ReceiveLine).min(1).max(linesMax), note: Text.optional() }).meta({ id: "Receive" });
export type Receive = z.infer<typeof Receive>;

export const ReverseReceipt = z.strictObject({ reasonCode: Code, note: Text.optional() }).meta({ id: "ReverseReceipt" });
export type ReverseReceipt = z.infer<typeof ReverseReceipt>;

export const ReceiptLine = z
  .object({
    lineNumber: z.int(),
    lineId: GivenId,
    itemId: GivenId,
    sku: z.string(),
    uom: z.string(),
    quantity: z.number(),
    rejectedQuantity: z.number(),
    locationId: GivenId,
    locationCode: z.string(),
    rejectedLocationId: GivenId.nullable(),
    lotId: GivenId.nullable(),
    lotCode: z.string().nullable(),
  })
  .meta({ id: "ReceiptLine" });

const header = {
  ...recordFields,
  number: z.string(),
  purchaseOrderId: GivenId,
  purchaseOrderNumber: z.string(),
  supplierName: z.string(),
  siteId: GivenId,
  note: z.string().nullable(),
  userId: GivenId,
  userName: z.string(),
  reversedAt: GivenInstant.nullable(),
  reversedBy: GivenId.nullable(),
};
export const ReceiptSummary = z.object({ ...header, lineCount: z.int() }).meta({ id: "ReceiptSummary" });
export type ReceiptSummary = z.infer<typeof ReceiptSummary>;
/** With the events it wrote, those of its reversal too. */
export const Receipt = z.object({ ...header, lines: z.array(ReceiptLine), events: z.array(InventoryEvent) }).meta({ id: "Receipt" });
export type Receipt = z.infer<typeof Receipt>;
export const ReceiptList = listOf(ReceiptSummary).meta({ id: "ReceiptList" });
export const ReceiptQuery = z.strictObject({ ...listQuery, purchaseOrderId: Id.optional(), siteId: Id.optional() });
export type ReceiptQuery = z.infer<typeof ReceiptQuery>;
