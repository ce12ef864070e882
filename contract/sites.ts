import { z } from "zod";
import { Flag, listOf, listQuery, Search } from "./list.ts";
import { BarcodeText, ChangedFrom, Code, Id, Name, Quantity, recordFields, Text, TimeZone } from "./primitives.ts";

export const locationTypes = [
  "RECEIVING",
  "STORAGE",
  "PICKING",
  "STAGING",
  "PRODUCTION",
  "QUALITY",
  "SHIPPING",
  "RETURNS",
  "TRANSIT",
] as const;
export const LocationType = z.enum(locationTypes);
export type LocationType = z.infer<typeof LocationType>;

export const Site = z
  .object({
    ...recordFields,
    code: z.string(),
    name: z.string(),
    address: z.string().nullable(),
    timeZone: z.string(),
    active: z.boolean(),
  })
  .meta({ id: "Site" });
export type Site = z.infer<typeof Site>;
export const SiteList = listOf(Site).meta({ id: "SiteList" });
export const SiteQuery = z.strictObject({ ...listQuery, active: Flag.optional(), search: Search });

const siteFields = { name: Name, address: Text.nullable(), timeZone: TimeZone };
export const CreateSite = z
  .strictObject({ code: Code, name: Name, address: siteFields.address.default(null), timeZone: TimeZone.default("UTC") })
  .meta({ id: "CreateSite" });
export type CreateSite = z.infer<typeof CreateSite>;
export const UpdateSite = z
  .strictObject({ version: ChangedFrom, ...z.object({ ...siteFields, active: z.boolean() }).partial().shape })
  .meta({ id: "UpdateSite" });
export type UpdateSite = z.infer<typeof UpdateSite>;

/** A place in a site's tree: zone, aisle, rack, bin. */
export const Location = z
  .object({
    ...recordFields,
    siteId: Id,
    parentId: Id.nullable(),
    code: z.string(),
    name: z.string().nullable(),
    type: LocationType,
    barcode: z.string().nullable(),
    pickSequence: z.int().nullable(),
    capacity: z.number().nullable(),
    active: z.boolean(),
  })
  .meta({ id: "Location" });
export type Location = z.infer<typeof Location>;
export const LocationList = listOf(Location).meta({ id: "LocationList" });
export const LocationQuery = z.strictObject({
  ...listQuery,
  siteId: Id.optional(),
  parentId: Id.optional(),
  type: LocationType.optional(),
  active: Flag.optional(),
  search: Search,
});

const locationFields = {
  name: Name.nullable(),
  type: LocationType,
  parentId: Id.nullable(),
  barcode: BarcodeText.nullable(),
  pickSequence: z.int().min(0).max(2_147_483_647).nullable(),
  capacity: Quantity.nullable(),
};
export const CreateLocation = z
  .strictObject({
    code: Code,
    ...z.object(locationFields).partial({ name: true, parentId: true, barcode: true, pickSequence: true, capacity: true }).shape,
  })
  .meta({ id: "CreateLocation" });
export type CreateLocation = z.infer<typeof CreateLocation>;
export const UpdateLocation = z
  .strictObject({ version: ChangedFrom, ...z.object({ code: Code, ...locationFields, active: z.boolean() }).partial().shape })
  .meta({ id: "UpdateLocation" });
export type UpdateLocation = z.infer<typeof UpdateLocation>;
