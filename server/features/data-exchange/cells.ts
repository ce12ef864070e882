import { Email } from "#contract/email.ts";
import { LIMITS } from "#contract/limits.ts";
import { isVisible, textFault, withoutControls } from "#contract/text.ts";

/** How one column's text is read. Called once a cell, hence plain functions: the bounds are those of the contract. */
export interface Cell {
  readonly sqlType: "text" | "numeric(15,4)" | "integer" | "boolean" | "date";
  /** The value as PostgreSQL reads it, or undefined when the text (trimmed, not empty) is none. */
  readonly read: (given: string) => string | undefined;
  readonly reason: (given: string) => string;
}

const plainAscii = /^[\u0020-\u007E]*$/;
// Most text is plain ASCII, where nothing can be wrong but its length.
const cleaned = (given: string) => (plainAscii.test(given) ? given : withoutControls(given).normalize("NFC").trim());

const text = (max: number): Cell => ({
  sqlType: "text",
  read: (given) => {
    const value = plainAscii.test(given) || textFault(given) === undefined ? cleaned(given) : "";
    return value !== "" && value.length <= max ? value : undefined;
  },
  reason: (given) => textFault(given) ?? (cleaned(given) === "" ? "Must not be empty" : `Must be at most ${max} characters`),
});

/** Two codes that look the same must be the same: as the contract says. */
const codeOf = (max: number, change: (given: string) => string): Cell => ({
  sqlType: "text",
  read: (given) => {
    const ascii = plainAscii.test(given);
    if (!ascii && textFault(given) !== undefined) return undefined;
    const value = ascii ? change(given) : change(given).normalize("NFC");
    return value.length <= max && (ascii || isVisible(value)) ? value : undefined;
  },
  reason: (given) =>
    textFault(given) ?? (isVisible(given) ? `Must be at most ${max} characters` : "Must be a single line without invisible characters"),
});
const upperCase = (given: string) => given.toUpperCase();
const asGiven = (given: string) => given;

export const code = codeOf(LIMITS.MAX_CODE_LENGTH, upperCase);
export const unitCode = codeOf(16, upperCase);
export const lotCode = codeOf(LIMITS.MAX_CODE_LENGTH, asGiven);
export const barcode = codeOf(128, asGiven);
export const name = text(LIMITS.MAX_NAME_LENGTH);
export const longText = text(LIMITS.MAX_STRING_LENGTH);

/** `3`, `3.00`, `.5`: at most 11 digits before the point, and 4 after it that are not 0. */
const amountForm = /^(?:0*\d{1,11}(?:\.\d{0,4}0*)?|\.\d{1,4}0*)$/;

function amountReason(given: string): string {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(given)) return "Must be a number such as 12.5";
  if (given.startsWith("-")) return "Must not be negative";
  if (/\.\d{5}/.test(given)) return "Must have at most 4 decimals";
  return given.startsWith("+") ? "Must be a number such as 12.5" : `Must be at most ${LIMITS.MAX_QUANTITY}`;
}

export const amount: Cell = {
  sqlType: "numeric(15,4)",
  read: (given) => (amountForm.test(given) ? given : undefined),
  reason: amountReason,
};

const zeroForm = /^[0.]+$/;
export const amountAboveZero: Cell = {
  sqlType: "numeric(15,4)",
  read: (given) => (amountForm.test(given) && !zeroForm.test(given) ? given : undefined),
  reason: (given) => (zeroForm.test(given) ? "Must be greater than 0" : amountReason(given)),
};

/** Also `7.00`, as some exports write every number. */
const wholeForm = /^(\d{1,10})(?:\.0*)?$/;
export const wholeNumber = (max: number): Cell => ({
  sqlType: "integer",
  read: (given) => {
    const digits = wholeForm.exec(given)?.[1];
    return digits !== undefined && Number(digits) <= max ? digits : undefined;
  },
  reason: () => `Must be a whole number from 0 to ${max}`,
});

const flags = new Map([
  ...["true", "t", "yes", "y", "1"].map((given) => [given, "true"] as const),
  ...["false", "f", "no", "n", "0"].map((given) => [given, "false"] as const),
]);
export const flag: Cell = { sqlType: "boolean", read: (given) => flags.get(given.toLowerCase()), reason: () => "Must be true or false" };

const dayForm = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
/** A calendar date; a time behind it is left off. */
export const day: Cell = {
  sqlType: "date",
  read: (given) => {
    const parts = dayForm.exec(given);
    if (!parts) return undefined;
    const [year, month, date] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
    const exists =
      year >= 1 && month >= 1 && month <= 12 && date >= 1 && date <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
    return exists ? given.slice(0, 10) : undefined;
  },
  reason: () => "Must be a date such as 2026-01-31",
};

export const oneOf = (values: readonly string[]): Cell => {
  const known = new Set(values);
  return {
    sqlType: "text",
    read: (given) => {
      const value = given.toUpperCase();
      return known.has(value) ? value : undefined;
    },
    reason: () => `Must be one of ${values.join(", ")}`,
  };
};

export const email: Cell = { sqlType: "text", read: (given) => Email.safeParse(given).data, reason: () => "Must be an e-mail address" };

/** What COPY has a meaning of its own for, and what stands where bytes were no UTF-8. */
export const special = /[\\\t\n\r\uFFFD]/;

/** Why a text with special characters is refused; undefined when they are harmless. */
export const specialFault = (given: string): string | undefined =>
  given.includes("\uFFFD") ? "Is not UTF-8: save the file as UTF-8" : undefined;

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
/** As COPY's text format writes it. */
export const escapeForCopy = (given: string) => given.replaceAll(/[\\\t\n\r]/g, (character) => escapes[character] ?? "");
