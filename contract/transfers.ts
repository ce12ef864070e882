import { z } from "zod";
import { InventoryEvent, StockStatus } from "./ledger.ts";
import { listOf, listQuery } from "./list.ts";
import { ChangedFrom, Code, GivenId, GivenInstant, Id, Quantity, recordFields, Text } from "./primitives.ts";

export const TransferStatus = z.enum(["DRAFT", "SENT", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED", "CANCELLED"]);
export type TransferStatus = z.infer<typeof TransferStatus>;

const linesMax = 500;

/** In the item's base unit. What is neither received nor written off is on its way, once the transfer is sent. */
export const TransferLine = z
  .object({
    id: GivenId,
    lineNumber: z.int(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    uom: z.string(),
    lotId: GivenId.nullable(),
    lotCode: z.string().nullable(),
    stockStatus: StockStatus,
    fromLocationId: GivenId,
    fromLocationCode: z.string(),
    quantity: z.number(),
    receivedQuantity: z.number(),
    writtenOffQuantity: z.number(),
    inTransitQuantity: z.number(),
  })
  .meta({ id: "TransferLine" });
export type TransferLine = z.infer<typeof TransferLine>;

export const TransferReceipt = z
  .object({
    id: GivenId,
    note: z.string().nullable(),
    userId: GivenId,
    createdAt: GivenInstant,
    reversedAt: GivenInstant.nullable(),
    reversedBy: GivenId.nullable(),
    lines: z.array(
      z.object({
        lineId: GivenId,
        quantity: z.number(),
        stockStatus: StockStatus,
        locationId: GivenId,
        locationCode: z.string(),
      }),
    ),
  })
  .meta({ id: "TransferReceipt" });
export type TransferReceipt = z.infer<typeof TransferReceipt>;

const header = {
  ...recordFields,
  number: z.string(),
  status: TransferStatus,
  fromSiteId: GivenId,
  fromSiteCode: z.string(),
  toSiteId: GivenId,
  toSiteCode: z.string(),
  /** Where its stock is while it is on its way, in the sending site. */
  transitLocationId: GivenId.nullable(),
  note: z.string().nullable(),
  createdBy: GivenId,
  sentBy: GivenId.nullable(),
  sentAt: GivenInstant.nullable(),
  endedAt: GivenInstant.nullable(),
  lineCount: z.int(),
};
export const TransferSummary = z.object(header).meta({ id: "TransferSummary" });
export type TransferSummary = z.infer<typeof TransferSummary>;
/** With the events it wrote, those of reversals too. */
export const Transfer = z
  .object({ ...header, lines: z.array(TransferLine), receipts: z.array(TransferReceipt), events: z.array(InventoryEvent) })
  .meta({ id: "Transfer" });
export type Transfer = z.infer<typeof Transfer>;
export const TransferList = listOf(TransferSummary).meta({ id: "TransferList" });
/** `siteId`: sent from there or sent there. */
export const TransferQuery = z.strictObject({ ...listQuery, siteId: Id.optional(), status: TransferStatus.optional() });
export type TransferQuery = z.infer<typeof TransferQuery>;

export const TransferLineRequest = z
  .strictObject({
    itemId: Id,
    fromLocationId: Id,
    lotId: Id.optional(),
    stockStatus: StockStatus.default("AVAILABLE"),
    quantity: Quantity,
  })
  .meta({ id: "TransferLineRequest" });
export type TransferLineRequest = z.infer<typeof TransferLineRequest>;
const lines = z.array(TransferLineRequest).min(1).max(linesMax);

export const CreateTransfer = z
  .strictObject({ fromSiteId: Id, toSiteId: Id, note: Text.optional(), lines })
  .refine(({ fromSiteId, toSiteId }) => fromSiteId !== toSiteId, {
    path: ["toSiteId"],
    message: "Must be another site: within one site, post MOVE events",
  })
  .meta({ id: "CreateTransfer" });
export type CreateTransfer = z.infer<typeof CreateTransfer>;
/** `lines` are all that there are to be. */
export const UpdateTransfer = z
  .strictObject({ version: ChangedFrom, note: Text.nullable().optional(), lines: lines.optional() })
  .meta({ id: "UpdateTransfer" });
export type UpdateTransfer = z.infer<typeof UpdateTransfer>;

export const TransferStep = z.strictObject({ version: ChangedFrom }).meta({ id: "TransferStep" });
export type TransferStep = z.infer<typeof TransferStep>;

/** What arrived of one line, and where it was put. A line may be there several times; `stockStatus` where it differs from how it was sent. */
export const ReceiveTransfer = z
  .strictObject({
    lines: z
      .array(z.strictObject({ lineId: Id, quantity: Quantity, locationId: Id, stockStatus: StockStatus.optional() }))
      .min(1)
      .max(linesMax),
    note: Text.optional(),
  })
  .meta({ id: "ReceiveTransfer" });
export type ReceiveTransfer = z.infer<typeof ReceiveTransfer>;

/** Writes off what did not arrive: as an adjustment, or as scrap; the reason code is of that use. */
export const CloseTransfer = z
  .strictObject({ version: ChangedFrom, type: z.enum(["ADJUST", "SCRAP"]).default("ADJUST"), reasonCode: Code, note: Text.optional() })
  .meta({ id: "CloseTransfer" });
export type CloseTransfer = z.infer<typeof CloseTransfer>;

export const ReverseTransfer = z.strictObject({ reasonCode: Code, note: Text.optional() }).meta({ id: "ReverseTransfer" });
export type ReverseTransfer = z.infer<typeof ReverseTransfer>;
export const TransferReceiptParams = z.strictObject({ id: Id, receiptId: Id });
