import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ErrorBody } from "#contract/errors.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

// Three requests a minute, and a block after four refusals. The tests come over a proxy that is trusted, each from addresses of its own.

let server: TestServer;
const env = { RATE_LIMIT_API: "3/1m", RATE_LIMIT_WRITE: "3/1m", RATE_LIMIT_BLOCK: "4/10m" };
beforeAll(async () => {
  server = await startTestServer("blocked addresses", { env: { ...env, TRUSTED_PROXIES: "127.0.0.1" } });
});
afterAll(() => server.close());

let addresses = 0;
const newAddress = () => `203.0.113.${++addresses}`;
const from = (address: string) => ({ "x-forwarded-for": address });
const errorOf = (text: string) => ErrorBody.parse(JSON.parse(text)).error;
const page = (path: string, headers: Record<string, string> = {}) => fetch(server.baseUrl + path, { headers });
const statuses = async (count: number, ask: () => Promise<{ status: number }>) => {
  const answered: number[] = [];
  for (let request = 0; request < count; request++) answered.push((await ask()).status);
  return answered;
};

describe("an address that keeps asking though it is refused", () => {
  test("is blocked: it gets 403 and nothing else", async () => {
    const address = newAddress();
    const answered = await statuses(9, () => server.anonymous.get("/sites", from(address)));
    expect(answered).toEqual([401, 401, 401, 429, 429, 429, 429, 429, 403]);
    const { error } = await server.anonymous.get("/sites", from(address));
    expect(error).toMatchObject({
      statusCode: 403,
      code: "ADDRESS_BLOCKED",
      message: "Your IP has been temporarily blocked due to suspicious activity",
    });
    expect(server.services.ddosProtection.getBlockedIPs().map((block) => block.address)).toContain(address);
  });

  test.each(["/", "/api/health", "/api/health?type=live", "/api/v1/nothing-here", "/api/openapi.json", "/assets/none.js"])(
    "is refused at %s as well",
    async (path) => {
      const address = newAddress();
      await server.services.ddosProtection.blockIP(address, 60_000, "Test");
      const answer = await page(path, from(address));
      expect([answer.status, errorOf(await answer.text()).code]).toEqual([403, "ADDRESS_BLOCKED"]);
      expect(answer.headers.get("x-frame-options")).toBe("DENY");
      expect((await page(path, from(newAddress()))).status).not.toBe(403);
    },
  );

  test("also at an address where there is nothing, and in signing in", async () => {
    for (const ask of [
      (headers: Record<string, string>) => server.anonymous.get("/nothing-here", headers),
      (headers: Record<string, string>) => server.anonymous.post("/auth/login", "{ malformed", headers),
    ]) {
      const address = newAddress();
      await statuses(8, () => ask(from(address)));
      expect((await ask(from(address))).status).toBe(403);
    }
  });

  test("is blocked for all its /64, and for no other", async () => {
    const ask = (host: string) => server.anonymous.get("/sites", from(`2001:db8:77:1:${host}`));
    for (let request = 0; request < 8; request++) await ask(`${request}::${request}`);
    expect((await ask("ffff::9")).status).toBe(403);
    expect((await server.anonymous.get("/sites", from("2001:db8:77:2::9"))).status).toBe(401);
  });

  test("spends nothing any more: neither a count nor a query", async () => {
    const address = newAddress();
    await server.services.ddosProtection.blockIP(address, 60_000, "Test");
    const admin = await server.as("Admin");
    const before = await server.services.limiter.getRateLimitStats();
    const sent = await server.statements(() => admin.get("/sites", from(address)));
    expect(sent).toEqual([]);
    expect(await server.services.limiter.getRateLimitStats()).toEqual(before);
  });

  test("is let in again by hand", async () => {
    const address = newAddress();
    await server.services.ddosProtection.blockIP(address, 60_000, "Test");
    expect((await server.anonymous.get("/sites", from(address))).status).toBe(403);
    await server.services.ddosProtection.unblockIP(address);
    expect((await server.anonymous.get("/sites", from(address))).status).toBe(401);
  });
});

describe("who is signed in", () => {
  let client: TestClient;
  test("never leads to a block, however often they are refused", async () => {
    const address = newAddress();
    client = await server.newSession("acme", server.tenants.acme.users.Operator.id);
    const answered = await statuses(20, () => client.get("/sites", from(address)));
    expect(answered).toEqual([200, 200, 200, ...Array.from({ length: 17 }, () => 429)]);
    expect(await statuses(20, () => client.post("/inventory/events", {}, from(address)))).toContain(429);
    expect((await server.anonymous.get("/sites", from(address))).status).toBe(401);
  });

  test("leads to no block either where nothing is, and uses up nobody else's requests at that address", async () => {
    const address = newAddress();
    const scanner = await server.newSession("acme", server.tenants.acme.users.Operator.id);
    const wrong = [
      () => scanner.get("/nothing-here", from(address)),
      () => scanner.call("DELETE", "/health", undefined, from(address)),
      () => page("/nothing-here.js", { ...from(address), cookie: scanner.cookie ?? "" }),
    ];
    for (const ask of wrong) expect(await statuses(9, ask)).toContain(429);
    expect((await server.anonymous.get("/sites", from(address))).status).toBe(401);
  });

  test("works on beside someone at the same address who is refused, until that one is blocked", async () => {
    const address = newAddress();
    const viewer = await server.newSession("acme", server.tenants.acme.users.Viewer.id);
    await statuses(5, () => server.anonymous.get("/sites", from(address)));
    expect((await viewer.get("/sites", from(address))).status).toBe(200);
  });
});

describe("this machine and our own proxies", () => {
  let plain: TestServer;
  beforeAll(async () => {
    plain = await startTestServer("undeclared proxy", { env });
  });
  afterAll(() => plain.close());
  afterEach(async () => void (await plain.services.ddosProtection.unblockIP("127.0.0.1")));

  test("are never blocked, whatever they ask", async () => {
    expect(await statuses(20, () => server.anonymous.get("/sites"))).toEqual([401, 401, 401, ...Array.from({ length: 17 }, () => 429)]);
    expect(await statuses(20, () => plain.anonymous.get("/sites"))).toEqual([401, 401, 401, ...Array.from({ length: 17 }, () => 429)]);
    expect(plain.services.ddosProtection.getBlockedIPs()).toEqual([]);
  });

  test("but a proxy that was not declared makes nobody an insider: what comes over it can be blocked, this machine cannot", async () => {
    const overProxy = from("203.0.113.250");
    await statuses(10, () => plain.anonymous.get("/nothing-here", overProxy));
    expect((await plain.anonymous.get("/sites", overProxy)).status).toBe(403);
    expect((await plain.anonymous.get("/sites", from("198.51.100.1"))).status).toBe(403);
    expect((await plain.anonymous.get("/health")).status).toBe(200);
  });

  test("nobody is believed about their address whose proxy is not trusted", async () => {
    const answered = await statuses(6, () => plain.anonymous.get("/sites", from(newAddress())));
    expect(answered[0]).toBe(429);
    expect(answered).not.toContain(401);
  });
});
