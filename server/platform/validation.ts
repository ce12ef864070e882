import { z } from "zod";
import { type DateBounds, dateRange, dateWithin } from "#contract/dates.ts";
import { Email } from "#contract/email.ts";
import type { FieldError } from "#contract/errors.ts";
import { declaredFile, type FileBounds, type FileKind } from "#contract/files.ts";
import { NewPassword } from "#contract/identity.ts";
import { LIMITS } from "#contract/limits.ts";
import { Pagination } from "#contract/list.ts";
import { type NumberBounds, numberWithin } from "#contract/numbers.ts";
import { Id } from "#contract/primitives.ts";
import { SearchText } from "#contract/search.ts";
import { cleanText } from "#contract/text.ts";
import { ValidationError } from "./errors.ts";
import { contentFault } from "./uploads/content.ts";

export const VALIDATION_LIMITS = LIMITS;

/** Checks input against a schema. Throws `ValidationError` with every fault, its path joined by dots. */
export function validate<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ValidationError(fieldErrors(parsed.error), headlineOf(parsed.error));
}

/** Nobody mends more of them at once; the answer to a hostile body does not grow with it. */
const faultsToldMax = 100;

/** A fault on each unknown field by its own path, so that a client sees which one to take out; the first hundred faults. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  const faults = error.issues.slice(0, faultsToldMax).flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [{ path: issue.path.join("."), message: issue.message }];
    return issue.keys.slice(0, faultsToldMax).map((key) => ({ path: [...issue.path, key].join("."), message: "Unknown field" }));
  });
  return faults.slice(0, faultsToldMax).map(({ path, message }) => ({ path: path.slice(0, 500), message }));
}

/** The one fault there is, where its schema says that it speaks for the whole request. */
function headlineOf({ issues: [issue, ...more] }: z.ZodError): string | undefined {
  return issue?.code === "custom" && issue.params?.["headline"] === true && more.length === 0 ? issue.message : undefined;
}

// Each rule is a schema of the contract, which routes and forms are made of; here it is a function, for a value by itself. All of
// them throw `ValidationError`, with the fault at `path`, and give back the value as the schema makes it.

const at = <T extends z.ZodType>(path: string, schema: T, value: unknown): z.output<T> => {
  const checked = validate(z.object({ [path]: schema }), { [path]: value });
  return checked[path] as z.output<T>;
};

/** Where a page begins and how long it is, from numbers or texts. Never throws: what makes no sense becomes the default. */
export const validatePagination = (given: { limit?: unknown; offset?: unknown }) => validate(Pagination, given);

/** `limit` and `offset` of a request's address. */
export const extractPaginationParams = ({ url }: Pick<Request, "url">) => {
  const query = new URL(url, "http://localhost").searchParams;
  return validatePagination({ limit: query.get("limit"), offset: query.get("offset") });
};

/** A search text as typed, trimmed. Throws for what can only be an attempt at injection. */
export const validateSearchQuery = (text: unknown): string => at("search", SearchText, text);

/** Control characters and overrides of the reading direction out, Unicode NFC, trimmed; at most `max` characters. Markup stays. */
export const sanitizeString = (text: unknown, max: number = LIMITS.MAX_STRING_LENGTH, path = "text"): string =>
  at(path, cleanText(max), text);

/** A new password: its length and its kinds of characters; all faults at once. */
export const validatePassword = (password: unknown): string => at("password", NewPassword, password);

/** An address in lower case. */
export const validateEmail = (email: unknown, path = "email"): string => at(path, Email, email);

/** An id as the database writes it, in lower case. */
export const validateUuid = (id: unknown, path = "id"): string => at(path, Id, id);

/** A real calendar date, `YYYY-MM-DD`. */
export const validateDate = (date: unknown, bounds: DateBounds = {}, path = "date"): string => at(path, dateWithin(bounds), date);

/** Two dates, the second not before the first and at most `daysMax` days long, both counted. */
export const validateDateRange = (given: unknown, bounds: { daysMax?: number } = {}) => validate(dateRange(bounds), given);

/** A finite number; text is none. */
export const validateNumber = (value: unknown, bounds: NumberBounds = {}, path = "value"): number => at(path, numberWithin(bounds), value);

/**
 * A file that was handed in whole: its size, its name (without a path) and its ending, its declared type, and what its bytes show
 * it to be. An archive that would unpack to far more than its size is refused, and none is unpacked into memory.
 */
export async function validateFileUpload(file: { name?: string; type: string; bytes: Uint8Array }, bounds: FileBounds): Promise<FileKind> {
  const { kind } = validate(declaredFile(bounds), { ...file, size: file.bytes.byteLength });
  const fault = await contentFault(kind, file.bytes);
  if (fault !== undefined) throw new ValidationError([{ path: "file", message: fault }]);
  return kind;
}

/** The LIKE pattern that finds `text` anywhere, its own wildcards taken literally. */
export const containsPattern = (text: string) => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
