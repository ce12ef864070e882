import { Email } from "#contract/identity.ts";
import { LIMITS } from "#contract/primitives.ts";

/** How one column's text is read. Called once a cell, hence plain functions: the bounds are those of the contract. */
export interface Cell {
  readonly sqlType: "text" | "numeric(15,4)" | "integer" | "boolean" | "date";
  /** The value as PostgreSQL reads it, or undefined when the text (trimmed, not empty) is none. */
  readonly read: (text: string) => string | undefined;
  readonly reason: (text: string) => string;
  /** Line breaks and tabs are part of the value. */
  readonly multiLine?: true;
}

const within = (max: number, transform: (text: string) => string = (text) => text): Cell => ({
  sqlType: "text",
  read: (text) => {
    const value = transform(text);
    return value.length <= max ? value : undefined;
  },
  reason: () => `Must be at most ${max} characters`,
});

const upperCase = (text: string) => text.toUpperCase();

export const code = within(LIMITS.MAX_CODE_LENGTH, upperCase);
export const unitCode = within(16, upperCase);
export const lotCode = within(LIMITS.MAX_CODE_LENGTH);
export const barcode = within(128);
export const name = within(LIMITS.MAX_NAME_LENGTH);
export const longText: Cell = { ...within(LIMITS.MAX_STRING_LENGTH), multiLine: true };

/** `3`, `3.00`, `.5`: at most 11 digits before the point, and 4 after it that are not 0. */
const amountForm = /^(?:0*\d{1,11}(?:\.\d{0,4}0*)?|\.\d{1,4}0*)$/;

function amountReason(text: string): string {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text)) return "Must be a number such as 12.5";
  if (text.startsWith("-")) return "Must not be negative";
  if (/\.\d{5}/.test(text)) return "Must have at most 4 decimals";
  return text.startsWith("+") ? "Must be a number such as 12.5" : `Must be at most ${LIMITS.MAX_QUANTITY}`;
}

export const amount: Cell = { sqlType: "numeric(15,4)", read: (text) => (amountForm.test(text) ? text : undefined), reason: amountReason };

const zeroForm = /^[0.]+$/;
export const amountAboveZero: Cell = {
  sqlType: "numeric(15,4)",
  read: (text) => (amountForm.test(text) && !zeroForm.test(text) ? text : undefined),
  reason: (text) => (zeroForm.test(text) ? "Must be greater than 0" : amountReason(text)),
};

/** Also `7.00`, as some exports write every number. */
const wholeForm = /^(\d{1,10})(?:\.0*)?$/;
export const wholeNumber = (max: number): Cell => ({
  sqlType: "integer",
  read: (text) => {
    const digits = wholeForm.exec(text)?.[1];
    return digits !== undefined && Number(digits) <= max ? digits : undefined;
  },
  reason: () => `Must be a whole number from 0 to ${max}`,
});

const flags = new Map([
  ...["true", "t", "yes", "y", "1"].map((text) => [text, "true"] as const),
  ...["false", "f", "no", "n", "0"].map((text) => [text, "false"] as const),
]);
export const flag: Cell = { sqlType: "boolean", read: (text) => flags.get(text.toLowerCase()), reason: () => "Must be true or false" };

const dayForm = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;
/** A calendar date; a time behind it is left off. */
export const day: Cell = {
  sqlType: "date",
  read: (text) => {
    const parts = dayForm.exec(text);
    if (!parts) return undefined;
    const [year, month, date] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
    const exists =
      year >= 1 && month >= 1 && month <= 12 && date >= 1 && date <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
    return exists ? text.slice(0, 10) : undefined;
  },
  reason: () => "Must be a date such as 2026-01-31",
};

export const oneOf = (values: readonly string[]): Cell => {
  const known = new Set(values);
  return {
    sqlType: "text",
    read: (text) => {
      const value = text.toUpperCase();
      return known.has(value) ? value : undefined;
    },
    reason: () => `Must be one of ${values.join(", ")}`,
  };
};

export const email: Cell = { sqlType: "text", read: (text) => Email.safeParse(text).data, reason: () => "Must be an e-mail address" };

/** What needs a second look: COPY's own characters, those that the contract forbids, and what no UTF-8 text decodes to. */
// oxlint-disable-next-line no-control-regex
export const special = /[\\\u0000-\u001F\u007F\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFD]/;
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u200E\u200F\u202A-\u202E\u2066-\u2069]/;

/** Why a text with special characters is refused; undefined when they are harmless. */
export function specialFault(text: string, cell: Cell): string | undefined {
  if (forbidden.test(text)) return "Must not contain control characters";
  if (text.includes("\uFFFD")) return "Is not UTF-8: save the file as UTF-8";
  if (!cell.multiLine && /[\t\r\n]/.test(text)) return "Must be a single line";
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
/** As COPY's text format writes it. */
export const escapeForCopy = (text: string) => text.replaceAll(/[\\\t\n\r]/g, (character) => escapes[character] ?? "");
