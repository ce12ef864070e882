import type { z } from "zod";
import { messages } from "#web/messages.ts";
import { ApiError } from "./client.ts";

/** One message per field, by the field's name; `""` for the form as a whole. */
export type FieldErrors = Record<string, string>;

/** What the server would refuse in this body, by the same schema. */
export function errorsOf(schema: z.ZodType, body: unknown): FieldErrors {
  const checked = schema.safeParse(body);
  if (checked.success) return {};
  return firstPerField(checked.error.issues.map((issue) => ({ path: issue.path.join("."), message: plainWords(issue) })));
}

/** The schema's own words where it has some; the library's are for programmers. */
function plainWords(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_small" && issue.origin === "string" && issue.minimum === 1) return messages.invalid.empty;
  if (issue.code === "too_big" && issue.origin === "string") return messages.invalid.tooLong(Number(issue.maximum));
  if (issue.code === "invalid_type")
    return issue.expected === "number" || issue.expected === "int" ? messages.invalid.noNumber : messages.invalid.missing;
  return issue.message;
}

/** A refusal by field; `fieldOf` names the form's field for a path of the body, `""` when it has none. */
export function refusalByField(error: unknown, fieldOf: (path: string) => string): FieldErrors {
  if (!(error instanceof ApiError)) return { "": error instanceof Error ? error.message : String(error) };
  const told = error.fieldErrors.map(({ path, message }) => {
    const field = fieldOf(path);
    return { path: field, message: field || !path ? message : `${path}: ${message}` };
  });
  if (told.length > 0) return firstPerField(told);
  // A conflict over what must be unique names the fields alone.
  const { fields } = error.details;
  const field = Array.isArray(fields) ? fields.map((path) => fieldOf(String(path))).find(Boolean) : undefined;
  return { [field ?? ""]: error.message };
}

function firstPerField(errors: readonly { path: string; message: string }[]): FieldErrors {
  const byField: FieldErrors = {};
  for (const { path, message } of errors) byField[path] ??= message;
  return byField;
}
