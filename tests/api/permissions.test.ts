import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyRoute } from "#platform/http/route.ts";
import { routes } from "#server/app.ts";
import { testRoles } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// Who may do what is read from the one list of routes: a route that is added is tested by itself.

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("permissions");
});
afterAll(() => server.close());

const secured = routes.filter((route): route is AnyRoute & { requiresAuth?: true } => route.requiresAuth !== false);
const named = secured.map((route) => ({ route, name: `${route.method} ${route.path}` }));

/** An address that fits the route and names nothing that exists. */
const addressOf = ({ path }: AnyRoute) => path.replaceAll("{kind}", "items").replaceAll(/\{\w+\}/g, () => crypto.randomUUID());
const bodyOf = ({ method }: AnyRoute) => (method === "GET" || method === "DELETE" ? undefined : {});

describe.each(named)("$name", ({ route }) => {
  test("is refused without a session", async () => {
    const answer = await server.anonymous.call(route.method, addressOf(route), bodyOf(route));
    expect(answer.error).toMatchObject({ statusCode: 401, code: "UNAUTHENTICATED" });
  });

  test.each(testRoles)("for the role %s", async (role) => {
    const client = await server.as(role);
    const answer = await client.call(route.method, addressOf(route), bodyOf(route));
    expect(answer.status === 403 ? "refused" : "let in").toBe(route.roles.includes(role) ? "let in" : "refused");
    expect([200, 201, 204, 400, 403, 404, 409, 415]).toContain(answer.status);
  });
});

describe("what the roles are for", () => {
  // One's own session is everyone's.
  const mayUse = (role: (typeof testRoles)[number]) =>
    named.filter(({ route }) => route.roles.includes(role) && !route.path.startsWith("/auth/"));

  test("a Viewer changes nothing", () => {
    expect(mayUse("Viewer").filter(({ route }) => route.method !== "GET")).toEqual([]);
  });

  test("an Operator does stock work and sets nothing up", () => {
    const changing = mayUse("Operator").filter(({ route }) => route.method !== "GET");
    for (const { name } of changing) expect(name).toMatch(/^POST \/inventory\/(events|transfers|lots)/);
  });

  test("people, sites and the audit trail are an Admin's", () => {
    const forSupervisors = mayUse("Supervisor").map(({ name }) => name);
    expect(forSupervisors.filter((name) => /\/users|\/audit-events|(POST|PATCH) \/sites(\/\{id\})?$/.test(name))).toEqual([]);
  });

  test("an Admin may use every route", () => {
    expect(secured.filter(({ roles }) => !roles.includes("Admin"))).toEqual([]);
  });

  test("the public routes are these", () => {
    const open = routes.filter((route) => route.requiresAuth === false).map(({ method, path }) => `${method} ${path}`);
    expect(open.toSorted()).toEqual(["GET /health", "GET /openapi.json", "POST /auth/login", "POST /auth/logout"]);
  });
});
