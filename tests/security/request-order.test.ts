import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

// Each request is wrong in several ways; the answer tells which was looked at first.

let server: TestServer;
beforeAll(async () => {
  const env = { RATE_LIMIT_WRITE: "2/1m", RATE_LIMIT_TENANT: "1000/1m", RATE_LIMIT_BLOCK: "1000/1m", TRUSTED_PROXIES: "127.0.0.1" };
  server = await startTestServer("request order", { env });
});
afterAll(() => server.close());

let addresses = 0;
const newAddress = () => `198.51.100.${++addresses}`;
const crossSite = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
const post = (client: TestClient, address: string, headers: Record<string, string> = {}, body: unknown = "{ malformed") =>
  client.post("/inventory/items", body, { "x-forwarded-for": address, ...headers });
const code = async (answer: Promise<{ error: { code: string } }>) => (await answer).error.code;
const someone = (role: "Admin" | "Viewer") => server.newSession("acme", server.tenants.acme.users[role].id);

describe("looked at in this order", () => {
  test("blocked before overloaded, limited, or from another site", async () => {
    const address = newAddress();
    await server.services.ddosProtection.blockIP(address, 60_000, "Test");
    const slots = fill();
    expect(await code(post(server.anonymous, address, crossSite))).toBe("ADDRESS_BLOCKED");
    for (const slot of slots) slot.leave();
  });

  test("overloaded before limited: what is shed is not counted", async () => {
    const address = newAddress();
    const slots = fill();
    for (let request = 0; request < 5; request++) expect(await code(post(server.anonymous, address, crossSite))).toBe("OVERLOADED");
    for (const slot of slots) slot.leave();
    expect(await code(post(server.anonymous, address, crossSite))).toBe("CROSS_SITE_REQUEST");
  });

  test("limited by address before the other site is", async () => {
    const address = newAddress();
    expect(await code(post(server.anonymous, address, crossSite))).toBe("CROSS_SITE_REQUEST");
    expect(await code(post(server.anonymous, address, crossSite))).toBe("CROSS_SITE_REQUEST");
    expect(await code(post(server.anonymous, address, crossSite))).toBe("RATE_LIMITED");
  });

  test("another site before the session", async () => {
    expect(await code(post(await someone("Admin"), newAddress(), crossSite))).toBe("CROSS_SITE_REQUEST");
    expect(await code(post(server.anonymous, newAddress()))).toBe("UNAUTHENTICATED");
  });

  test("the session before the role, the role before the limit of the user, that before what was sent", async () => {
    const viewer = await someone("Viewer");
    for (let request = 0; request < 5; request++) expect(await code(post(viewer, newAddress()))).toBe("FORBIDDEN");
    const admin = await someone("Admin");
    expect(await code(post(admin, newAddress()))).toBe("INVALID_JSON");
    expect(await code(post(admin, newAddress()))).toBe("INVALID_JSON");
    expect(await code(post(admin, newAddress()))).toBe("RATE_LIMITED");
  });
});

test("a session that has ended is counted by address; one that works is not", async () => {
  const address = newAddress();
  const ended = await someone("Viewer");
  await server.sql("UPDATE session SET expires_at = now() WHERE created_at = (SELECT max(created_at) FROM session)");
  const codes: string[] = [];
  for (let request = 0; request < 3; request++) codes.push(await code(post(ended, address)));
  expect(codes).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED", "RATE_LIMITED"]);
});

test("health asks no limit, however often it is asked", async () => {
  const before = await server.services.limiter.getRateLimitStats();
  for (const type of ["", "?type=live", "?type=ready"]) {
    for (let request = 0; request < 20; request++) expect((await server.anonymous.get(`/health${type}`)).status).toBe(200);
  }
  expect(await server.services.limiter.getRateLimitStats()).toEqual(before);
});

test("health and sign-in are answered when everything else is shed", async () => {
  const slots = fill();
  const shed = await server.anonymous.get("/openapi.json");
  expect([shed.status, shed.error.code, shed.headers.get("retry-after")]).toEqual([503, "OVERLOADED", "1"]);
  expect((await fetch(server.baseUrl)).status).toBe(503);
  expect((await server.anonymous.get("/health?type=live")).status).toBe(200);
  expect((await server.anonymous.post("/auth/login", {})).status).toBe(400);
  for (const slot of slots) slot.leave();
  expect((await server.anonymous.get("/openapi.json")).status).toBe(200);
});

/** As many requests in flight as there may be. */
const fill = () => Array.from({ length: 1_000 }, () => server.services.overload.enter("normal"));
