import { z } from "zod";

/** The bounds that every input keeps to. */
export const LIMITS = {
  MAX_PAGE_SIZE: 1_000,
  DEFAULT_PAGE_SIZE: 50,
  MAX_STRING_LENGTH: 10_000,
  MAX_SEARCH_LENGTH: 200,
  MAX_CODE_LENGTH: 64,
  MAX_NAME_LENGTH: 200,
  MAX_BATCH_EVENTS: 1_000,
  /** numeric(15,4): what a JSON number carries without loss. */
  MAX_QUANTITY: 99_999_999_999.9999,
} as const;

/** In lower case, as the database tells them: ids are compared as texts. */
export const Id = z.uuid().toLowerCase().meta({ id: "Id" });

// The shortest text of a number tells its decimals without floating-point arithmetic; below 1e-6 it turns to exponents.
const fourDecimals = (value: number) => /^\d+(\.\d{1,4})?$/.test(String(Math.abs(value)));

const bounded = () =>
  z.number().max(LIMITS.MAX_QUANTITY, `Must be at most ${LIMITS.MAX_QUANTITY}`).refine(fourDecimals, "Must have at most 4 decimals");

/** An amount of an item: above 0, at most 4 decimals, 15 significant digits. */
export const Quantity = bounded().positive("Must be greater than 0").meta({ id: "Quantity" });
/** An amount that may be nothing: a reorder point, a stock level. */
export const QuantityOrZero = bounded().nonnegative("Must not be negative").meta({ id: "QuantityOrZero" });
/** Money per base unit, in the tenant's currency. */
export const UnitCost = bounded().nonnegative("Must not be negative").meta({ id: "UnitCost" });

// Control characters (but not line breaks and tabs, in text) and characters that turn the reading direction.
// oxlint-disable-next-line no-control-regex
const forbiddenInText = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
const plain = (schema: z.ZodString) => schema.refine((text) => !forbiddenInText.test(text), "Must not contain control characters");

export const Text = plain(z.string().trim().max(LIMITS.MAX_STRING_LENGTH));
export const Name = plain(z.string().trim().min(1, "Must not be empty").max(LIMITS.MAX_NAME_LENGTH));

// Two codes that look the same must be the same: no characters that cannot be seen, and letters composed (after upper case, which may part them).
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
export const isVisible = (text: string) => !invisible.test(text);
const code = (max: number) =>
  z
    .string()
    .trim()
    .normalize("NFC")
    .min(1, "Must not be empty")
    .max(max)
    .refine(isVisible, "Must be a single line without invisible characters");
const upperCaseCode = (max: number) =>
  z
    .string()
    .trim()
    .toUpperCase()
    .normalize("NFC")
    .min(1, "Must not be empty")
    .max(max)
    .refine(isVisible, "Must be a single line without invisible characters");

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
