import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { InvitedUser } from "#contract/account.ts";
import { isSecretName } from "#platform/redact-text.ts";
import type { AnyRoute } from "#platform/http/route.ts";
import { routes } from "#server/app.ts";
import { type EveryThing, fillEveryTable, sha256 } from "#tests/support/every-table.ts";
import { testPassword, testPasswordHash } from "#tests/support/fixtures.ts";
import { keepLines } from "#tests/support/log-lines.ts";
import { fieldsOf } from "#tests/support/route-fields.ts";
import { putAt } from "#tests/support/put-at.ts";
import { keyOf, requestOf } from "#tests/support/route-requests.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// A secret put wherever a request takes anything comes out in no line of the log, no error, no audit row and not in the API's
// description (S17).

const canary = "Canary-Bird-7-sings";
const newPassword = "Finch-In-Flight-7";
const sessionSecret = `${canary}-in-the-secret-that-signs-sessions`;
const log = keepLines();
let server: TestServer;
let own: EveryThing;
beforeAll(async () => {
  server = await startTestServer("canaries", { log, env: { SESSION_SECRET: sessionSecret, NODE_ENV: "production", LOG_QUERIES: "true" } });
  own = await fillEveryTable(server, server.tenants.acme);
});
afterAll(() => server.close());
beforeEach(() => log.forget());

const auditRows = async () =>
  (await server.sql<{ row: string }>("SELECT to_jsonb(a)::text AS row FROM audit_event a")).map(({ row }) => row).join("\n");
/** What of these stands in a text, each with what is before it. */
const found = (text: string, secrets: readonly string[]) =>
  secrets.filter((secret) => text.includes(secret)).map((secret) => text.slice(0, text.indexOf(secret) + secret.length).slice(-200));
/** Once every line of what was asked so far is written. */
const logged = async () => {
  await new Promise((done) => setTimeout(done, 20));
  return log.texts.join("");
};
const least = async (route: AnyRoute) => {
  const role = route.requiresAuth === false ? "Viewer" : route.roles.at(-1);
  return (await server.newSession("acme", server.tenants.acme.users[role ?? "Viewer"].id)).cookie ?? "";
};

describe("a canary in the headers, the query and each field of the body", () => {
  test.each(routes.map((route) => [keyOf(route), route] as const))("%s", async (_, route) => {
    const send = async (query: string, body: object | string | undefined, type: string | undefined) => {
      const answer = await fetch(`${server.baseUrl}/api/v1${requestOf(route, own).path}${query}`, {
        method: route.method,
        headers: {
          cookie: `${await least(route)}; other=${canary}`,
          authorization: `Bearer ${canary}`,
          "proxy-authorization": `Basic ${canary}`,
          "x-api-key": canary,
          "idempotency-key": `${canary}-${randomBytes(8).toString("hex")}`,
          ...(type ? { "content-type": type } : {}),
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      return await answer.text();
    };
    const { body, type } = requestOf(route, own);
    const told: string[] = [];
    await send(`?token=${canary}&search=${canary}`, body, type);
    for (const { place, path } of fieldsOf(route)) {
      if (place === "query") await send(`?${path}=${canary}`, body, type);
      if (place !== "body") continue;
      const given = requestOf(route, own).body;
      if (typeof given === "object") putAt(given, path, canary);
      const answer = await send("", given, type);
      // What is no secret may be named in a fault: which unit there is not, for instance.
      if (isSecretName(path)) told.push(...found(answer, [canary]));
    }
    const text = await logged();
    expect(text.includes(`"method":"${route.method}"`)).toBe(true);
    expect([...told, ...found(text, [canary])]).toEqual([]);
  });
});

describe("a real secret on its way", () => {
  test("the password, the session and their hashes", async () => {
    const { answer } = await server.signIn("admin@acme.test", testPassword);
    expect(answer.status).toBe(200);
    const token = /session=([^.;]+)/i.exec(answer.headers.get("set-cookie") ?? "")?.[1] ?? "";
    expect(token.length).toBeGreaterThan(40);
    await server.signIn("admin@acme.test", `${newPassword}1`);
    const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    await fetch(`${server.baseUrl}/api/v1/auth/password`, {
      method: "PUT",
      headers: { cookie, "content-type": "application/json" },
      body: JSON.stringify({ currentPassword: testPassword, newPassword }),
    });
    const text = (await logged()) + (await auditRows());
    expect(text.includes("Signed in")).toBe(true);
    const hash = sha256(token);
    const secrets = [testPassword, newPassword, token, hash.toString("hex"), hash.toString("base64"), testPasswordHash, "$argon2"];
    expect(found(text, secrets)).toEqual([]);
  });

  test("a link that sets a password", async () => {
    const admin = await server.as("Admin");
    const invited = (await admin.post("/users", { email: "invited@acme.test", name: "Invited", role: "Viewer" })).read(InvitedUser);
    const [row] = await server.sql<{ hash: string }>(
      "SELECT encode(token_hash, 'hex') AS hash FROM password_link WHERE user_id = $1 ORDER BY expires_at DESC",
      [invited.id],
    );
    const token = invited.invitation.url?.split(/[#=/]/).at(-1) ?? "";
    expect(token.length).toBeGreaterThan(20);
    await server.anonymous.post("/auth/password-reset/look", { token });
    await server.anonymous.post("/auth/password-reset/confirm", { token, password: newPassword });
    const text = (await logged()) + (await auditRows());
    expect(text.includes("A password was set by a link")).toBe(true);
    expect(found(text, [token, row?.hash ?? "none", newPassword])).toEqual([]);
  });

  test("what the server itself was given, when all it does fails", async () => {
    const password = new URL(server.appUrl).password;
    expect(password.length).toBeGreaterThan(8);
    await server.sql("ALTER FUNCTION find_session RENAME TO find_session_elsewhere");
    const answer = await (await server.as("Admin")).get("/sites");
    await server.sql("ALTER FUNCTION find_session_elsewhere RENAME TO find_session");
    expect(answer.status).toBe(500);
    const text = await logged();
    expect(text.includes("A request failed")).toBe(true);
    expect(found(text + answer.text, [sessionSecret, password])).toEqual([]);
  });
});

test("the description of the API names no secret, and gives no example of one", async () => {
  const { text } = await server.anonymous.get("/openapi.json");
  expect(text.includes('"openapi"')).toBe(true);
  const passwords = [server.appUrl, server.ownerUrl].map((url) => new URL(url).password);
  expect(found(text, [canary, sessionSecret, ...passwords, testPassword, "argon2"])).toEqual([]);
});
