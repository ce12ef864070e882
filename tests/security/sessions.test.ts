import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "#contract/identity.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { rawRequest } from "#tests/support/raw-request.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("sessions");
});
afterAll(() => server.close());

/** The acme Operator with one session only. */
const fresh = async () => {
  const { id } = server.tenants.acme.users.Operator;
  await server.sql("DELETE FROM session WHERE user_id = $1", [id]);
  return await server.newSession("acme", id);
};
/** Sets a column of that session. */
const age = (column: "last_seen_at" | "expires_at" | "created_at", to: string) =>
  server.sql(`UPDATE session SET ${column} = ${to} WHERE user_id = $1`, [server.tenants.acme.users.Operator.id]);
const status = async (client: TestClient) => (await client.get("/auth/me")).status;

describe("a cookie", () => {
  test("that we did not sign is refused without asking the database", async () => {
    const genuine = (await fresh()).cookie ?? "";
    const [token = "", signature = ""] = genuine.slice("session=".length).split(".");
    const changed = (text: string) => (text.startsWith("A") ? `B${text.slice(1)}` : `A${text.slice(1)}`);
    const forgeries = [
      `${changed(token)}.${signature}`,
      `${token}.${changed(signature)}`,
      `${token}.`,
      token,
      ".",
      "",
      "x".repeat(4_000),
      `${token}.${signature}.${signature}x`,
    ];
    for (const forgery of forgeries) {
      const client = new TestClient(server.baseUrl, `session=${forgery}`);
      const statements = await server.statements(async () => expect((await client.get("/auth/me")).error.code).toBe("UNAUTHENTICATED"));
      expect(statements).toEqual([]);
    }
  });

  test("that a host below ours planted is not taken for ours, however its name is written", async () => {
    const { cookie = "" } = await fresh();
    const asked = async (planted: string) =>
      (await rawRequest(server.baseUrl, { path: "/api/v1/auth/me", headers: { cookie: planted } })).status;
    // As one byte: a browser that was given it gives it back so, and sees no prefix in the name.
    for (const planted of [`\u00a0${cookie}`, `a=b; \u00a0${cookie}`, `${cookie}; ${cookie}`, ` =${cookie}`])
      expect(await asked(planted)).toBe(401);
    expect(await asked(`a=b;\t${cookie} ; c=d`)).toBe(200);
  });

  test("is kept as a hash only", async () => {
    const token = (await fresh()).cookie?.slice("session=".length).split(".")[0] ?? "";
    const rows = await server.sql<{ row: string }>("SELECT session::text AS row FROM session");
    for (const { row } of rows) expect(row).not.toContain(token);
  });

  test("brought along to a sign-in does not become the session, and its session ends", async () => {
    const before = await fresh();
    const answer = await before.post("/auth/login", { email: "operator@acme.test", password: testPassword });
    const after = new TestClient(server.baseUrl, answer.headers.get("set-cookie")?.split(";")[0]);
    expect(after.cookie).not.toBe(before.cookie);
    expect(await status(before)).toBe(401);
    expect(await status(after)).toBe(200);
  });

  test("with __Host- and Secure in production", async () => {
    const production = await startTestServer("sessions production", { env: { NODE_ENV: "production" } });
    try {
      const { answer } = await production.signIn("viewer@acme.test", testPassword);
      expect(answer.headers.get("set-cookie")).toMatch(/^__Host-session=\S+; HttpOnly; SameSite=Strict; Path=\/; Secure; Max-Age=\d+$/);
      expect(answer.headers.get("strict-transport-security")).toContain("max-age=63072000");
    } finally {
      await production.close();
    }
  });
});

describe("a session ends", () => {
  test("after 12 idle hours, by the database's clock", async () => {
    const client = await fresh();
    await age("last_seen_at", "now() - interval '11 hours 59 minutes'");
    expect(await status(client)).toBe(200);
    await age("last_seen_at", "now() - interval '12 hours 1 second'");
    expect((await client.get("/auth/me")).error).toMatchObject({ statusCode: 401, code: "UNAUTHENTICATED" });
  });

  test("after its longest time, however busy it is", async () => {
    const client = await fresh();
    await age("expires_at", "now()");
    expect(await status(client)).toBe(401);
  });

  test("seven days after the sign-in", async () => {
    await server.signIn("supervisor@globex.test", testPassword);
    const [row] = await server.sql<{ days: number }>(
      "SELECT extract(epoch FROM expires_at - created_at) / 86400 AS days FROM session WHERE user_id = $1",
      [server.tenants.globex.users.Supervisor.id],
    );
    expect(Number(row?.days)).toBe(7);
  });

  test("after other spans, where the settings say so", async () => {
    const env = { SESSION_IDLE_TIMEOUT_MINUTES: "30", SESSION_ABSOLUTE_TIMEOUT_HOURS: "10" };
    const strict = await startTestServer("sessions strict", { env, beside: server });
    try {
      const { answer, client } = await strict.signIn("operator@acme.test", testPassword);
      expect(answer.headers.get("set-cookie")).toContain("; Max-Age=36000");
      const [row] = await server.sql<{ hours: number }>(
        "SELECT extract(epoch FROM expires_at - created_at) / 3600 AS hours FROM session WHERE user_id = $1 ORDER BY id DESC LIMIT 1",
        [server.tenants.acme.users.Operator.id],
      );
      expect(Number(row?.hours)).toBe(10);
      await age("last_seen_at", "now() - interval '29 minutes 50 seconds'");
      expect(await status(client)).toBe(200);
      await age("last_seen_at", "now() - interval '30 minutes 1 second'");
      expect(await status(client)).toBe(401);
    } finally {
      await strict.close();
    }
  });

  test("its last use is written at most once a minute", async () => {
    const client = await fresh();
    const writes = (statements: string[]) => statements.filter((text) => text.includes("UPDATE session")).length;
    expect(writes(await server.statements(() => status(client)))).toBe(0);
    await age("last_seen_at", "now() - interval '61 seconds'");
    // Many find it due at once, while the row is held: the first of them writes it, and then it is not due any more.
    await server.sql(
      `CREATE SEQUENCE written; GRANT USAGE ON SEQUENCE written TO PUBLIC;
       CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''written''); RETURN NULL; END';
       CREATE TRIGGER count_writes AFTER UPDATE ON session FOR EACH ROW EXECUTE FUNCTION count_write()`,
    );
    const held = server.sql("SELECT pg_sleep(1.5) FROM (SELECT FROM session WHERE user_id = $1 FOR UPDATE) AS held", [
      server.tenants.acme.users.Operator.id,
    ]);
    await new Promise((done) => setTimeout(done, 300));
    await Promise.all(Array.from({ length: 8 }, () => status(client)));
    await held;
    const lastSeen = () =>
      server.sql<{ fresh: boolean }>(
        "SELECT bool_and(last_seen_at > now() - interval '30 seconds') AS fresh FROM session WHERE user_id = $1",
        [server.tenants.acme.users.Operator.id],
      );
    await expect.poll(async () => (await lastSeen())[0]?.fresh).toBe(true);
    await new Promise((done) => setTimeout(done, 300));
    expect(await server.sql("SELECT last_value::int AS writes FROM written")).toEqual([{ writes: 1 }]);
    expect(writes(await server.statements(() => status(client)))).toBe(0);
  });
});

describe("rights are read at every request", () => {
  const person = async (role: Role) => {
    const admin = await server.as("Admin");
    const email = `${crypto.randomUUID()}@acme.test`;
    const { id } = await server.addUser("acme", { email, name: "Someone", role, siteIds: [server.tenants.acme.sites.main.id] });
    return { admin, id, client: await server.newSession("acme", id) };
  };

  test("who is shut out is out at once, and stays out when let in again", async () => {
    const { admin, id, client } = await person("Operator");
    expect(await status(client)).toBe(200);
    await admin.patch(`/users/${id}`, { version: 1, active: false });
    expect(await status(client)).toBe(401);
    await admin.patch(`/users/${id}`, { version: 2, active: true });
    expect(await status(client)).toBe(401);
  });

  test("a session that began while its user was shut out lets nobody in", async () => {
    const { id, client } = await person("Operator");
    await server.sql("UPDATE membership SET active = false WHERE user_id = $1", [id]);
    expect(await status(client)).toBe(401);
  });

  test("who is shut out while they still send their body does nothing with it any more", async () => {
    const { admin, id, client } = await person("Supervisor");
    const body = JSON.stringify({ code: "TOO-LATE", name: "Too late", use: "SCRAP" });
    const slow = async function* () {
      yield Buffer.from(body.slice(0, 20));
      await new Promise((done) => setTimeout(done, 1_500));
      await admin.patch(`/users/${id}`, { version: 1, active: false });
      yield Buffer.from(body.slice(20));
    };
    const answer = await fetch(`${server.baseUrl}/api/v1/inventory/reason-codes`, {
      method: "POST",
      headers: { cookie: client.cookie ?? "", "content-type": "application/json" },
      body: ReadableStream.from(slow()),
      duplex: "half",
    });
    expect(answer.status).toBe(401);
    expect(await server.sql("SELECT FROM reason_code WHERE code = 'TOO-LATE'")).toEqual([]);
  });

  test("another role ends the sessions made with the old one", async () => {
    const { admin, id, client } = await person("Supervisor");
    await admin.patch(`/users/${id}`, { version: 1, role: "Viewer" });
    expect(await status(client)).toBe(401);
  });

  test("a site that is taken away is gone at the next request", async () => {
    const { admin, id, client } = await person("Operator");
    const { main, second } = server.tenants.acme.sites;
    expect((await client.get(`/sites/${main.id}`)).status).toBe(200);
    await admin.put(`/users/${id}/site-access`, { version: 1, siteIds: [second.id] });
    expect((await client.get(`/sites/${main.id}`)).status).toBe(404);
    expect((await client.get(`/sites/${second.id}`)).status).toBe(200);
  });
});

describe("guessing passwords", () => {
  test("is limited by account and by address; success is not counted", async () => {
    const limited = await startTestServer("sessions limits", { env: { RATE_LIMIT_AUTH: "5/15m" } });
    try {
      for (let shift = 0; shift < 8; shift++) expect((await limited.signIn("operator@acme.test", testPassword)).answer.status).toBe(200);
      for (let guess = 0; guess < 5; guess++)
        expect((await limited.signIn("admin@acme.test", `Wrong-Horse-${guess}`)).answer.status).toBe(401);
      const refused = (await limited.signIn("admin@acme.test", testPassword)).answer;
      expect(refused.error).toMatchObject({ statusCode: 429, code: "RATE_LIMITED" });
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.headers.get("x-ratelimit-limit")).toBe("5");
      expect((await limited.signIn("viewer@acme.test", testPassword)).answer.status).toBe(429);
    } finally {
      await limited.close();
    }
  });

  test("being asked for the company is no failure", async () => {
    const limited = await startTestServer("sessions tenants", { env: { RATE_LIMIT_AUTH: "2/15m" } });
    try {
      await limited.addUser("globex", { email: "admin@acme.test", name: "Guest", role: "Viewer" });
      for (let turn = 0; turn < 4; turn++)
        expect((await limited.signIn("admin@acme.test", testPassword)).answer.error.code).toBe("TENANT_REQUIRED");
    } finally {
      await limited.close();
    }
  });
});

test("a page of another site changes nothing in a user's name", async () => {
  const client = await fresh();
  const crossSite: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ];
  for (const headers of crossSite) {
    expect((await client.post("/auth/logout", {}, headers)).error).toMatchObject({ statusCode: 403, code: "CROSS_SITE_REQUEST" });
  }
  expect(await status(client)).toBe(200);
});
