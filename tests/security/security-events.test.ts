import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { User } from "#contract/identity.ts";
import { fillEveryTable } from "#tests/support/every-table.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { keepLines } from "#tests/support/log-lines.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { TestClient } from "#tests/support/test-client.ts";

// What concerns security is told apart in the log, by who asked and from where (ASVS 16.3).

const log = keepLines();
let server: TestServer;
let linkToken: string;
beforeAll(async () => {
  server = await startTestServer("security events", { log, env: { RATE_LIMIT_SENSITIVE: "3/1h" } });
  ({ linkToken } = await fillEveryTable(server, server.tenants.acme));
});
afterAll(() => server.close());
beforeEach(() => log.forget());

const events = () => log.lines().filter(({ metadata }) => metadata?.["eventType"] === "security");
const admin = () => server.as("Admin");
const { email, password } = { email: "operator@acme.test", password: testPassword };

type Case = [what: string, severity: string, message: string, work: () => Promise<unknown>];
const cases: Case[] = [
  ["a sign-in", "low", "Signed in", () => server.signIn(email, password)],
  ["a sign-in with a wrong password", "medium", "A sign-in failed", () => server.signIn(email, "Wrong-Horse-7")],
  ["a sign-in of nobody", "medium", "A sign-in failed", () => server.signIn("nobody@acme.test", password)],
  [
    "a sign-out",
    "low",
    "Signed out",
    async () => (await server.newSession("acme", server.tenants.acme.users.Viewer.id)).post("/auth/logout"),
  ],
  [
    "a session that was made up",
    "medium",
    "A session that we never gave out was refused",
    () => new TestClient(server.baseUrl, "session=made.up").get("/sites"),
  ],
  [
    "a role that may not",
    "low",
    "A role asked for what it may not do",
    async () => (await server.as("Viewer")).post("/sites", { code: "X", name: "x" }),
  ],
  [
    "another site's page",
    "medium",
    "A change that another site's page asked for was refused",
    async () => (await admin()).post("/sites", {}, { "sec-fetch-site": "cross-site" }),
  ],
  [
    "a search that is an attack",
    "medium",
    "A search that looks like an injection was refused",
    async () => (await admin()).get(`/inventory/items?search=${encodeURIComponent("x' OR '1'='1")}`),
  ],
  [
    "a body that reaches for prototypes",
    "medium",
    "A body that reaches for prototypes was refused",
    async () => (await admin()).post("/sites", '{"__proto__":{}}'),
  ],
  [
    "rights that change",
    "medium",
    "A user's rights were changed",
    async () => {
      const user = (await (await admin()).post("/users", { email: "rights@acme.test", name: "Rights", role: "Viewer" })).read(User);
      return await (await admin()).patch(`/users/${user.id}`, { version: user.version, role: "Operator" });
    },
  ],
  [
    "sites that change",
    "medium",
    "A user's sites were changed",
    async () => {
      const user = (await (await admin()).post("/users", { email: "sites@acme.test", name: "Sites", role: "Viewer" })).read(User);
      return await (await admin()).put(`/users/${user.id}/site-access`, { version: user.version, siteIds: [] });
    },
  ],
  [
    "someone new",
    "medium",
    "Someone was made a member",
    async () => (await admin()).post("/users", { email: "someone@acme.test", name: "Someone", role: "Viewer" }),
  ],
  [
    "a password that is set by a link",
    "medium",
    "A password was set by a link",
    () => server.anonymous.post("/auth/password-reset/confirm", { token: linkToken, password: "Another-Horse-8" }),
  ],
  ["a reset that is asked for", "low", "A password reset was asked for", () => server.anonymous.post("/auth/password-reset", { email })],
  [
    "an address that is blocked",
    "high",
    "An address was blocked",
    async () => {
      await server.services.ddosProtection.blockIP("203.0.113.7", 60_000, "test");
    },
  ],
  [
    "an address that is let in again",
    "low",
    "An address was let in again",
    async () => {
      await server.services.ddosProtection.unblockIP("203.0.113.7");
    },
  ],
];

test.each(cases)("%s is a security event of severity %s: %s", async (_, severity, message, work) => {
  await work();
  const told = events().filter((event) => event.message === message);
  expect(told).toHaveLength(1);
  expect(told[0]?.metadata).toMatchObject({ eventType: "security", severity });
  // Nothing is said of how the commit went where it went well.
  expect(told[0]?.metadata).not.toHaveProperty("outcome");
});

test("each says when, which request, from where, and who, where that is known", async () => {
  const answer = await (await server.as("Viewer")).post("/sites", { code: "X", name: "x" });
  const [event] = events();
  expect(event).toMatchObject({
    timestamp: expect.stringMatching(/Z$/) as string,
    context: {
      requestId: answer.headers.get("x-request-id"),
      ipAddress: "127.0.0.1",
      userId: server.tenants.acme.users.Viewer.id,
      tenantId: server.tenants.acme.id,
    },
    metadata: { route: "POST /sites" },
  });
});

test("a limit that is reached is one as well", async () => {
  const viewer = await server.as("Admin");
  const limited = { status: 0 };
  for (let tries = 0; tries < 6 && limited.status !== 429; tries++)
    limited.status = (await viewer.put("/auth/password", { currentPassword: "Wrong-Horse-7", newPassword: "Another-Horse-8" })).status;
  expect(limited.status).toBe(429);
  expect(events().at(-1)).toMatchObject({ message: "A limit was reached", metadata: { severity: "low", code: "RATE_LIMITED" } });
});

test("what anyone asks for in the ordinary way is none", async () => {
  const client = await admin();
  await client.get("/sites");
  await client.get("/nothing");
  await client.post("/sites", { code: "" });
  await server.anonymous.get("/sites");
  await vi.waitFor(() => expect(log.lines().filter(({ metadata }) => metadata?.["status"])).toHaveLength(4));
  expect(events()).toEqual([]);
});

test("who reads the audit trail is told as an audit event", async () => {
  await (await admin()).get("/audit-events?entityType=user");
  expect(log.lines().filter(({ metadata }) => metadata?.["eventType"] === "audit")).toMatchObject([
    { message: "audit-events.read", metadata: { action: "audit-events.read" }, context: { userId: server.tenants.acme.users.Admin.id } },
  ]);
});
