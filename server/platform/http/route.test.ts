import { describe, expect, test } from "vitest";
import { z } from "zod";
import { routes } from "#server/app.ts";
import { createSecureRoute, everyRole } from "./route.ts";

const fields = { summary: "x", roles: everyRole, rateLimit: "API", response: z.object({}), handler: async () => ({}) } as const;
const make = (route: object) => () => createSecureRoute(route as never);

describe("a route is refused at start, by its address, when it", () => {
  test.each<[string, object, RegExp]>([
    ["has no roles", { method: "GET", path: "/x", ...fields, roles: undefined }, /^Route GET \/x: names no roles/],
    ["has an empty list of roles", { method: "GET", path: "/x", ...fields, roles: [] }, /names no roles/],
    ["has no rate limit", { method: "GET", path: "/x", ...fields, rateLimit: undefined }, /has no rate limit/],
    ["has no schema of its answer", { method: "GET", path: "/x", ...fields, response: undefined }, /has no schema of its answer/],
    ["takes a parameter without a schema", { method: "GET", path: "/x/{id}", ...fields }, /has no schema of its parameters/],
    ["takes a body without a schema", { method: "POST", path: "/x", ...fields }, /has no schema of its body/],
    ["takes a body without a schema", { method: "PATCH", path: "/x", ...fields }, /has no schema of its body/],
    ["has a malformed path", { method: "GET", path: "x", ...fields }, /malformed path/],
    ["has a malformed path", { method: "GET", path: "/x//y", ...fields }, /malformed path/],
  ])("%s: %o", (_, route, message) => expect(make(route)).toThrow(message));

  test("and is not, when everything is there", () =>
    expect(make({ method: "GET", path: "/x-y/{id}/z.json", ...fields, params: z.object({}) })).not.toThrow());
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
  ]);
});

test("no route takes unknown fields in its address, query or body", () => {
  const refusesUnknown = (schema: z.ZodObject) =>
    schema.safeParse({ nobodyKnowsThis: 1 }).error?.issues.some(({ code }) => code === "unrecognized_keys");
  const lenient = routes.filter(({ body, query, params }) =>
    [body, query, params].some((schema) => schema instanceof z.ZodObject && !refusesUnknown(schema)),
  );
  expect(lenient.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});
