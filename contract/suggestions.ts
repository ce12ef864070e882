import { z } from "zod";
import { listOf, listQuery } from "./list.ts";
import { ChangedFrom, GivenDate, GivenId, Id, Quantity, recordFields } from "./primitives.ts";

/** How much of an item a picking place is to hold, in the base unit. */
export const LocationItem = z
  .object({
    ...recordFields,
    siteId: GivenId,
    locationId: GivenId,
    locationCode: z.string(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    uom: z.string(),
    minimum: z.number(),
    maximum: z.number(),
  })
  .meta({ id: "LocationItem" });
export type LocationItem = z.infer<typeof LocationItem>;
export const LocationItemList = listOf(LocationItem).meta({ id: "LocationItemList" });
export const LocationItemQuery = z.strictObject({
  ...listQuery,
  siteId: Id.optional(),
  locationId: Id.optional(),
  itemId: Id.optional(),
});
export type LocationItemQuery = z.infer<typeof LocationItemQuery>;
export const CreateLocationItem = z
  .strictObject({ locationId: Id, itemId: Id, minimum: Quantity, maximum: Quantity })
  .meta({ id: "CreateLocationItem" });
export type CreateLocationItem = z.infer<typeof CreateLocationItem>;
export const UpdateLocationItem = z
  .strictObject({ version: ChangedFrom, minimum: Quantity.optional(), maximum: Quantity.optional() })
  .meta({ id: "UpdateLocationItem" });
export type UpdateLocationItem = z.infer<typeof UpdateLocationItem>;

/** Places, and tasks, that one answer names at most. */
export const suggestionsMax = 100;

/** In one site, or in any of one's own. Without an item: for something that lies nowhere yet. Without a quantity: every place, not how much. */
export const PutawayQuery = z.strictObject({
  siteId: Id.optional(),
  itemId: Id.optional(),
  quantity: z.coerce.number().pipe(Quantity).optional(),
});
export type PutawayQuery = z.infer<typeof PutawayQuery>;
export const PutawaySuggestion = z
  .object({
    places: z.array(
      z.object({
        siteId: GivenId,
        locationId: GivenId,
        locationCode: z.string(),
        /** Where the item lies already; or where nothing does. */
        why: z.enum(["SAME_ITEM", "EMPTY"]),
        /** Of this item. */
        onHand: z.number(),
        /** What still goes in; null where the place has no capacity to keep to. */
        room: z.number().nullable(),
        /** What to put there. */
        quantity: z.number().nullable(),
      }),
    ),
    /** What goes into none of these places. */
    unplaced: z.number().nullable(),
  })
  .meta({ id: "PutawaySuggestion" });
export type PutawaySuggestion = z.infer<typeof PutawaySuggestion>;

export const ReplenishmentQuery = z.strictObject({ siteId: Id.optional() });
/** What to move into one picking place, so that it is full: from storage, first expired first, what lies nearest first. */
export const ReplenishmentTask = z
  .object({
    locationItemId: GivenId,
    siteId: GivenId,
    toLocationId: GivenId,
    toLocationCode: z.string(),
    itemId: GivenId,
    sku: z.string(),
    uom: z.string(),
    minimum: z.number(),
    maximum: z.number(),
    available: z.number(),
    wanted: z.number(),
    /** What storage does not have. */
    short: z.number(),
    moves: z.array(
      z.object({
        fromLocationId: GivenId,
        fromLocationCode: z.string(),
        lotId: GivenId.nullable(),
        lotCode: z.string().nullable(),
        expiresOn: GivenDate.nullable(),
        quantity: z.number(),
      }),
    ),
  })
  .meta({ id: "ReplenishmentTask" });
export type ReplenishmentTask = z.infer<typeof ReplenishmentTask>;
export const ReplenishmentSuggestion = z
  .object({ tasks: z.array(ReplenishmentTask), more: z.boolean() })
  .meta({ id: "ReplenishmentSuggestion" });
export type ReplenishmentSuggestion = z.infer<typeof ReplenishmentSuggestion>;
