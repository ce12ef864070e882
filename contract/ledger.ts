import { z } from "zod";
import { inOrder } from "./dates.ts";
import { LIMITS } from "./limits.ts";
import { Flag, listOf, listQuery, Search } from "./list.ts";
import {
  Code,
  DateOnly,
  GivenDate,
  GivenId,
  GivenInstant,
  Id,
  Instant,
  LotCode,
  Quantity,
  Text,
  UnitCode,
  UnitCost,
} from "./primitives.ts";

export const eventTypes = ["RECEIVE", "MOVE", "ISSUE", "PRODUCE", "RETURN", "SHIP", "SCRAP", "HOLD", "RELEASE", "ADJUST", "COUNT"] as const;
export const EventType = z.enum(eventTypes);
export type EventType = z.infer<typeof EventType>;

/** What a person may post; the others come only from their documents. */
export const postableTypes = ["RECEIVE", "MOVE", "RETURN", "SHIP", "SCRAP", "HOLD", "RELEASE", "ADJUST"] as const;
export type PostableType = (typeof postableTypes)[number];

export const stockStatuses = ["AVAILABLE", "HOLD"] as const;
export const StockStatus = z.enum(stockStatuses);
export type StockStatus = z.infer<typeof StockStatus>;

/**
 * One stock movement as a client asks for it. An item, location or lot is named by its id or by its code
 * (`locationCode`s belong to `siteId`); which places a type needs is checked by the ledger, field by field.
 */
export const PostEvent = z
  .strictObject({
    type: z.enum(postableTypes),
    itemId: Id.optional(),
    sku: Code.optional(),
    quantity: Quantity,
    uom: UnitCode.optional(),
    fromLocationId: Id.optional(),
    fromLocationCode: Code.optional(),
    toLocationId: Id.optional(),
    toLocationCode: Code.optional(),
    siteId: Id.optional(),
    lotId: Id.optional(),
    lotCode: LotCode.optional(),
    expiresOn: DateOnly.optional(),
    status: StockStatus.optional(),
    unitCost: UnitCost.optional(),
    reasonCode: Code.optional(),
    note: Text.optional(),
    occurredAt: Instant.optional(),
  })
  .meta({ id: "PostEvent" });
export type PostEvent = z.infer<typeof PostEvent>;

export const PostBatch = z.strictObject({ events: z.array(PostEvent).min(1).max(LIMITS.MAX_BATCH_EVENTS) }).meta({ id: "PostBatch" });
export type PostBatch = z.infer<typeof PostBatch>;

export const ReverseEvent = z.strictObject({ reasonCode: Code, note: Text.optional() }).meta({ id: "ReverseEvent" });
export type ReverseEvent = z.infer<typeof ReverseEvent>;

/** `?dryRun=true`: everything is checked and shown, nothing is written. */
export const DryRunQuery = z.strictObject({ dryRun: Flag.optional() });

/** One immutable line of the ledger. `status` is the state it was taken from (or came into), `toStatus` where that differs. */
export const InventoryEvent = z
  .object({
    id: GivenId,
    version: z.int(),
    type: EventType,
    itemId: GivenId,
    sku: z.string(),
    quantity: z.number(),
    uom: z.string(),
    enteredQuantity: z.number(),
    enteredUom: z.string(),
    fromLocationId: GivenId.nullable(),
    fromLocationCode: z.string().nullable(),
    toLocationId: GivenId.nullable(),
    toLocationCode: z.string().nullable(),
    lotId: GivenId.nullable(),
    lotCode: z.string().nullable(),
    status: StockStatus,
    toStatus: StockStatus,
    unitCost: z.number().nullable(),
    reasonCode: z.string().nullable(),
    note: z.string().nullable(),
    reversesEventId: GivenId.nullable(),
    reversedByEventId: GivenId.nullable(),
    userId: GivenId,
    userName: z.string(),
    occurredAt: GivenInstant,
    recordedAt: GivenInstant,
    createdAt: GivenInstant,
    updatedAt: GivenInstant,
  })
  .meta({ id: "InventoryEvent" });
export type InventoryEvent = z.infer<typeof InventoryEvent>;

/** Stock of one item in one place, lot and state. */
export const Balance = z
  .object({
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    uom: z.string(),
    locationId: GivenId,
    locationCode: z.string(),
    siteId: GivenId,
    siteCode: z.string(),
    lotId: GivenId.nullable(),
    lotCode: z.string().nullable(),
    expiresOn: GivenDate.nullable(),
    status: StockStatus,
    onHand: z.number(),
    allocated: z.number(),
    available: z.number(),
  })
  .meta({ id: "Balance" });
export type Balance = z.infer<typeof Balance>;

export const Posted = z.object({ event: InventoryEvent, balances: z.array(Balance) }).meta({ id: "Posted" });
export type Posted = z.infer<typeof Posted>;
export const PostedBatch = z.object({ events: z.array(InventoryEvent), balances: z.array(Balance) }).meta({ id: "PostedBatch" });
export type PostedBatch = z.infer<typeof PostedBatch>;

export const BalanceList = listOf(Balance).meta({ id: "BalanceList" });
export const BalanceQuery = z
  .strictObject({
    ...listQuery,
    itemId: Id.optional(),
    siteId: Id.optional(),
    locationId: Id.optional(),
    lotId: Id.optional(),
    status: StockStatus.optional(),
    /** Of lots that expire from this day on, and up to that one. */
    expiresFrom: DateOnly.optional(),
    expiresTo: DateOnly.optional(),
    search: Search,
    /** On hand at that instant of the ledger's own time. */
    asOf: Instant.optional(),
  })
  .check(inOrder("expiresFrom", "expiresTo"));
export type BalanceQuery = z.infer<typeof BalanceQuery>;

export const EventList = listOf(InventoryEvent).meta({ id: "EventList" });
export const EventQuery = z
  .strictObject({
    ...listQuery,
    type: EventType.optional(),
    itemId: Id.optional(),
    siteId: Id.optional(),
    locationId: Id.optional(),
    lotId: Id.optional(),
    userId: Id.optional(),
    /** Recorded from this instant, and before that one. */
    from: Instant.optional(),
    to: Instant.optional(),
  })
  .check(inOrder("from", "to"));
export type EventQuery = z.infer<typeof EventQuery>;
