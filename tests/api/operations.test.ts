import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AuditEventList } from "#contract/identity.ts";
import { BlockedAddress, BlockedAddressList, CircuitBreaker, CircuitBreakerList, SecurityOverview } from "#contract/operations.ts";
import type { AnyRoute } from "#platform/http/route.ts";
import { routes } from "#server/app.ts";
import { requestOf } from "#tests/support/route-requests.ts";
import { type EveryThing, fillEveryTable } from "#tests/support/every-table.ts";
import { whereNoAuditEventCommits } from "#tests/support/failing-commit.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  // Requests of tests come over a proxy, which may tell any address.
  server = await startTestServer("operations", { env: { TRUSTED_PROXIES: "127.0.0.1" } });
  admin = await server.as("Admin");
});
afterAll(() => server.close());

const blocked = async () => (await admin.get("/admin/security/blocked-addresses")).read(BlockedAddressList).items;
const block = (address: string, more = {}) =>
  admin.post("/admin/security/blocked-addresses", { address, minutes: 60, reason: "Guesses passwords", ...more });
const unblock = (address: string) => admin.post("/admin/security/blocked-addresses/unblock", { address });
const statusFrom = async (address: string) => (await server.anonymous.get("/health?type=live", { "x-forwarded-for": address })).status;
const lastAudit = async () => (await admin.get("/audit-events?limit=1")).read(AuditEventList).items[0];

describe("what concerns every company is for the operator's Admins alone", () => {
  const concerning = routes.filter((route) => route.path.startsWith("/admin/"));
  const name = (route: AnyRoute) => `${route.method} ${route.path}`;
  let own: EveryThing;
  beforeAll(async () => {
    own = await fillEveryTable(server, server.tenants.globex);
    server.services.circuitBreakers.getBreaker("email-service");
    await server.services.ddosProtection.blockIP("203.0.113.7", 3_600_000, "Guesses passwords");
  });

  test.each(concerning.map((route) => [name(route), route] as const))("not for another company's Admin: %s", async (_, route) => {
    const stranger = await server.as("Admin", "globex");
    const { path, body } = requestOf(route, own);
    const answer = await stranger.call(route.method, path, body);
    expect(answer.error).toMatchObject({ statusCode: 403, code: "NOT_THE_OPERATOR" });
    expect(answer.text).not.toContain("203.0.113");
  });

  test("another company shuts nobody out, and lets nobody in again", async () => {
    const stranger = await server.as("Admin", "globex");
    await stranger.post("/admin/security/blocked-addresses", { address: "198.51.100.1", minutes: 60, reason: "A rival's warehouse" });
    await stranger.post("/admin/security/blocked-addresses/unblock", { address: "203.0.113.7" });
    await stranger.post("/admin/circuit-breakers/email-service/open");
    expect((await blocked()).map(({ address }) => address)).toEqual(["203.0.113.7"]);
    expect(server.services.circuitBreakers.getHealthStatus()["email-service"]).toMatchObject({ state: "CLOSED", heldOpen: false });
  });

  test("and where no company is named, for nobody", async () => {
    const nobodys = await startTestServer("operations of nobody", { env: { OPERATOR_TENANT: "" } });
    try {
      const answer = await (await nobodys.as("Admin")).get("/admin/security");
      expect(answer.error).toMatchObject({ statusCode: 403, code: "NOT_THE_OPERATOR" });
    } finally {
      await nobodys.close();
    }
  });

  test("who is asked for is the company, not the address that a person signs in with", async () => {
    // Any company may have the operator's Admin among its people, even as its own Admin.
    const { id } = server.tenants.globex;
    const asked = server.tenants.acme.users.Admin.id;
    await server.sql("INSERT INTO membership (tenant_id, user_id, name, role) VALUES ($1, $2, 'Guest', 'Admin')", [id, asked]);
    const guest = await server.newSession("globex", asked);
    expect((await guest.get("/admin/security")).status).toBe(403);
  });
});

describe("a blocked address", () => {
  test("is shut out until it is let in again, and both are in the audit trail", async () => {
    const until = Date.now() + 60 * 60_000;
    const made = (await block("198.51.100.9")).read(BlockedAddress);
    expect(made).toMatchObject({ address: "198.51.100.9", reason: "Guesses passwords" });
    expect(Math.abs(Date.parse(made.expiresAt) - until)).toBeLessThan(60_000);
    expect(await statusFrom("198.51.100.9")).toBe(403);
    expect(await lastAudit()).toMatchObject({
      action: "address.blocked",
      entityId: "198.51.100.9",
      after: { address: "198.51.100.9", minutes: 60, reason: "Guesses passwords" },
    });

    expect((await unblock("198.51.100.9")).status).toBe(204);
    expect(await statusFrom("198.51.100.9")).toBe(200);
    expect(await lastAudit()).toMatchObject({ action: "address.unblocked", entityId: "198.51.100.9" });
  });

  test("of IPv6 is told, and let in again, by its network", async () => {
    expect((await block("2001:db8:5:6::7")).read(BlockedAddress).address).toBe("2001:db8:5:6::/64");
    expect(await statusFrom("2001:db8:5:6:ffff::1")).toBe(403);
    expect((await unblock("2001:db8:5:6::/64")).status).toBe(204);
  });

  test("blocked again has its new time and reason", async () => {
    await block("198.51.100.10");
    await block("198.51.100.10", { minutes: 1, reason: "Less bad than thought" });
    expect((await blocked()).filter(({ address }) => address === "198.51.100.10")).toMatchObject([{ reason: "Less bad than thought" }]);
    await unblock("198.51.100.10");
  });

  test.each([
    ["no address", { address: "stock.example" }, { address: "Must be an IP address, such as 203.0.113.7" }],
    ["a network", { address: "198.51.100.0/24" }, { address: "Must be an IP address, such as 203.0.113.7" }],
    ["nothing", { address: " " }, { address: "Must not be empty" }],
    ["loopback", { address: "127.0.0.2" }, { address: "Loopback is never blocked" }],
    ["no time", { minutes: 0 }, { minutes: "Must be at least 1" }],
    ["more than 30 days", { minutes: 43_201 }, { minutes: "Must be at most 43200: 30 days" }],
    ["no reason", { reason: "  " }, { reason: "Must not be empty" }],
  ])("cannot be %s", async (_, given, faults) => expect(faultsOf(await block("198.51.100.11", given))).toEqual(faults));

  test.each(["198.51.100.12", "::ffff:198.51.100.12"])(
    "cannot be the one that asks, written as %s: nobody could take it back",
    async (address) => {
      const body = { address, minutes: 60, reason: "A slip" };
      const answer = await admin.post("/admin/security/blocked-addresses", body, { "x-forwarded-for": "198.51.100.12" });
      expect(faultsOf(answer)).toEqual({ address: "Is the address that you are asking from" });
    },
  );

  test("that is none is not let in again", async () => {
    for (const address of ["198.51.100.99", "nonsense"]) expect((await unblock(address)).status).toBe(404);
  });

  test("what was refused left nothing in the audit trail", async () => {
    const before = await lastAudit();
    await block("127.0.0.2");
    await unblock("198.51.100.99");
    expect(await lastAudit()).toEqual(before);
  });

  test("stands in pages, the newest first", async () => {
    for (const last of [20, 21, 22]) await block(`198.51.100.${last}`);
    const answer = await admin.get("/admin/security/blocked-addresses?limit=2&offset=1&total=true");
    const { items, page } = answer.read(BlockedAddressList);
    expect(items.map(({ address }) => address)).toEqual(["198.51.100.21", "198.51.100.20"]);
    expect(page).toMatchObject({ limit: 2, offset: 1, hasMore: true, nextCursor: null, total: 4 });
  });
});

test("the figures of the limits count what was asked and what was refused", async () => {
  const figures = async () => (await admin.get("/admin/security")).read(SecurityOverview);
  const before = await figures();
  await admin.get("/sites");
  const after = await figures();
  const requestsOf = ({ limits }: SecurityOverview) => limits.find(({ name }) => name === "API")?.requests ?? 0;
  expect(requestsOf(after)).toBeGreaterThanOrEqual(requestsOf(before) + 2);
  expect(after.limits.map(({ name }) => name)).toEqual(expect.arrayContaining(["AUTH", "API", "WRITE", "SENSITIVE"]));
  expect(after.blockedAddresses).toBe((await blocked()).length);
  expect(Date.parse(after.since)).toBeLessThan(Date.now());
});

describe("a circuit breaker", () => {
  const set = (action: string, name = "sms-service") => admin.post(`/admin/circuit-breakers/${encodeURIComponent(name)}/${action}`);
  beforeAll(() => void server.services.circuitBreakers.getBreaker("sms-service", { successThreshold: 1 }));

  test("is held open, made automatic and closed by hand", async () => {
    const breaker = server.services.circuitBreakers.getBreaker("sms-service");
    expect((await set("open")).read(CircuitBreaker)).toMatchObject({ state: "OPEN", heldOpen: true, retryInSeconds: null });
    await expect(breaker.execute(async () => "sent")).rejects.toThrow("OPEN");
    expect(await lastAudit()).toMatchObject({ action: "circuit-breaker.opened", entityId: "sms-service", before: { state: "CLOSED" } });

    expect((await set("automatic")).read(CircuitBreaker)).toMatchObject({ state: "HALF_OPEN", heldOpen: false });
    expect(await breaker.execute(async () => "sent")).toBe("sent");
    await set("open");
    expect((await set("close")).read(CircuitBreaker)).toMatchObject({ state: "CLOSED", rejected: 1 });
    expect(await lastAudit()).toMatchObject({ action: "circuit-breaker.closed", before: { state: "OPEN", heldOpen: true } });
  });

  test("of the database is held open by nobody, who could not close it again", async () => {
    const operator = await server.as("Admin");
    const answer = await operator.post("/admin/circuit-breakers/database/open");
    expect([answer.status, answer.error.code]).toEqual([409, "BREAKER_NEEDED"]);
    expect(server.services.circuitBreakers.getHealthStatus()["database"]).toMatchObject({ state: "CLOSED", heldOpen: false });
  });

  test("that opened by itself tells when it will be tried again", async () => {
    const ill = server.services.circuitBreakers.getBreaker("hook of a.example:443", { failureThreshold: 1 });
    await expect(ill.execute(async () => Promise.reject(new Error("ill")))).rejects.toThrow("ill");
    const { items } = (await admin.get("/admin/circuit-breakers")).read(CircuitBreakerList);
    expect(items.find(({ name }) => name === "hook of a.example:443")).toMatchObject({ state: "OPEN", failureCount: 1, heldOpen: false });
    expect(items.find(({ name }) => name === "hook of a.example:443")?.retryInSeconds).toBeGreaterThan(0);
    expect((await set("close", "hook of a.example:443")).read(CircuitBreaker).state).toBe("CLOSED");
  });

  test("that is not there is not made by asking for it", async () => {
    for (const action of ["open", "close", "automatic"]) expect((await set(action, "fax-service")).status).toBe(404);
    expect(server.services.circuitBreakers.find("fax-service")).toBeUndefined();
  });
});

describe("what the audit trail cannot tell of is not done", () => {
  const breaker = () => server.services.circuitBreakers.getBreaker("label-printer");
  const setPrinter = (action: string) => admin.post(`/admin/circuit-breakers/label-printer/${action}`);
  const facts = () => [
    breaker().status(),
    server.services.ddosProtection
      .getBlockedIPs()
      .map(({ address }) => address)
      .toSorted(),
  ];

  test.each([
    ["blocking an address", async () => undefined, () => block("198.51.100.40")],
    ["letting one in again", () => block("198.51.100.41"), () => unblock("198.51.100.41")],
    ["holding a breaker open", async () => breaker().close(), () => setPrinter("open")],
    ["closing one", async () => breaker().open(), () => setPrinter("close")],
    ["making one automatic", async () => breaker().open(), () => setPrinter("automatic")],
  ])("%s", async (_, prepare, act) => {
    await prepare();
    const [before, told] = [facts(), await lastAudit()];
    await whereNoAuditEventCommits(server, async () => expect((await act()).status).toBe(503));
    expect(facts()).toEqual(before);
    expect(await lastAudit()).toEqual(told);
    expect((await act()).status).toBeLessThan(300);
    expect(facts()).not.toEqual(before);
    expect(await lastAudit()).not.toEqual(told);
  });
});
