import { ValidationError } from "#platform/errors.ts";

// Unicode's stream-safe form (UAX #15): normalising a longer run of combining marks takes time that grows with its square.
const tooManyMarks = /\p{M}{31}/u;

/**
 * Text from outside as it is compared and stored: Unicode NFC. Throws `400` on `path` for half a surrogate pair, NUL and a run of
 * combining marks that no script writes.
 */
export function cleanText(text: string, path: string, code?: string): string {
  const refuse = (message: string) => new ValidationError([{ path, message }], code === undefined ? undefined : message, code);
  if (!text.isWellFormed()) throw refuse("A text holds half of a surrogate pair");
  if (text.includes("\0")) throw refuse("A text holds a NUL character");
  if (tooManyMarks.test(text)) throw refuse("A text holds too many combining marks in a row");
  return text.normalize("NFC");
}
