import { z } from "zod";
import type { AnyRoute } from "#platform/http/route.ts";

interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  maxLength?: number;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

export type Place = "params" | "query" | "body";

/** One value that a route takes: `{ place: "body", path: "events.0.itemId" }`; an array stands for its first element. */
export interface Field {
  place: Place;
  path: string;
  type: string;
  isId: boolean;
  /** Of any letters that one likes, and how many; undefined for numbers, dates, ids and choices. */
  textLength: number | undefined;
}

/** Everything that a route takes, down to the single values. */
export function fieldsOf(route: AnyRoute): Field[] {
  return (["params", "query", "body"] as const).flatMap((place) => {
    const json = inputOf(route, place);
    return json ? valuesOf(json, json.$defs ?? {}, "").map((value) => ({ place, ...value })) : [];
  });
}

/** Where a body holds objects: `""` is the body itself, `events.0` the first of a list. */
export function objectsOf(route: AnyRoute): string[] {
  const json = inputOf(route, "body");
  return json ? objectPaths(json, json.$defs ?? {}, "") : [];
}

function inputOf(route: AnyRoute, place: Place): JsonSchema | undefined {
  const schema = route[place];
  return schema && (z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema);
}

type Known = Record<string, JsonSchema>;
const resolved = (schema: JsonSchema, known: Known) =>
  schema.$ref === undefined ? schema : (known[schema.$ref.replace("#/$defs/", "")] ?? {});
const below = (path: string, name: string) => (path === "" ? name : `${path}.${name}`);
const shapesOf = (schema: JsonSchema) => [...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...(schema.oneOf ?? [])];

const textLengthOf = ({ type, format, enum: choices, const: only, maxLength }: JsonSchema) =>
  type === "string" && format === undefined && choices === undefined && only === undefined ? (maxLength ?? Infinity) : undefined;

function valuesOf(given: JsonSchema, known: Known, path: string): Omit<Field, "place">[] {
  const schema = resolved(given, known);
  const found = [
    ...(schema.type && !schema.properties && !schema.items && schema.type !== "null"
      ? [{ path, type: schema.type, isId: schema.format === "uuid", textLength: textLengthOf(schema) }]
      : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => valuesOf(property, known, below(path, name))),
    ...(schema.items ? valuesOf(schema.items, known, below(path, "0")) : []),
    ...shapesOf(schema).flatMap((part) => valuesOf(part, known, path)),
  ];
  return [...new Map(found.map((value) => [value.path, value])).values()];
}

function objectPaths(given: JsonSchema, known: Known, path: string): string[] {
  const schema = resolved(given, known);
  const found = [
    ...(schema.properties ? [path] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) => objectPaths(property, known, below(path, name))),
    ...(schema.items ? objectPaths(schema.items, known, below(path, "0")) : []),
    ...shapesOf(schema).flatMap((part) => objectPaths(part, known, path)),
  ];
  return [...new Set(found)];
}
