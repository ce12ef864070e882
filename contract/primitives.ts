import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { numberWithin } from "./numbers.ts";
import { cleanText, code, upperCaseCode } from "./text.ts";

/** In lower case, as the database tells them: ids are compared as texts. */
export const Id = z.uuid().toLowerCase().meta({ id: "Id" });

const bounded = () => numberWithin({ max: LIMITS.MAX_QUANTITY, decimals: 4 });

/** An amount of an item: above 0, at most 4 decimals, 15 significant digits. */
export const Quantity = bounded().positive("Must be greater than 0").meta({ id: "Quantity" });
/** An amount that may be nothing: a reorder point, a stock level. */
export const QuantityOrZero = bounded().nonnegative("Must not be negative").meta({ id: "QuantityOrZero" });
/** Money per base unit, in the tenant's currency. */
export const UnitCost = bounded().nonnegative("Must not be negative").meta({ id: "UnitCost" });

export const Text = cleanText(LIMITS.MAX_STRING_LENGTH);
export const Name = cleanText(LIMITS.MAX_NAME_LENGTH).min(1, "Must not be empty");

/** A code that people type and scan: trimmed and upper case, so that `a-01` and `A-01` are one. */
export const Code = upperCaseCode(LIMITS.MAX_CODE_LENGTH);
export const UnitCode = upperCaseCode(16);
/** A barcode keeps its case: Code 128 tells `a` from `A`. */
export const BarcodeText = code(128);
/** A lot or serial number keeps its case, as the supplier printed it. */
export const LotCode = code(LIMITS.MAX_CODE_LENGTH);

/** A calendar date, `YYYY-MM-DD`. */
export const DateOnly = z.iso.date().refine((date) => date >= "0001-01-01", "Must not be before the year 1");
/** An instant, RFC 3339; answers are in UTC. */
export const Instant = z.iso
  .datetime({ offset: true })
  .refine(
    (instant) => instant >= "0001-01-02" && !/[+-](1[6-9]|2\d):\d\d$/.test(instant),
    "Must be an instant since the year 1, at most 15:59 from UTC",
  );

const knownTimeZone = (zone: string) => {
  try {
    return Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};
/** An IANA time zone, such as `Europe/Vienna`. */
export const TimeZone = z.string().max(64).refine(knownTimeZone, "Must be an IANA time zone, such as Europe/Vienna");

export const IdParams = z.strictObject({ id: Id });

// In answers: the database gave them, so their form is described and not checked again, row after row.
export const GivenId = z.string().meta({ id: "GivenId", format: "uuid" });
export const GivenInstant = z.string().meta({ id: "GivenInstant", format: "date-time" });
export const GivenDate = z.string().meta({ id: "GivenDate", format: "date" });

/** What every stored thing carries besides its own fields. */
export const recordFields = { id: GivenId, version: z.int(), createdAt: GivenInstant, updatedAt: GivenInstant };

/** The version that the change was made from; may be given by an `If-Match` header instead. */
export const ChangedFrom = z.int().positive().optional();
