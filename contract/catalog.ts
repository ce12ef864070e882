import { z } from "zod";
import { inOrder } from "./dates.ts";
import { Flag, listOf, listQuery, Search } from "./list.ts";
import {
  BarcodeText,
  ChangedFrom,
  Code,
  DateOnly,
  Id,
  LotCode,
  Name,
  Quantity,
  QuantityOrZero,
  recordFields,
  Text,
  UnitCode,
  UnitCost,
} from "./primitives.ts";

export const trackings = ["NONE", "LOT", "SERIAL"] as const;
/** Whether stock of an item is told apart: not at all, by lot, or one by one. */
export const Tracking = z.enum(trackings);
export type Tracking = z.infer<typeof Tracking>;

// --- Units of measure

export const Unit = z
  .object({ ...recordFields, code: z.string(), name: z.string(), whole: z.boolean(), active: z.boolean() })
  .meta({ id: "Unit" });
export type Unit = z.infer<typeof Unit>;
export const UnitList = listOf(Unit).meta({ id: "UnitList" });
export const UnitQuery = z.strictObject({ ...listQuery, active: Flag.optional(), search: Search });
/** `whole`: counted, never cut; an item in such a unit takes whole quantities only. */
export const CreateUnit = z.strictObject({ code: UnitCode, name: Name, whole: z.boolean().default(false) }).meta({ id: "CreateUnit" });
export type CreateUnit = z.infer<typeof CreateUnit>;
export const UpdateUnit = z
  .strictObject({ version: ChangedFrom, name: Name.optional(), active: z.boolean().optional() })
  .meta({ id: "UpdateUnit" });
export type UpdateUnit = z.infer<typeof UpdateUnit>;

// --- Items

export const ItemUnit = z.strictObject({ uom: UnitCode, factor: Quantity }).meta({ id: "ItemUnit" });
export type ItemUnit = z.infer<typeof ItemUnit>;
export const Barcode = z.object({ ...recordFields, itemId: Id, code: z.string(), uom: z.string().nullable() }).meta({ id: "Barcode" });
export type Barcode = z.infer<typeof Barcode>;
export const BarcodeList = listOf(Barcode).meta({ id: "BarcodeList" });
export const BarcodeQuery = z.strictObject(listQuery);
export const CreateBarcode = z.strictObject({ code: BarcodeText, uom: UnitCode.nullable().default(null) }).meta({ id: "CreateBarcode" });
export type CreateBarcode = z.infer<typeof CreateBarcode>;
export const BarcodeParams = z.strictObject({ id: Id, barcodeId: Id });

export const abcClasses = ["A", "B", "C"] as const;
const details = {
  name: Name,
  description: Text.nullable(),
  category: Name.nullable(),
  shelfLifeDays: z.int().min(0).max(36_500).nullable(),
  reorderPoint: QuantityOrZero.nullable(),
  safetyStock: QuantityOrZero.nullable(),
  reorderQuantity: QuantityOrZero.nullable(),
  maximumStock: QuantityOrZero.nullable(),
  abcClass: z.enum(abcClasses).nullable(),
  standardCost: UnitCost.nullable(),
  /** Other units of this item: 1 `uom` = `factor` base units. */
  units: z.array(ItemUnit).max(50),
};

export const Item = z
  .object({
    ...recordFields,
    sku: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    category: z.string().nullable(),
    baseUom: z.string(),
    tracking: Tracking,
    shelfLifeDays: z.int().nullable(),
    reorderPoint: z.number().nullable(),
    safetyStock: z.number().nullable(),
    reorderQuantity: z.number().nullable(),
    maximumStock: z.number().nullable(),
    abcClass: z.enum(abcClasses).nullable(),
    standardCost: z.number().nullable(),
    averageCost: z.number().nullable(),
    /** On hand in the sites that the caller may see. */
    onHand: z.number(),
    active: z.boolean(),
    units: z.array(z.object({ uom: z.string(), factor: z.number() })),
    barcodes: z.array(z.object({ id: Id, code: z.string(), uom: z.string().nullable() })),
  })
  .meta({ id: "Item" });
export type Item = z.infer<typeof Item>;

/** An item in a list: without its units and barcodes. */
export const ItemSummary = Item.omit({ units: true, barcodes: true, description: true }).meta({ id: "ItemSummary" });
export type ItemSummary = z.infer<typeof ItemSummary>;
export const ItemList = listOf(ItemSummary).meta({ id: "ItemList" });
export const ItemQuery = z.strictObject({
  ...listQuery,
  search: Search,
  sku: Code.optional(),
  category: z.string().max(200).optional(),
  tracking: Tracking.optional(),
  active: Flag.optional(),
  /** On hand, and what is below the reorder point, of this site alone. */
  siteId: Id.optional(),
  /** Active items of which less is available than their reorder point. */
  belowReorderPoint: z.literal("true").optional(),
});
export type ItemQuery = z.infer<typeof ItemQuery>;

const optionalDetails = z.object(details).partial().shape;
export const CreateItem = z
  .strictObject({ ...optionalDetails, sku: Code, name: Name, baseUom: UnitCode.default("EA"), tracking: Tracking.default("NONE") })
  .meta({ id: "CreateItem" });
export type CreateItem = z.infer<typeof CreateItem>;
/** Base unit and tracking change only while nothing of the item was ever moved. */
export const UpdateItem = z
  .strictObject({
    version: ChangedFrom,
    ...optionalDetails,
    sku: Code.optional(),
    baseUom: UnitCode.optional(),
    tracking: Tracking.optional(),
    active: z.boolean().optional(),
  })
  .meta({ id: "UpdateItem" });
export type UpdateItem = z.infer<typeof UpdateItem>;

// --- Lots

export const Lot = z
  .object({
    ...recordFields,
    itemId: Id,
    sku: z.string(),
    code: z.string(),
    expiresOn: DateOnly.nullable(),
    supplierLot: z.string().nullable(),
  })
  .meta({ id: "Lot" });
export type Lot = z.infer<typeof Lot>;
export const LotList = listOf(Lot).meta({ id: "LotList" });
export const LotQuery = z
  .strictObject({
    ...listQuery,
    itemId: Id.optional(),
    /** Expiry from this day, and up to that one. */
    from: DateOnly.optional(),
    to: DateOnly.optional(),
    search: Search,
  })
  .check(inOrder("from", "to"));
export const CreateLot = z
  .strictObject({ itemId: Id, code: LotCode, expiresOn: DateOnly.nullable().default(null), supplierLot: LotCode.nullable().default(null) })
  .meta({ id: "CreateLot" });
export type CreateLot = z.infer<typeof CreateLot>;
export const UpdateLot = z
  .strictObject({ version: ChangedFrom, expiresOn: DateOnly.nullable().optional(), supplierLot: LotCode.nullable().optional() })
  .meta({ id: "UpdateLot" });
export type UpdateLot = z.infer<typeof UpdateLot>;

// --- Reason codes

export const reasonUses = ["SCRAP", "ADJUST", "HOLD", "COUNT", "REVERSAL", "RETURN", "EXPIRED_OVERRIDE", "CONSUMPTION"] as const;
export const ReasonUse = z.enum(reasonUses);
export type ReasonUse = z.infer<typeof ReasonUse>;
export const ReasonCode = z
  .object({ ...recordFields, code: z.string(), name: z.string(), use: ReasonUse, active: z.boolean() })
  .meta({ id: "ReasonCode" });
export type ReasonCode = z.infer<typeof ReasonCode>;
export const ReasonCodeList = listOf(ReasonCode).meta({ id: "ReasonCodeList" });
export const ReasonCodeQuery = z.strictObject({ ...listQuery, use: ReasonUse.optional(), active: Flag.optional(), search: Search });
export const CreateReasonCode = z.strictObject({ code: Code, name: Name, use: ReasonUse }).meta({ id: "CreateReasonCode" });
export type CreateReasonCode = z.infer<typeof CreateReasonCode>;
export const UpdateReasonCode = z
  .strictObject({ version: ChangedFrom, name: Name.optional(), active: z.boolean().optional() })
  .meta({ id: "UpdateReasonCode" });
export type UpdateReasonCode = z.infer<typeof UpdateReasonCode>;
