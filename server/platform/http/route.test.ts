import { describe, expect, test } from "vitest";
import { z } from "zod";
import { routes } from "#server/app.ts";
import { createSecureRoute, everyRole } from "./route.ts";
import { PdfFile } from "./send-document.ts";

const fields = { summary: "x", roles: everyRole, rateLimit: "API", response: z.object({}), handler: async () => ({}) } as const;
const get = { method: "GET", path: "/x", ...fields } as const;
const post = { ...get, method: "POST", body: z.strictObject({}) } as const;
const open = { ...get, requiresAuth: false, roles: undefined } as const;
const ofId = { ...get, path: "/x/{id}" } as const;
const make = (route: object) => () => createSecureRoute(route as never);
const lax = z.object({ a: z.string() });

describe("a route is refused at start, by its address, when it", () => {
  test.each<[string, object, RegExp]>([
    ["has no roles", { ...get, roles: undefined }, /^Route GET \/x: names no roles/],
    ["has an empty list of roles", { ...get, roles: [] }, /names no roles/],
    ["names a role that there is not", { ...get, roles: ["Admin", "Root"] }, /a role that there is not: Root/],
    ["is open and names roles", { ...open, roles: ["Admin"] }, /names roles, and says requiresAuth: false/],
    ["has no rate limit", { ...get, rateLimit: undefined }, /has no rate limit/],
    ["has a rate limit that there is not", { ...get, rateLimit: "NONE" }, /has no rate limit/],
    ["is unlimited and asks for a session", { ...get, unlimited: true }, /is unlimited/],
    ["is unlimited and changes things", { ...open, method: "POST", body: z.strictObject({}), unlimited: true }, /is unlimited/],
    ["has no schema of its answer", { ...get, response: undefined }, /has no schema of its answer/],
    ["answers with anything", { ...get, response: z.unknown() }, /lets everything out/],
    ["answers with what it does not name", { ...get, response: z.looseObject({ a: z.string() }) }, /^Route GET \/x: response: .* lets out/],
    ["does so deep inside", { ...get, response: z.object({ b: z.array(z.looseObject({ a: z.string() })) }) }, /response\.b\.0: /],
    ["has no handler", { ...get, handler: undefined }, /has no handler/],
    ["takes a parameter without a schema", ofId, /has no schema of its parameters/],
    ["takes one of two without", { ...ofId, path: "/x/{id}/{line}", params: z.strictObject({ id: z.uuid() }) }, /parameter \{line\}/],
    ["has a schema of one that its path lacks", { ...get, params: z.strictObject({ id: z.uuid() }) }, /a schema of \{id\}, which its path/],
    ["lets unknown parameters through", { ...ofId, params: z.object({ id: z.uuid() }) }, /^Route GET \/x\/\{id\}: params: .*strict/],
    ["lets unknown queries through", { ...get, query: lax }, /query: its schema takes what it does not name/],
    ["takes any query", { ...get, query: z.looseObject({ a: z.string() }) }, /query: its schema takes what it does not name/],
    ["has a query that is no object", { ...get, query: z.record(z.string(), z.string()) }, /query that is no object/],
    ["takes a body without a schema", { ...post, body: undefined }, /has no schema of its body/],
    ["takes a body without a schema", { ...post, method: "PATCH", body: undefined }, /has no schema of its body/],
    ["takes a body without a schema", { ...post, method: "PUT", body: undefined }, /has no schema of its body/],
    ["lets unknown fields through", { ...post, body: lax }, /body: its schema takes what it does not name/],
    ["does so under a refinement", { ...post, body: lax.refine(() => true) }, /body: /],
    ["does so deep inside", { ...post, body: z.strictObject({ lines: z.array(z.strictObject({ b: lax })) }) }, /body\.lines\.0\.b: /],
    ["does so in one of several shapes", { ...post, body: z.strictObject({ a: z.union([z.string(), lax]) }) }, /body\.a: /],
    ["does so under a name", { ...post, body: z.strictObject({ a: z.object({}).meta({ id: "Lax" }) }) }, /Lax: /],
    ["takes anything at all somewhere", { ...post, body: z.strictObject({ a: z.unknown() }) }, /body\.a: /],
    ["takes a map of anything", { ...post, body: z.strictObject({ a: z.record(z.string(), z.any()) }) }, /body\.a\.\*: /],
    ["takes a file and a body", { ...post, acceptsFile: { types: ["text/csv"], maxBytes: 1 } }, /a file and a body/],
    ["is a GET with a body", { ...get, body: z.strictObject({}) }, /which a GET has not/],
    ["is a GET that writes", { ...get, transaction: "write" }, /which a GET must not/],
    ["draws a document in a transaction", { ...get, response: PdfFile }, /answers with a document, and is no GET/],
    ["answers a change with a document", { ...post, response: PdfFile, transaction: "none" }, /answers with a document, and is no GET/],
    ["hands a document to everyone", { ...open, response: PdfFile, transaction: "none" }, /answers with a document, and is no GET/],
    ["has a malformed path", { ...get, path: "x" }, /malformed path/],
    ["has a malformed path", { ...get, path: "/x//y" }, /malformed path/],
    ["has half a parameter in its path", { ...get, path: "/x/{id" }, /malformed path/],
  ])("%s: %o", (_, route, message) => expect(make(route)).toThrow(message));

  test.each<[string, object]>([
    ["everything is there", { ...get, path: "/x-y/{id}/z.json", params: z.strictObject({ id: z.uuid() }) }],
    ["a named schema is strict", { ...post, body: z.strictObject({ a: z.string() }).meta({ id: "StrictBody" }) }],
    ["a document is drawn outside of a transaction", { ...get, response: PdfFile, transaction: "none" }],
    ["a map has one kind of value", { ...post, body: z.strictObject({ a: z.record(z.string(), z.int()) }) }],
    ["its answer holds a field of any kind, by name", { ...get, response: z.object({ before: z.unknown() }) }],
  ])("and is not, when %s", (_, route) => expect(make(route)).not.toThrow());
});

test("no two routes share an address", () => {
  const addresses = routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
  expect(addresses.filter((address, index) => addresses.indexOf(address) !== index)).toEqual([]);
});

test("what is open to everyone is a short list", () => {
  expect(routes.filter(({ requiresAuth }) => requiresAuth === false).map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /health",
    "GET /openapi.json",
    "POST /auth/login",
    "POST /auth/logout",
    "POST /auth/password-reset",
    "POST /auth/password-reset/look",
    "POST /auth/password-reset/confirm",
  ]);
});
