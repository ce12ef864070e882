const secretName = /pass(word|wd|phrase)?$|password|secret|token|cookie|authorization|api[-_]?key|credential/i;
// 13 to 19 digits, perhaps grouped: what a payment card looks like.
const cardLike = /\b\d(?:[ -]?\d){12,18}\b/g;
const urlPassword = /\b(\w{1,20}:\/\/[^\s:/@]{1,100}:)[^\s@/]{1,200}@/g;

// What drives a terminal: JSON escapes a part of them, and a terminal's pretty printing none. Line breaks and tabs stay, for stacks.
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const visible = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const depthMax = 8;
const entriesMax = 200;
const textMax = 8_000;

/** A copy that is fit for a log: secrets replaced at any depth, cut to a bounded size, cycles named. Never throws. */
export function redact(value: unknown, depth = 0, seen: WeakSet<object> = new WeakSet()): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return "[circular]";
  if (depth >= depthMax) return "[deep]";
  if (value instanceof Date) return value.toJSON();
  if (ArrayBuffer.isView(value)) return "[bytes]";
  seen.add(value);
  try {
    if (Array.isArray(value)) return value.slice(0, entriesMax).map((entry) => redact(entry, depth + 1, seen));
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(value).slice(0, entriesMax)) {
      copy[name] = secretName.test(name) ? "[redacted]" : redact((value as Record<string, unknown>)[name], depth + 1, seen);
    }
    return copy;
  } catch {
    return "[unreadable]";
  } finally {
    seen.delete(value);
  }
}

function redactText(text: string): string {
  const cut = text.length > textMax ? `${text.slice(0, textMax)}…` : text;
  return cut.replace(urlPassword, "$1[redacted]@").replace(cardLike, "[redacted]").replace(control, visible);
}
