import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EndedSessions, type Session, SessionList } from "#contract/account.ts";
import { AuditEventList } from "#contract/identity.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
/** A second process on the same database. */
let other: TestServer;
beforeAll(async () => {
  server = await startTestServer("account sessions");
  other = await startTestServer("account sessions, second process", { beside: server });
});
afterAll(() => Promise.all([server.close(), other.close()]));

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
const signIn = async (email: string, userAgent: string) => {
  const answer = await server.anonymous.post("/auth/login", { email, password: testPassword }, { "user-agent": userAgent });
  expect(answer.status).toBe(200);
  return new TestClient(server.baseUrl, answer.headers.get("set-cookie")?.split(";")[0]);
};
const onOther = ({ cookie }: TestClient) => new TestClient(other.baseUrl, cookie);
const status = async (client: TestClient) => (await client.get("/auth/me")).status;
const sessionsOf = async (client: TestClient, path = "/auth/sessions"): Promise<Session[]> =>
  (await client.get(path)).read(SessionList).items;
/** A member whom no other test signs in. */
const signOutAll = (userId: string) => server.sql("DELETE FROM session WHERE user_id = $1", [userId]);

describe("one's own sessions", () => {
  test("are listed with where they are, the newest first, and which one asks", async () => {
    await signOutAll(server.tenants.acme.users.Viewer.id);
    const desk = await signIn("viewer@acme.test", firefox);
    const scanner = await signIn("viewer@acme.test", "ScannerApp/2.1 (Android 11)");
    const answer = await desk.get("/auth/sessions");
    expect(answer.read(SessionList).items).toMatchObject([
      { device: "Android", current: false, ipAddress: "127.0.0.1" },
      { device: "Firefox on Linux", userAgent: firefox, current: true, ipAddress: "127.0.0.1" },
    ]);
    expect(answer.text).not.toContain("token");
    expect((await sessionsOf(scanner)).map(({ current }) => current)).toEqual([true, false]);
  });

  test("do not hold those that ran out or were left idle", async () => {
    const { id } = server.tenants.acme.users.Viewer;
    await signOutAll(id);
    const [kept, idle, old] = [
      await signIn("viewer@acme.test", "a"),
      await signIn("viewer@acme.test", "b"),
      await signIn("viewer@acme.test", "c"),
    ];
    await server.sql("UPDATE session SET last_seen_at = now() - interval '13 hours' WHERE user_id = $1 AND user_agent = 'b'", [id]);
    await server.sql("UPDATE session SET expires_at = now() WHERE user_id = $1 AND user_agent = 'c'", [id]);
    expect((await sessionsOf(kept)).map(({ userAgent }) => userAgent)).toEqual(["a"]);
    expect([await status(idle), await status(old)]).toEqual([401, 401]);
  });

  test("are ended one by one, at the next request on every process", async () => {
    await signOutAll(server.tenants.acme.users.Viewer.id);
    const [desk, lost] = [await signIn("viewer@acme.test", "desk"), await signIn("viewer@acme.test", "lost")];
    expect(await status(onOther(lost))).toBe(200);
    const target = (await sessionsOf(desk)).find(({ device }) => device === "lost")?.id ?? "";
    expect((await desk.delete(`/auth/sessions/${target}`)).status).toBe(204);
    expect([await status(lost), await status(onOther(lost))]).toEqual([401, 401]);
    expect(await status(onOther(desk))).toBe(200);
    expect((await desk.delete(`/auth/sessions/${target}`)).status).toBe(404);
  });

  test("the current one's end signs out and takes the cookie away", async () => {
    const client = await signIn("viewer@acme.test", "here");
    const current = (await sessionsOf(client)).find((session) => session.current)?.id ?? "";
    const answer = await client.delete(`/auth/sessions/${current}`);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("set-cookie")).toBe("session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    expect(await status(client)).toBe(401);
  });

  test("all others are ended at once, on every process", async () => {
    await signOutAll(server.tenants.acme.users.Viewer.id);
    const here = await signIn("viewer@acme.test", "here");
    const others = [await signIn("viewer@acme.test", "one"), await signIn("viewer@acme.test", "two")];
    expect((await here.delete("/auth/sessions")).read(EndedSessions)).toEqual({ ended: 2 });
    for (const client of others) expect([await status(client), await status(onOther(client))]).toEqual([401, 401]);
    expect(await sessionsOf(here)).toMatchObject([{ current: true }]);
  });

  test("are one's own: a colleague's is not there", async () => {
    const [viewer, operator] = [await signIn("viewer@acme.test", "v"), await signIn("operator@acme.test", "o")];
    const theirs = (await sessionsOf(operator)).find(({ current }) => current)?.id ?? "";
    expect((await sessionsOf(viewer)).map(({ id }) => id)).not.toContain(theirs);
    expect((await viewer.delete(`/auth/sessions/${theirs}`)).status).toBe(404);
    expect((await viewer.delete("/auth/sessions")).status).toBe(200);
    expect(await status(operator)).toBe(200);
  });
});

test("a program that signs in over and over has a hundred sessions at most: the oldest end", async () => {
  const { id } = server.tenants.acme.users.Viewer;
  await signOutAll(id);
  const oldest = await server.newSession("acme", id);
  for (let time = 0; time < 98; time++) await server.newSession("acme", id);
  await signIn("viewer@acme.test", "the hundredth");
  expect(await status(oldest)).toBe(200);
  const newest = await signIn("viewer@acme.test", "one more");
  expect([await status(oldest), await status(newest)]).toEqual([401, 200]);
  expect(await server.sql("SELECT FROM session WHERE user_id = $1", [id])).toHaveLength(100);
});

describe("an Admin", () => {
  test("sees and ends the sessions of the company's people, one or all; it is in the audit trail", async () => {
    const admin = await server.as("Admin");
    const { id } = server.tenants.acme.users.Supervisor;
    await signOutAll(id);
    const clients = [
      await signIn("supervisor@acme.test", "1"),
      await signIn("supervisor@acme.test", "2"),
      await signIn("supervisor@acme.test", "3"),
    ];
    const listed = await sessionsOf(admin, `/users/${id}/sessions`);
    expect(listed.map(({ userAgent }) => userAgent)).toEqual(["3", "2", "1"]);
    const [newest] = listed;
    expect(newest).toMatchObject({ current: false });
    expect((await admin.delete(`/users/${id}/sessions/${newest?.id}`)).status).toBe(204);
    expect(await status(clients[2]!)).toBe(401);
    expect((await admin.delete(`/users/${id}/sessions`)).read(EndedSessions)).toEqual({ ended: 2 });
    for (const client of clients) expect(await status(onOther(client))).toBe(401);
    const one = (await admin.get(`/audit-events?entityType=session&entityId=${newest?.id}`)).read(AuditEventList).items;
    expect(one).toMatchObject([{ action: "session.ended", userName: "Admin", before: { userId: id } }]);
    const all = (await admin.get(`/audit-events?entityType=user&entityId=${id}`)).read(AuditEventList).items;
    expect(all).toMatchObject([{ action: "user.sessions-ended", after: { ended: 2 } }]);
  });

  test("who ends all of their own keeps the one that asks", async () => {
    const { id } = server.tenants.acme.users.Admin;
    const [here, there] = [await signIn("admin@acme.test", "here"), await signIn("admin@acme.test", "there")];
    await here.delete(`/users/${id}/sessions`);
    expect([await status(here), await status(there)]).toEqual([200, 401]);
  });

  test("does not reach someone of another company, or a session under another's name", async () => {
    const admin = await server.as("Admin", "globex");
    const { id } = server.tenants.acme.users.Operator;
    const client = await signIn("operator@acme.test", "theirs");
    const [session] = await sessionsOf(client);
    for (const path of [`/users/${id}/sessions`, `/users/${id}/sessions/${session?.id}`])
      expect((await admin.delete(path)).status).toBe(404);
    expect((await admin.get(`/users/${id}/sessions`)).status).toBe(404);
    expect((await admin.delete(`/users/${server.tenants.globex.users.Operator.id}/sessions/${session?.id}`)).status).toBe(404);
    expect(await status(client)).toBe(200);
  });
});
