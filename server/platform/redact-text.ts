// What a secret is called, in the names of fields and in texts such as `token=…`.
const secretWords =
  "pass(?:word|wd|phrase|code)|pwd|secret|token|cookie|authori[sz]ation|api[-_ ]?key|private[-_ ]?key|credential|bearer|jwt|cvv|cvc";
const secretName = new RegExp(`${secretWords}|^pass$|[_-]pass$|^pin$|^t?otp|[_-]t?otp$|card[-_]?(?:number|no)$|^pan$|^dsn$`, "i");

/** Whether what stands under this name is nothing for a log, whatever it is. */
export const isSecretName = (name: string): boolean => secretName.test(name);

const word = /^[a-z_][\w-]{2,59}$/i;

/** The same of a text that may be something else: one that is a single word. */
export const mayBeSecretName = (text: string): boolean => text.length > 2 && word.test(text) && secretName.test(text);

const redacted = "[redacted]";
const textMax = 8_000;

// `token=…`, `"password":"…"`, `Cookie: a=b; c=d`: the name, what parts it from the value, and the value. In JSON within JSON each quote
// has backslashes before it; the value ends at the quote that has as many.
const assigned = new RegExp(
  `\\b([\\w-]{0,40}(?:${secretWords})[\\w-]{0,40}(?:\\\\{0,31}["'])?\\s{0,3}[=:]\\s{0,3})(?!\\[redacted\\])` +
    `(?:(\\\\{0,31}["'])(?:(?!(?<!\\\\)\\2)[^]){0,8000}(?:\\2)?|[^\\s"',;&)\\]}]+)`,
  "gi",
);
// `["X-Api-Key","…"]`: the same in a list, name and value in quotes of one kind.
const listed = new RegExp(
  `((\\\\{0,31}["'])[\\w-]{0,40}(?:${secretWords})[\\w-]{0,40}\\2\\s{0,3},\\s{0,3})\\2(?:(?!(?<!\\\\)\\2)[^]){0,8000}(?:\\2)?`,
  "gi",
);
// The whole of these headers, whose values have parts.
const header = /\b((?:set-)?cookie|(?:proxy-)?authorization)(["']?\s{0,3}:\s{0,3})(?!\[redacted\])[^\r\n"']{1,4000}/gi;
const scheme = /\b(bearer|basic) {1,3}(?!\[redacted\])[\w.~+/=-]{6,}/gi;
const secretWord = new RegExp(`${secretWords}|session`, "i");
const webToken = /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g;
const session = /\b((?:__Host-)?session=)[\w.~-]{8,}/gi;
const urlPassword = /\b(\w{1,20}:\/\/[^\s:/@]{0,100}:)[^\s/]{1,300}@/g;
// Also one that was cut off before its end.
const privateKey = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/gi;
// 13 to 19 digits, perhaps grouped, are what a payment card looks like. So may the end of a UUID, which is none.
const cardLike = /(\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b)|(?<![\da-z])\d(?:[ -]?\d){12,18}(?![\da-z])/gi;

// What drives a terminal or turns the direction of its text: JSON escapes a part of them, and a terminal's pretty printing none.
// Line breaks and tabs stay, for stacks.
// oxlint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const strange = /[^\n\t -~]/;
const visible = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A text that is fit for a log: cut to a bounded length, secrets taken out, nothing in it that drives a terminal. */
export function redactText(text: string): string {
  const cut = text.length > textMax ? `${text.slice(0, textMax)}…` : text;
  return redactFound(cut, lookFor(cut));
}

/** The same as a JSON string. Most texts need nothing done to them; one look at each character tells which. */
export function redactedJsonText(text: string): string {
  if (text.length > textMax) return JSON.stringify(redactText(text));
  const found = lookFor(text);
  if (found === 0) return `"${text}"`;
  const safe = redactFound(text, found);
  return (found & mark.escape) === 0 ? `"${safe}"` : JSON.stringify(safe);
}

/** What a text may hold: each is worth looking for with its patterns only where it can be. */
const mark = { escape: 1, assignment: 2, scheme: 4, token: 8, number: 16 } as const;

function redactFound(text: string, found: number): string {
  let safe = found & mark.scheme && text.includes("-----") ? text.replace(privateKey, redacted) : text;
  const assigns = (found & mark.assignment) !== 0;
  // One look for the words is less than one with each pattern: a stack is full of colons.
  const names = assigns && secretWord.test(safe);
  if (names) safe = safe.replace(header, `$1$2${redacted}`);
  if (found & mark.scheme) safe = safe.replace(scheme, `$1 ${redacted}`);
  if (names) safe = safe.replace(assigned, `$1${redacted}`).replace(session, `$1${redacted}`);
  if (names && quoted.test(safe)) safe = safe.replace(listed, `$1${redacted}`);
  if (assigns && safe.includes("@") && safe.includes("://")) safe = safe.replace(urlPassword, `$1${redacted}@`);
  if (found & mark.token) safe = safe.replace(webToken, redacted);
  if (found & mark.number) safe = safe.replace(cardLike, (_, uuid: string | undefined) => uuid ?? redacted);
  return found & mark.escape && strange.test(safe) ? safe.replace(control, visible) : safe;
}

const unusual = /[^ !#-&(-9;<>-[\]-~]/;
const escaped = /[^ !#-[\]-~]/;
// A colon, or a quote and a comma.
const assignment = /[:=]|["']\s{0,3},/;
const quoted = /["']\s{0,3},/;
// Thirteen; the first four are written out, where most texts are done with: it takes half as long.
const manyDigits = /(?<![\dA-Za-z])\d[ -]?\d[ -]?\d[ -]?\d(?:[ -]?\d){9}/;
// Bearer or basic before a space, or what a JSON web token begins with, or what is around a key.
const schemeOrToken = /(?:er|ic) |yJ|-----/i;
// A shorter text holds neither a card's number, nor a scheme with what it needs, nor a web token.
const lookedAtMin = 12;

/** Expressions, not a loop over the characters: how fast `charCodeAt` is depends on what else the process has loaded. */
function lookFor(text: string): number {
  let found = 0;
  if (unusual.test(text)) found = (assignment.test(text) ? mark.assignment : 0) | (escaped.test(text) ? mark.escape : 0);
  if (text.length < lookedAtMin) return found;
  if (manyDigits.test(text)) found |= mark.number;
  if (schemeOrToken.test(text)) found |= mark.scheme | mark.token;
  return found;
}
