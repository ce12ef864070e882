import { z } from "zod";
import { listOf, listQuery } from "./list.ts";
import { ChangedFrom, Code, GivenId, Id, Quantity, recordFields, UnitCode, UnitCost } from "./primitives.ts";

/** What a supplier offers of an item: in which unit, for how much a unit, from how many on, and how long it takes. */
export const SupplierItem = z
  .object({
    ...recordFields,
    supplierId: GivenId,
    supplierCode: z.string(),
    supplierName: z.string(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    supplierSku: z.string().nullable(),
    uom: z.string(),
    unitPrice: z.number().nullable(),
    leadTimeDays: z.int().nullable(),
    minimumQuantity: z.number().nullable(),
    maximumQuantity: z.number().nullable(),
  })
  .meta({ id: "SupplierItem" });
export type SupplierItem = z.infer<typeof SupplierItem>;
export const SupplierItemList = listOf(SupplierItem).meta({ id: "SupplierItemList" });
export const SupplierItemQuery = z.strictObject({ ...listQuery, supplierId: Id.optional(), itemId: Id.optional() });
export type SupplierItemQuery = z.infer<typeof SupplierItemQuery>;

const terms = {
  supplierSku: Code.nullable(),
  unitPrice: UnitCost.nullable(),
  leadTimeDays: z.int().min(0).max(3_650).nullable(),
  minimumQuantity: Quantity.nullable(),
  maximumQuantity: Quantity.nullable(),
};
const optionalTerms = z.object(terms).partial().shape;
/** In the item's base unit unless `uom` says otherwise. */
export const CreateSupplierItem = z
  .strictObject({ supplierId: Id, itemId: Id, uom: UnitCode.optional(), ...optionalTerms })
  .meta({ id: "CreateSupplierItem" });
export type CreateSupplierItem = z.infer<typeof CreateSupplierItem>;
export const UpdateSupplierItem = z
  .strictObject({ version: ChangedFrom, uom: UnitCode.optional(), ...optionalTerms })
  .meta({ id: "UpdateSupplierItem" });
export type UpdateSupplierItem = z.infer<typeof UpdateSupplierItem>;
