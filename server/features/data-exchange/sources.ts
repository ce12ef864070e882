import { fileError } from "./csv-rows.ts";
import type { Kind } from "./kind.ts";
import type { Mapping } from "./mapping.ts";

/** A cell that could not be found, and why. */
export class Missing {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Takes a column's text out of a row of the file. */
export type Source = (cells: readonly string[]) => string | Missing;

/** What a lookup's file says: text by key. */
export type LookupTables = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What is known about the file besides the file. */
export interface FileFacts {
  kind: Kind;
  mapping: Mapping | undefined;
  lookups: LookupTables;
  /** For rows that name no site. */
  siteCode: string | undefined;
}

/** From the file's first line: where each of our columns is. Throws `400` naming unknown, missing or repeated columns. */
export function sourcesOf(header: readonly string[], { kind, mapping, lookups, siteCode }: FileFacts): Map<string, Source> {
  const sources = mapping ? mappedSources(kind, header, mapping, lookups) : ownSources(kind, header);
  if (siteCode !== undefined && kind.columns.some(({ name }) => name === "site"))
    sources.set("site", orElse(sources.get("site"), siteCode));
  const missing = kind.columns.filter(({ name, required }) => required && !sources.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    const orGiven = missing.includes("site") ? " (or say which site the whole file is for)" : "";
    throw fileError(`There is no column for ${missing.join(", ")}${orGiven}. ${columnsOf(kind)}`);
  }
  return sources;
}

const columnsOf = ({ kind, columns }: Kind) =>
  `The columns of ${kind} are ${columns.map(({ name, required }) => (required ? `${name} (required)` : name)).join(", ")}`;

/** `Base UOM`, `base-uom` and `baseUom` are `base_uom`. */
const ownName = (header: string) =>
  header
    .trim()
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");

function ownSources(kind: Kind, header: readonly string[]): Map<string, Source> {
  const names = header.map(ownName);
  const known = new Set(kind.columns.map(({ name }) => name));
  const unknown = header.filter((_, index) => !known.has(names[index] ?? ""));
  if (header.length === 1 && /[;\t]/.test(header[0] ?? ""))
    throw fileError("The columns of the file must be separated by commas; a mapping can name another delimiter");
  if (unknown.length > 0)
    throw fileError(`Unknown column ${unknown.map((name) => `"${name.trim().slice(0, 100)}"`).join(", ")}. ${columnsOf(kind)}`);
  requireOnce(names);
  return new Map(names.map((name, index) => [name, cellAt(index)]));
}

function requireOnce(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw fileError(`The column "${twice.slice(0, 100)}" is there twice`);
}

const cellAt =
  (index: number): Source =>
  (cells) =>
    cells[index] ?? "";

function mappedSources(kind: Kind, header: readonly string[], mapping: Mapping, lookups: LookupTables): Map<string, Source> {
  const names = header.map((name) => name.trim());
  const at = (name: string) => {
    const index = names.indexOf(name);
    if (index < 0) throw fileError(`The mapping names a column "${name}" that the file does not have. It has ${names.join(", ")}`);
    if (names.includes(name, index + 1)) throw fileError(`The column "${name}" is there twice`);
    return index;
  };
  const sources = new Map<string, Source>();
  const add = (column: string, source: Source) => {
    if (!kind.columns.some(({ name }) => name === column)) throw fileError(`The mapping gives a column "${column}". ${columnsOf(kind)}`);
    if (sources.has(column)) throw fileError(`The mapping gives the column "${column}" twice`);
    const meanings = mapping.values[column];
    sources.set(column, meanings ? translated(source, new Map(Object.entries(meanings))) : source);
  };
  for (const [column, name] of Object.entries(mapping.columns)) add(column, cellAt(at(name)));
  for (const [column, value] of Object.entries(mapping.constants)) add(column, () => value);
  for (const [column, template] of Object.entries(mapping.templates)) add(column, filledIn(template, at));
  for (const [column, lookup] of Object.entries(mapping.lookups))
    add(column, lookedUp(at(lookup.from), lookup.file, lookup.key, lookups.get(column)));
  const idle = Object.keys(mapping.values).find((column) => !sources.has(column));
  if (idle !== undefined) throw fileError(`The mapping gives values for "${idle}", which comes from nowhere`);
  return sources;
}

/** Whether a row of the file is one that the mapping wants. */
export function wantedRows(header: readonly string[], mapping: Mapping | undefined): (cells: readonly string[]) => boolean {
  const names = header.map((name) => name.trim());
  const wanted = Object.entries(mapping?.only ?? {}).map(([name, text]) => ({ index: names.indexOf(name), name, text }));
  const unknown = wanted.find(({ index }) => index < 0);
  if (unknown) throw fileError(`The mapping names a column "${unknown.name}" that the file does not have. It has ${names.join(", ")}`);
  return (cells) =>
    wanted.every(({ index, text }) => {
      const cell = (cells[index] ?? "").trim();
      return text === "*" ? cell !== "" : cell === text;
    });
}

const translated =
  (source: Source, meanings: ReadonlyMap<string, string>): Source =>
  (cells) => {
    const text = source(cells);
    return text instanceof Missing ? text : (meanings.get(text.trim()) ?? meanings.get("*") ?? text);
  };

/** A code made of several cells is none when one of them is empty. */
function filledIn(template: string, at: (name: string) => number): Source {
  const parts = template.split(/\{([^{}]+)\}/).map((part, index) => (index % 2 === 1 ? { name: part, index: at(part) } : part));
  return (cells) => {
    let filled = "";
    for (const part of parts) {
      const text = typeof part === "string" ? part : (cells[part.index] ?? "").trim();
      if (typeof part !== "string" && text === "") return new Missing(`${part.name} is empty`);
      filled += text;
    }
    return filled;
  };
}

const orElse =
  (source: Source | undefined, instead: string): Source =>
  (cells) => {
    const text = source?.(cells) ?? "";
    return text instanceof Missing || text.trim() !== "" ? text : instead;
  };

const lookedUp =
  (index: number, file: string, key: string, table: ReadonlyMap<string, string> | undefined): Source =>
  (cells) => {
    const wanted = (cells[index] ?? "").trim();
    if (wanted === "") return "";
    return table?.get(wanted) ?? new Missing(`${file} has no row with ${key} ${wanted.slice(0, 100)}`);
  };
