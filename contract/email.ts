import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { isVisible, textFault } from "./text.ts";

const local = /^[^\s@"<>()[\]\\,;:]{1,64}$/u;
/** A label of a domain in any script, as people write it: letters, their marks, digits, and hyphens inside. */
const label = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;

function isAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [name, labels] = [text.slice(0, at), text.slice(at + 1).split(".")];
  if (at < 1 || !local.test(name) || name.startsWith(".") || name.endsWith(".") || name.includes("..")) return false;
  return (
    labels.length >= 2 &&
    labels.every((part) => label.test(part) && part.normalize("NFKC") === part) &&
    !/^\p{N}+$/u.test(labels.at(-1) ?? "")
  );
}

/**
 * An e-mail address, also one in another script. Stored and compared in lower case: who signs up as Ann@Example.com is found as
 * ann@example.com.
 */
export const Email = z
  .string()
  .trim()
  .max(LIMITS.MAX_EMAIL_LENGTH, { abort: true })
  .refine((text) => textFault(text) === undefined, { error: ({ input }) => textFault(String(input)), abort: true })
  .normalize("NFC")
  .toLowerCase()
  .normalize("NFC")
  // Once more: some letters come apart.
  .max(LIMITS.MAX_EMAIL_LENGTH, { abort: true })
  .refine(isVisible, { error: "Must be a single line without invisible characters", abort: true })
  .refine(isAddress, "Must be an e-mail address");
