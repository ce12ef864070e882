import { isSecretName, mayBeSecretName, redactedJsonText } from "./redact-text.ts";

const depthMax = 8;
const entriesMax = 200;
// Of one value, all that is in it counted: what is beyond is cut.
const valuesMax = 2_000;
const charactersMax = 64_000;
const knownNamesMax = 2_000;

/** Where we are in a value, and how much more of it a line may hold. */
interface Course {
  readonly above: object[];
  values: number;
  characters: number;
}

/**
 * The JSON of a value that is fit for a log: secrets replaced at any depth, cut to a bounded size, cycles named. Written while the
 * value is looked at, each part of it once: a getter cannot answer otherwise the second time. Undefined for what JSON leaves out.
 * Never throws.
 */
export function redactedJson(value: unknown): string | undefined {
  return write(value, { above: [], values: valuesMax, characters: charactersMax });
}

function write(value: unknown, course: Course): string | undefined {
  switch (typeof value) {
    case "string": {
      if (course.characters < 0) return '"[cut]"';
      const text = redactedJsonText(value);
      course.characters -= text.length;
      return text;
    }
    case "number":
      // As long as a payment card's, whose last digits a number may have rounded.
      return Number.isFinite(value)
        ? Math.abs(value) >= 1e13 && Math.abs(value) < 1e19 && Number.isInteger(value)
          ? '"[redacted]"'
          : String(value)
        : "null";
    case "boolean":
      return String(value);
    case "bigint":
      return redactedJsonText(value.toString());
    case "object":
      return value === null ? "null" : writeWithin(value, course);
    default:
      return undefined;
  }
}

function writeWithin(value: object, course: Course): string | undefined {
  if (course.above.includes(value)) return '"[circular]"';
  if (course.above.length >= depthMax) return '"[deep]"';
  if (--course.values < 0 || course.characters < 0) return '"[cut]"';
  course.above.push(value);
  try {
    return writeObject(value, course);
  } catch {
    return '"[unreadable]"';
  } finally {
    course.above.pop();
  }
}

function writeObject(value: object, course: Course): string | undefined {
  if (Array.isArray(value)) return writeList(value.length > entriesMax ? value.slice(0, entriesMax) : value, course);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (value instanceof Error) return writeError(value, course);
    if (value instanceof Map) return writeEntries(first(value.entries()), course);
    if (value instanceof Set) return writeList(first(value.values()), course);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '"[bytes]"';
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return write((toJSON as () => unknown).call(value), course);
  return writeFields(value as Record<string, unknown>, course);
}

function writeList(values: readonly unknown[], course: Course): string {
  let json = "";
  let isNamed = false;
  for (const value of values) {
    json += `${json === "" ? "" : ","}${isNamed ? '"[redacted]"' : (write(value, course) ?? "null")}`;
    if (course.characters < 0) break;
    // As in raw headers: a name, its value, the next name. A value may look like a name: what is behind it is taken out as well.
    isNamed = typeof value === "string" && mayBeSecretName(value);
  }
  return `[${json}]`;
}

/** An object's own fields. One that cannot be read costs only itself. */
function writeFields(value: Record<string, unknown>, course: Course): string {
  let json = "";
  let left = entriesMax;
  for (const name in value) {
    if (!Object.hasOwn(value, name)) continue;
    if (--left < 0 || course.characters < 0) break;
    json += writeField(name, value, course, json === "");
  }
  return `{${json}}`;
}

function writeField(name: string, of: Record<string, unknown>, course: Course, isFirst: boolean): string {
  const known = describeName(name);
  let text: string | undefined = '"[redacted]"';
  if (!known.secret) {
    try {
      text = write(of[name], course);
    } catch {
      text = '"[unreadable]"';
    }
  }
  if (text === undefined) return "";
  course.characters -= name.length + 4;
  return isFirst ? known.json + text : `,${known.json}${text}`;
}

const writeEntries = (entries: readonly (readonly [unknown, unknown])[], course: Course): string =>
  writeFields(Object.fromEntries(entries.map(([key, value]) => [nameOf(key), value])), course);

const nameOf = (key: unknown) => (typeof key === "object" && key !== null ? "[object]" : String(key));

function first<T>(values: Iterator<T>): T[] {
  const taken: T[] = [];
  for (let next = values.next(); !next.done && taken.length < entriesMax; next = values.next()) taken.push(next.value);
  return taken;
}

// What the database says of a row that it refused: all its values may stand in it.
const rowsOfDatabase = new Set(["detail", "where", "internalQuery", "query", "parameters"]);

/** Name, message, what the error carries of its own, stack and cause. */
function writeError(error: Error, course: Course): string {
  const of = error as unknown as Record<string, unknown>;
  let json = writeField("name", of, course, true);
  json += writeField("message", of, course, json === "");
  let left = entriesMax;
  for (const name of Object.keys(error)) {
    if (rowsOfDatabase.has(name) || partsOfErrors.has(name)) continue;
    if (--left < 0) break;
    json += writeField(name, of, course, json === "");
  }
  json += writeStack(of, course, json === "");
  if ("cause" in error) json += writeField("cause", of, course, json === "");
  if ("errors" in error) json += writeField("errors", of, course, json === "");
  return `{${json}}`;
}

const partsOfErrors = new Set(["name", "message", "stack", "cause", "errors"]);
const framesMax = 500;
const knownFrames = new Map<string, string>();

/** An error's stack: what failed is new each time, and where it failed is one of a few places, each looked at once and remembered. */
function writeStack(of: Record<string, unknown>, course: Course, isFirst: boolean): string {
  const stack = readStack(of);
  const begin = stack?.indexOf("\n    at ") ?? -1;
  if (stack === undefined || begin < 0 || course.characters < 0) return writeField("stack", of, course, isFirst);
  const frames = stack.slice(begin);
  let known = knownFrames.get(frames);
  if (known === undefined) {
    if (knownFrames.size >= framesMax) knownFrames.clear();
    known = redactedJsonText(frames).slice(1);
    knownFrames.set(frames, known);
  }
  const text = redactedJsonText(stack.slice(0, begin)).slice(0, -1) + known;
  course.characters -= text.length;
  return `${isFirst ? "" : ","}"stack":${text}`;
}

function readStack(of: Record<string, unknown>): string | undefined {
  try {
    return typeof of["stack"] === "string" ? of["stack"] : undefined;
  } catch {
    return undefined;
  }
}

interface KnownName {
  readonly json: string;
  readonly secret: boolean;
}
const knownNames = new Map<string, KnownName>();

/** A field's name as JSON, and whether it names a secret: worked out once for each of the few names there are. */
function describeName(name: string): KnownName {
  const known = knownNames.get(name);
  if (known) return known;
  const described = { json: `${redactedJsonText(name)}:`, secret: isSecretName(name) };
  if (knownNames.size < knownNamesMax && name.length <= 100) knownNames.set(name, described);
  return described;
}
