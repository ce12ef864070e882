import { z } from "zod";

// Unicode's stream-safe form (UAX #15): normalising a longer run of combining marks takes time that grows with its square.
const tooManyMarks = /\p{M}{31}/u;
// Fewer than these come apart into no more than 30.
const manyMarks = /\p{M}{8}/u;

/** Why a text cannot be normalised and stored; undefined when it can. */
export function textFault(text: string): string | undefined {
  if (!text.isWellFormed()) return "Must not hold half of a surrogate pair";
  return hasTooManyMarks(withoutControls(text)) ? "Must not hold more than 30 combining marks in a row" : undefined;
}

/** As it will be when what is left out no longer parts them, and each has come apart. */
const hasTooManyMarks = (text: string) => manyMarks.test(text) && (tooManyMarks.test(text) || tooManyMarks.test(text.normalize("NFD")));

// Line breaks and tabs stay. What turns the reading direction lets a text show as another than it is (Trojan Source, CVE-2021-42574).
// oxlint-disable-next-line no-control-regex
const forgesLines = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;
const allOfThem = new RegExp(forgesLines, "g");

export const withoutControls = (text: string) => (forgesLines.test(text) ? text.replaceAll(allOfThem, "") : text);

/**
 * Text as it is stored and compared: without control characters and overrides of the reading direction, in Unicode NFC, trimmed,
 * at most `max` characters. What it says stays as it is: markup is made harmless where it is shown, not here.
 */
export const cleanText = (max: number) =>
  z
    .string()
    .refine((text) => textFault(text) === undefined, { error: ({ input }) => textFault(String(input)), abort: true })
    .overwrite(withoutControls)
    .normalize("NFC")
    .trim()
    .max(max, { abort: true });

// Two codes that look the same must be the same: no characters that cannot be seen.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
export const isVisible = (text: string) => !invisible.test(text);

const given = () =>
  z
    .string()
    .trim()
    .refine((text) => textFault(text) === undefined, { error: ({ input }) => textFault(String(input)), abort: true });
const oneLine = (schema: z.ZodString, max: number) =>
  schema
    .normalize("NFC")
    .min(1, "Must not be empty")
    .max(max, { abort: true })
    .refine(isVisible, "Must be a single line without invisible characters");

/** A code that keeps its case, as a supplier printed it. */
export const code = (max: number) => oneLine(given(), max);
/** Composed after upper case, which may part letters. */
export const upperCaseCode = (max: number) => oneLine(given().toUpperCase(), max);
