import { z } from "zod";
import { listOf, listQuery } from "./list.ts";
import { ChangedFrom, GivenDate, GivenId, GivenInstant, Id, recordFields, Text } from "./primitives.ts";

export const alertTypes = ["LOW_STOCK", "OUT_OF_STOCK", "EXPIRING", "EXPIRED", "PO_OVERDUE", "COUNT_DUE"] as const;
export const AlertType = z.enum(alertTypes);
export type AlertType = z.infer<typeof AlertType>;
export const AlertStatus = z.enum(["OPEN", "ACKNOWLEDGED", "RESOLVED"]);

/** Resolved by itself when its cause is gone. What its type is not about is null. */
export const Alert = z
  .object({
    ...recordFields,
    type: AlertType,
    status: AlertStatus,
    /** Null: of the company as a whole, as what an item has left is. */
    siteId: GivenId.nullable(),
    siteCode: z.string().nullable(),
    itemId: GivenId.nullable(),
    sku: z.string().nullable(),
    itemName: z.string().nullable(),
    lotId: GivenId.nullable(),
    lotCode: z.string().nullable(),
    purchaseOrderId: GivenId.nullable(),
    purchaseOrderNumber: z.string().nullable(),
    cycleCountId: GivenId.nullable(),
    cycleCountNumber: z.string().nullable(),
    /** Available of the item, told to who works in every site; or on hand of the lot in this one. */
    quantity: z.number().nullable(),
    /** The item's reorder point. */
    threshold: z.number().nullable(),
    /** When the lot expires, the order was due, the count is to begin. */
    dueOn: GivenDate.nullable(),
    note: z.string().nullable(),
    acknowledgedBy: GivenId.nullable(),
    acknowledgedByName: z.string().nullable(),
    acknowledgedAt: GivenInstant.nullable(),
    resolvedAt: GivenInstant.nullable(),
  })
  .meta({ id: "Alert" });
export type Alert = z.infer<typeof Alert>;
export const AlertList = listOf(Alert).meta({ id: "AlertList" });
/** Without a status those that are not resolved. */
export const AlertQuery = z.strictObject({
  ...listQuery,
  type: AlertType.optional(),
  status: AlertStatus.optional(),
  siteId: Id.optional(),
  itemId: Id.optional(),
});
export type AlertQuery = z.infer<typeof AlertQuery>;

export const AcknowledgeAlert = z.strictObject({ version: ChangedFrom, note: Text.optional() }).meta({ id: "AcknowledgeAlert" });
export type AcknowledgeAlert = z.infer<typeof AcknowledgeAlert>;
