import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createSecureRoute, everyRole } from "#platform/http/route.ts";
import { mountRoutes } from "#platform/http/mount.ts";
import { compositeRateLimit, rateLimit } from "#platform/rate-limit/limits.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// Routes that bring limits of their own, mounted as the server's are.

let server: TestServer;
const told: { name: string; key: string }[] = [];
const perPage = rateLimit({
  windowMs: 60_000,
  maxRequests: 3,
  keyBy: "address",
  onLimitReached: ({ name, key }) => void told.push({ name, key }),
});
const open = createSecureRoute({
  method: "GET",
  path: "/pages/{page}",
  summary: "A page",
  requiresAuth: false,
  rateLimit: perPage,
  params: z.strictObject({ page: z.string() }),
  response: z.strictObject({ page: z.string() }),
  handler: async ({ params }) => ({ page: params.page }),
});
const other = createSecureRoute({ ...open, path: "/papers/{page}", rateLimit: perPage });
const secured = createSecureRoute({
  method: "GET",
  path: "/reports",
  summary: "A report",
  roles: everyRole,
  rateLimit: compositeRateLimit(
    rateLimit({ windowMs: 60_000, maxRequests: 2, keyBy: "user" }),
    rateLimit({ windowMs: 60_000, maxRequests: 3, keyBy: "tenant" }),
  ),
  response: z.strictObject({ done: z.boolean() }),
  handler: async () => ({ done: true }),
});

let ask: (path: string, headers?: Record<string, string>) => Promise<Response>;
beforeAll(async () => {
  server = await startTestServer("own limits", { env: { TRUSTED_PROXIES: "127.0.0.1" } });
  const app = mountRoutes([open, other, secured], server.services, () => undefined);
  const bindings = { incoming: { socket: { remoteAddress: "127.0.0.1" } } };
  ask = async (path, headers = {}) => await app.fetch(new Request(`http://127.0.0.1${path}`, { headers }), bindings);
});
afterAll(() => server.close());
const from = (address: string) => ({ "x-forwarded-for": address });

describe("a limit of a route's own", () => {
  test("counts the route's pattern: every page, query and spelling is one, another route is another", async () => {
    const paths = ["/api/v1/pages/1", "/api/pages/2", "/api/v1/%70ages/3", "/api/v1/pages/4", "/api/./pages/5"];
    const statuses: number[] = [];
    for (const path of paths) statuses.push((await ask(path, from("203.0.113.1"))).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect((await ask("/api/v1/papers/1", from("203.0.113.1"))).status).toBe(200);
    expect((await ask("/api/v1/pages/1", from("203.0.113.2"))).status).toBe(200);
  });

  test("tells whoever made it, with the pattern and never with a raw address of a page", () => {
    expect(told).toEqual(Array.from({ length: 2 }, () => ({ name: "GET /pages/{page}", key: "GET /pages/{page} address 203.0.113.1" })));
  });

  test("of several, all must admit: each person and the company together", async () => {
    const [operator, viewer] = [await server.as("Operator"), await server.as("Viewer")];
    const get = async (cookie = "") => await ask("/api/v1/reports", { cookie });
    expect([(await get(operator.cookie)).status, (await get(operator.cookie)).status, (await get(operator.cookie)).status]).toEqual([
      200, 200, 429,
    ]);
    const last = await get(viewer.cookie);
    expect([last.status, last.headers.get("ratelimit-policy")]).toEqual([200, '"get /reports";q=2;w=60, "get /reports 2";q=3;w=60']);
    const refused = await get(viewer.cookie);
    expect([refused.status, refused.headers.get("ratelimit")]).toMatchObject([
      429,
      expect.stringMatching(/^"get \/reports";r=1;t=\d+, "get \/reports 2";r=0;t=\d+$/),
    ]);
    expect((await get((await server.as("Viewer", "globex")).cookie)).status).toBe(200);
  });

  test("whom it does not count is counted by address", async () => {
    const answer = await ask("/api/v1/reports", from("203.0.113.9"));
    expect([answer.status, answer.headers.get("ratelimit-policy")]).toEqual([401, '"api";q=1000000;w=60']);
  });
});

test.each([
  ["none", undefined],
  ["an empty list", []],
  ["a preset that there is not", "OFTEN"],
  ["a limit of nothing", { maxRequests: 0, windowMs: 1, keyBy: "user" }],
])("a route with %s stops the start", (_, limit) => {
  expect(() => createSecureRoute({ ...open, rateLimit: limit } as unknown as typeof open)).toThrow("GET /pages/{page}: has no rate limit");
});
