import { ValidationError } from "#platform/errors.ts";
import { cleanText } from "./clean-text.ts";

const depthMax = 32;
/** Twice what the largest batch holds. */
const valuesMax = 50_000;
const forbiddenKeys = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Parses JSON as it came over the wire. Throws `ValidationError` for what JSON.parse would let through: nesting deeper than 32,
 * more than 50,000 values, a key twice, keys that reach prototypes, and what `cleanText` refuses. Text comes out in Unicode NFC.
 */
export function parseJson(text: string): unknown {
  checkSize(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refusal("The body is not valid JSON");
  }
  checkKeys(text);
  // oxlint-disable-next-line no-control-regex
  return /[^\x00-\x7f]|\\u/.test(text) ? normalised(value) : value;
}

/** Before anything is made of it: what is nested or divided beyond measure costs most when it is parsed. */
function checkSize(text: string): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === "[" || character === "{") {
      values++;
      if (++depth > depthMax) throw refusal(`The body is nested deeper than ${depthMax} levels`);
    } else if (character === "]" || character === "}") depth--;
    else if (character === "," && ++values > valuesMax) throw refusal(`The body holds more than ${valuesMax} values`);
  }
}

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

/** Only for text that JSON.parse accepted: what stands before a colon is a key. No expression: one goes as deep as a string is long. */
function checkKeys(text: string): void {
  const open: (Set<string> | null)[] = [];
  let [begin, end] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      begin = at;
      at = endOfString(text, at);
      end = at + 1;
    } else if (character === "{" || character === "[") open.push(character === "{" ? new Set() : null);
    else if (character === "}" || character === "]") open.pop();
    else if (character === ":") checkKey(text.slice(begin, end), open.at(-1));
  }
}

function checkKey(literal: string, keys: Set<string> | null | undefined): void {
  const key = clean(literal.includes("\\") ? String(JSON.parse(literal)) : literal.slice(1, -1));
  if (forbiddenKeys.has(key)) throw refusal(`The key ${key} is not allowed`);
  if (keys?.has(key)) throw refusal(`The key ${key.slice(0, 100)} is there twice`);
  keys?.add(key);
}

function normalised(value: unknown): unknown {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) return value.map(normalised);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [clean(key), normalised(entry)]));
}

const clean = (text: string) => cleanText(text, "", "INVALID_JSON");
const refusal = (message: string) => new ValidationError([{ path: "", message }], message, "INVALID_JSON");
