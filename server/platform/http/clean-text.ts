import { textFault } from "#contract/text.ts";
import { ValidationError } from "#platform/errors.ts";

/**
 * Text from outside as it is compared and stored: Unicode NFC. Throws `400` on `path` for what cannot be normalised, and for NUL,
 * which no text of the database can hold.
 */
export function cleanText(text: string, path: string, code?: string): string {
  const fault = textFault(text) ?? (text.includes("\0") ? "Must not hold a NUL character" : undefined);
  if (fault !== undefined) throw new ValidationError([{ path, message: fault }], code === undefined ? undefined : fault, code);
  return text.normalize("NFC");
}
