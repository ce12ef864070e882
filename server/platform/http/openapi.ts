import { z } from "zod";
import { ErrorBody } from "#contract/errors.ts";
import { fileTypes } from "#platform/files/table-file.ts";
import type { AnyRoute } from "./route.ts";

type Json = Record<string, unknown>;
const typesOfFiles = [fileTypes.csv, fileTypes.xlsx];
const fileSchema = { type: "string", contentMediaType: "application/octet-stream" };

/** OpenAPI 3.1, read from the routes themselves: what is served is what is described. */
export function openApiDocument(routes: readonly AnyRoute[], { version, cookie }: { version: string; cookie: string }): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `/api/v1${route.path}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route, schemas);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Warehouse Builder", version, description: "Stock that is always right: the same API the web app uses." },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { ...schemas, Error: schemaOf(ErrorBody, "output", schemas) },
      securitySchemes: { session: { type: "apiKey", in: "cookie", name: cookie } },
    },
  };
}

function operationOf(route: AnyRoute, schemas: Json): Json {
  const status = String(route.status ?? 200);
  const response = schemaOf(route.response, "output", schemas);
  const types = route.answersFile?.map((format) => fileTypes[format]) ?? [
    route.answersEvents ? "text/event-stream" : (documentTypeOf(response) ?? "application/json"),
  ];
  const content = Object.fromEntries(types.map((type) => [type, { schema: typesOfFiles.includes(type) ? fileSchema : response }]));
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace(/[^a-zA-Z0-9]+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, "")}`,
    summary: route.summary,
    tags: [route.path.split("/")[1] ?? ""],
    ...(route.requiresAuth === false ? { security: [] } : { security: [{ session: [] }], "x-roles": route.roles }),
    ...(route.requiresAuth !== false && route.operatorOnly ? { "x-operator-only": true } : {}),
    "x-rate-limit": [route.rateLimit]
      .flat()
      .map((limit) => (typeof limit === "string" ? limit : `${limit.maxRequests}/${limit.windowMs / 1_000}s`))
      .join(", "),
    parameters: [...parametersOf(route.params, "path", schemas), ...parametersOf(route.query, "query", schemas), ...headersOf(route)],
    ...(route.body
      ? { requestBody: { required: true, content: { "application/json": { schema: schemaOf(route.body, "input", schemas) } } } }
      : {}),
    ...(route.acceptsFile
      ? {
          requestBody: {
            required: true,
            content: Object.fromEntries(route.acceptsFile.types.map((type) => [type, { schema: { type: "string" } }])),
          },
        }
      : {}),
    responses: {
      [status]: status === "204" ? { description: "Done" } : { description: "Success", content },
      default: { description: "Refused or failed", content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } },
    },
  };
}

/** Of a route that answers with a document. */
const documentTypeOf = ({ contentMediaType: type }: Json): string | undefined => (typeof type === "string" ? type : undefined);

function parametersOf(schema: z.ZodType | undefined, place: "path" | "query", schemas: Json): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => ({
    name,
    in: place,
    required: place === "path" || !field.safeParse(undefined).success,
    schema: schemaOf(field, "input", schemas),
  }));
}

const headersOf = (route: AnyRoute): Json[] =>
  route.method === "POST" && route.requiresAuth !== false && route.transaction !== "none"
    ? [{ name: "Idempotency-Key", in: "header", required: false, schema: { type: "string", minLength: 1, maxLength: 255 } }]
    : [];

/** A named schema is put among the components once and referred to. */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: Json): Json {
  const {
    $defs,
    $schema: _,
    ...json
  } = z.toJSONSchema(schema, { io, unrepresentable: "any", override: ({ jsonSchema }) => void delete jsonSchema.$schema }) as Json & {
    $defs?: Json;
  };
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] ??= relocated(definition);
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) return relocated(json) as Json;
  const { id: __, ...named } = json as Json & { id?: string };
  schemas[id] ??= relocated(named);
  return { $ref: `#/components/schemas/${id}` };
}

const relocated = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'));
