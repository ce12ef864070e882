import type { z } from "zod";
import type { FieldError } from "#contract/errors.ts";
import { LIMITS } from "#contract/primitives.ts";
import { ValidationError } from "./errors.ts";

export const VALIDATION_LIMITS = LIMITS;

/** Checks input against a schema. Throws `ValidationError` with every fault, its path joined by dots. */
export function validate<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ValidationError(fieldErrors(parsed.error));
}

/** A fault on each unknown field by its own path, so that a client sees which one to take out. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...issue.path, key].join("."), message: "Unknown field" }));
    }
    return [{ path: issue.path.join("."), message: issue.message }];
  });
}

// Families of injection, as they look when someone tries them; ordinary text with quotes, dashes and SQL words passes.
const forbiddenPatterns: readonly RegExp[] = [
  /;\s*(drop|delete|insert|update|alter|create|truncate|exec(ute)?|shutdown|grant|union|select)\b/i,
  /'\s*(--|\/\*)/,
  /'\s*#\s*$/,
  /'\s*;/,
  /;\s*--/,
  /\bunion\s+(all\s+)?select\b/i,
  /\b(or|and)\s+(\d+)\s*=\s*\2\b/i,
  /'\s*(or|and)\s+('[^']*'|[\w.]+)\s*(=|like\b|is\b)\s*('|\d|true|null|not)/i,
  /'\s*\|\|\s*'/,
  /\bxp_\w+/i,
  /\b(pg_sleep|sleep|benchmark|dbms_lock\.sleep)\s*\(\s*\d/i,
  /\bwaitfor\s+delay\b/i,
];

/** A search text as typed, trimmed. Throws for what can only be an attempt at injection; parameters are the first wall, this is the second. */
export function validateSearchQuery(text: string): string {
  const query = text.normalize("NFC").trim();
  if (query.length > VALIDATION_LIMITS.MAX_SEARCH_LENGTH) {
    throw new ValidationError([{ path: "search", message: `Must be at most ${VALIDATION_LIMITS.MAX_SEARCH_LENGTH} characters` }]);
  }
  if (forbiddenPatterns.some((pattern) => pattern.test(query))) {
    const message = "Invalid search query - contains forbidden patterns";
    throw new ValidationError([{ path: "search", message }], message);
  }
  return query;
}

/** The LIKE pattern that finds `text` anywhere, its own wildcards taken literally. */
export const containsPattern = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`;
