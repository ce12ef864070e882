import { describe, expect, test } from "vitest";
import type { AnyRoute } from "#platform/http/route.ts";
import { routes } from "#server/app.ts";
import type { testRoles } from "#tests/support/fixtures.ts";

// That each route keeps to what is read here: tests/security/every-route.test.ts.

const secured = routes.filter((route): route is AnyRoute & { requiresAuth?: true } => route.requiresAuth !== false);
const named = secured.map((route) => ({ route, name: `${route.method} ${route.path}` }));

describe("what the roles are for", () => {
  // One's own session is everyone's.
  const mayUse = (role: (typeof testRoles)[number]) =>
    named.filter(({ route }) => route.roles.includes(role) && !route.path.startsWith("/auth/"));

  test("a Viewer changes nothing", () => {
    expect(mayUse("Viewer").filter(({ route }) => route.method !== "GET")).toEqual([]);
  });

  test("an Operator does stock work and sets nothing up", () => {
    const changing = mayUse("Operator").filter(({ route }) => route.method !== "GET");
    for (const { name } of changing)
      expect(name).toMatch(
        /^POST \/(inventory\/(events|transfers|lots)|purchasing\/(purchase-orders\/\{id\}\/receive$|receipts)|cycle-counts\/\{id\}\/(start|record)$|alerts\/\{id\}\/acknowledge$|manufacturing\/(production-orders\/\{id\}\/(consume|output)$|postings))/,
      );
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
    expect(open.toSorted()).toEqual([
      "GET /health",
      "GET /openapi.json",
      "POST /auth/login",
      "POST /auth/logout",
      "POST /auth/password-reset",
      "POST /auth/password-reset/confirm",
      "POST /auth/password-reset/look",
    ]);
  });
});
