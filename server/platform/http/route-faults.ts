import { z } from "zod";
import { Role } from "#contract/identity.ts";
import { isRouteLimit } from "#platform/rate-limit/limits.ts";
import type { AnyRoute } from "./route.ts";
import { answersDocument } from "./send-document.ts";

/** What a route lacks or says wrongly, in words for whoever wrote it; undefined when nothing does. */
export function faultOf(route: AnyRoute): string | undefined {
  return [permissionFault, limitFault, addressFault, bodyFault, strictnessFault, answerFault]
    .map((find) => find(route))
    .find((fault) => fault !== undefined);
}

function permissionFault(route: AnyRoute): string | undefined {
  const roles = "roles" in route ? route.roles : undefined;
  if (route.requiresAuth === false) return roles ? "names roles, and says requiresAuth: false" : undefined;
  if (!roles?.length) return "names no roles, and does not say requiresAuth: false";
  const unknown = roles.find((role) => !Role.safeParse(role).success);
  return unknown === undefined ? undefined : `names a role that there is not: ${unknown}`;
}

function limitFault(route: AnyRoute): string | undefined {
  if (!isRouteLimit(route.rateLimit)) return "has no rate limit";
  const mayBeUnlimited = route.requiresAuth === false && route.method === "GET";
  return "unlimited" in route && route.unlimited && !mayBeUnlimited ? "is unlimited, and no public GET" : undefined;
}

function addressFault(route: AnyRoute): string | undefined {
  if (!/^(\/([a-z0-9-]+(\.[a-z]+)?|\{\w+\}))+$/i.test(route.path)) return "has a malformed path";
  const named = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  if (named.length > 0 && !route.params) return "has no schema of its parameters";
  if (!route.params) return undefined;
  const known = Object.keys(jsonSchemaOf(route.params, "input").properties ?? {});
  const missing = named.find((name) => !known.includes(name));
  if (missing !== undefined) return `has no schema of its parameter {${missing}}`;
  const surplus = known.find((name) => !named.includes(name));
  return surplus === undefined ? undefined : `has a schema of {${surplus}}, which its path does not name`;
}

function bodyFault(route: AnyRoute): string | undefined {
  const changes = route.method === "POST" || route.method === "PUT" || route.method === "PATCH";
  if (changes && !route.body && !route.acceptsFile) return "has no schema of its body";
  if (route.body && route.acceptsFile) return "takes a file and a body";
  if (route.method !== "GET") return undefined;
  if (route.body || route.acceptsFile) return "takes a body, which a GET has not";
  // A page of another site may make a browser send a GET.
  return "transaction" in route && route.transaction === "write" ? "writes, which a GET must not" : undefined;
}

/** Each input is an object of named fields, at every depth: what nobody named is refused, never dropped or passed on. */
function strictnessFault(route: AnyRoute): string | undefined {
  for (const place of ["params", "query", "body"] as const) {
    const schema = route[place];
    if (!schema) continue;
    const json = jsonSchemaOf(schema, "input");
    if (json.type !== "object" || !json.properties) return `has a schema of its ${place} that is no object`;
    const loose = laxPlaces(json, place)[0];
    if (loose) return `${loose}: its schema takes what it does not name; make it strict`;
  }
  return undefined;
}

function answerFault(route: AnyRoute): string | undefined {
  if (!route.response) return "has no schema of its answer";
  if (typeof route.handler !== "function") return "has no handler";
  if (answersDocument(route)) return documentFault(route);
  const json = jsonSchemaOf(route.response, "output");
  if (isAnything(json)) return "has a schema of its answer that lets everything out";
  const loose = laxPlaces(json, "response", { anythingIsFine: true })[0];
  return loose && `${loose}: its schema lets out what it does not name`;
}

/** Drawing it takes longer than a transaction should be open. */
function documentFault(route: AnyRoute): string | undefined {
  const isRight = route.method === "GET" && route.requiresAuth !== false && route.transaction === "none";
  return isRight ? undefined : "answers with a document, and is no GET of someone signed in that opens its own transaction";
}

interface JsonSchema {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

/** The schema as JSON Schema, and of a named one what the name stands for. */
function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const json = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as JsonSchema;
  const name = json.$ref?.replace("#/$defs/", "");
  return name === undefined ? json : { ...json.$defs?.[name], ...(json.$defs ? { $defs: json.$defs } : {}) };
}

const constraints = ["$ref", "type", "enum", "const", "anyOf", "oneOf", "allOf"];
const isAnything = (schema: JsonSchema) => !constraints.some((name) => name in schema);

/** Where a schema says nothing, or names fields and lets others pass. A map from any name to one kind of value is neither. */
function laxPlaces(schema: JsonSchema, place: string, options: { anythingIsFine?: true } = {}): string[] {
  if (isAnything(schema)) return options.anythingIsFine ? [] : [place];
  const { properties, additionalProperties, items, $defs } = schema;
  if (properties && additionalProperties !== false) return [place];
  return [
    ...Object.entries(properties ?? {}).flatMap(([name, field]) => laxPlaces(field, `${place}.${name}`, options)),
    ...(typeof additionalProperties === "object" ? laxPlaces(additionalProperties, `${place}.*`, options) : []),
    ...(items ? laxPlaces(items, `${place}.0`, options) : []),
    ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap((parts) => parts ?? []).flatMap((part) => laxPlaces(part, place, options)),
    ...Object.entries($defs ?? {}).flatMap(([name, field]) => laxPlaces(field, name, options)),
  ];
}
