import { z } from "zod";
import type { AnyRoute } from "#platform/http/route.ts";

interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  format?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

export type IdPlace = "params" | "query" | "body";

/** Where a route takes an id: `{ place: "body", path: "events.0.itemId" }`; an array stands for its first element. */
export function idsOf(route: AnyRoute): { place: IdPlace; path: string }[] {
  return (["params", "query", "body"] as const).flatMap((place) => {
    const schema = route[place];
    if (!schema) return [];
    const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
    return idPaths(json, json.$defs ?? {}, "").map((path) => ({ place, path }));
  });
}

function idPaths(schema: JsonSchema, known: Record<string, JsonSchema>, path: string): string[] {
  const target = schema.$ref === undefined ? schema : (known[schema.$ref.replace("#/$defs/", "")] ?? {});
  if (target.format === "uuid") return [path];
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  const found = [
    ...Object.entries(target.properties ?? {}).flatMap(([name, property]) => idPaths(property, known, below(name))),
    ...(target.items ? idPaths(target.items, known, below("0")) : []),
    ...[...(target.anyOf ?? []), ...(target.allOf ?? []), ...(target.oneOf ?? [])].flatMap((part) => idPaths(part, known, path)),
  ];
  return [...new Set(found)];
}
