import { z } from "zod";
import { Lot } from "./catalog.ts";
import { Balance, EventType, InventoryEvent } from "./ledger.ts";
import { Code, GivenId, GivenInstant, Text } from "./primitives.ts";

/** Events that one trace tells at most; `GET /inventory/events?lotId=…` tells them all. */
export const traceEventsMax = 500;

export const HoldLot = z.strictObject({ reasonCode: Code, note: Text.optional() }).meta({ id: "HoldLot" });
export type HoldLot = z.infer<typeof HoldLot>;
export const ReleaseLot = z.strictObject({ reasonCode: Code.optional(), note: Text.optional() }).meta({ id: "ReleaseLot" });
export type ReleaseLot = z.infer<typeof ReleaseLot>;
export const RecallLot = z.strictObject({ reasonCode: Code, note: Text.optional() }).meta({ id: "RecallLot" });
export type RecallLot = z.infer<typeof RecallLot>;

/** A lot that another one went into, or was made of: `level` 1 at once, 2 by way of one lot between them, and so on. */
export const RelatedLot = z
  .object({
    lotId: GivenId,
    lotCode: z.string(),
    itemId: GivenId,
    sku: z.string(),
    itemName: z.string(),
    level: z.int(),
    /** The lots of the level before, through which it is related. */
    throughLotIds: z.array(GivenId),
  })
  .meta({ id: "RelatedLot" });
export type RelatedLot = z.infer<typeof RelatedLot>;

/**
 * What a document, or postings without one, did to a lot. `quantity` is what remains after reversals, in the base unit; below 0 where
 * an adjustment or a count took away.
 */
export const LotPassage = z
  .object({
    lotId: GivenId,
    lotCode: z.string(),
    sku: z.string(),
    type: EventType,
    documentType: z.string().nullable(),
    documentId: GivenId.nullable(),
    documentNumber: z.string().nullable(),
    /** Whom it came from. */
    supplierName: z.string().nullable(),
    quantity: z.number(),
    events: z.int(),
    firstAt: GivenInstant,
    lastAt: GivenInstant,
  })
  .meta({ id: "LotPassage" });
export type LotPassage = z.infer<typeof LotPassage>;

const trace = {
  lot: Lot,
  /** What the lot was made of, and the lots that it went into, at all levels. */
  madeFrom: z.array(RelatedLot),
  madeInto: z.array(RelatedLot),
  /** Of the lot and of all that it went into: where it is, and what brought it there or took it away. */
  balances: z.array(Balance),
  passages: z.array(LotPassage),
  /** The newest ones. */
  events: z.array(InventoryEvent),
  moreEvents: z.boolean(),
  /** How many events lie in sites that the caller may not enter: they are in nothing above. */
  hiddenEvents: z.int(),
};
export const LotTrace = z.object(trace).meta({ id: "LotTrace" });
export type LotTrace = z.infer<typeof LotTrace>;

/** Stock that a recall left as it was, because a document has been promised it. */
export const PromisedStock = z
  .object({
    lotCode: z.string(),
    siteCode: z.string(),
    locationCode: z.string(),
    quantity: z.number(),
    documentType: z.string(),
    documentId: GivenId,
  })
  .meta({ id: "PromisedStock" });
export type PromisedStock = z.infer<typeof PromisedStock>;

/** What a recall found and put on hold: the trace as it is afterwards. */
export const LotRecall = z.object({ ...trace, held: z.array(InventoryEvent), promised: z.array(PromisedStock) }).meta({ id: "LotRecall" });
export type LotRecall = z.infer<typeof LotRecall>;
