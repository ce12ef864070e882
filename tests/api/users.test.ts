import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AuditEventList, User, UserList } from "#contract/identity.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, indistinguishable, type TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("users");
  admin = await server.as("Admin");
});
afterAll(() => server.close());

let made = 0;
const person = (more: object = {}) => {
  made += 1;
  return { email: `person-${made}@acme.test`, name: `Person ${made}`, role: "Operator" as const, ...more };
};
const create = async (more: object = {}) => (await admin.post("/users", person(more))).read(User);

describe("making someone a member", () => {
  test("lets them sign in with role and sites", async () => {
    const { main } = server.tenants.acme.sites;
    const user = await server.addUser("acme", person({ email: "New.Person@ACME.test", siteIds: [main.id, main.id] }));
    expect(user).toMatchObject({ email: "new.person@acme.test", role: "Operator", active: true, siteIds: [main.id], version: 1 });
    const { answer: signedIn } = await server.signIn("new.person@acme.test", testPassword);
    expect(signedIn.json).toMatchObject({ role: "Operator", sites: [{ code: "MAIN" }] });
    const now = await admin.get(`/users/${user.id}`);
    expect(now.read(User)).toEqual({ ...user, invited: false });
    expect(now.text).not.toMatch(/password|argon2/);
  });

  test("twice is a conflict", async () => {
    const body = person();
    await admin.post("/users", body);
    expect((await admin.post("/users", body)).error).toMatchObject({
      statusCode: 409,
      code: "UNIQUE_CONSTRAINT_VIOLATION",
      message: "A record with this email already exists",
    });
  });

  test("someone with an account elsewhere looks like someone new: name and password of each company count there only", async () => {
    const globex = await server.as("Admin", "globex");
    const shared = "shared@people.test";
    await server.addUser("globex", person({ email: shared, name: "Name at globex" }));
    const known = await server.addUser("acme", person({ email: shared, name: "Name at acme" }), "Another-Horse-8");
    expect(known).toMatchObject({ email: shared, name: "Name at acme", version: 1, siteIds: [] });
    for (const tenant of ["acme", undefined])
      expect((await server.signIn(shared, "Another-Horse-8", tenant)).answer.json).toMatchObject({ user: { name: "Name at acme" } });
    for (const tenant of ["globex", undefined])
      expect((await server.signIn(shared, testPassword, tenant)).answer.json).toMatchObject({ user: { name: "Name at globex" } });
    const [elsewhere] = (await globex.get("/users?search=shared@")).read(UserList).items;
    expect(elsewhere?.name).toBe("Name at globex");
  });

  test("whose password is the one they have elsewhere lets them switch, however the two companies took them on", async () => {
    const globex = await server.as("Admin", "globex");
    // Shut out of the first company while the second takes them on; taken on by both at once.
    const { id } = await server.addUser("globex", person({ email: "back@people.test" }));
    await globex.patch(`/users/${id}`, { version: 1, active: false });
    await server.addUser("acme", person({ email: "back@people.test" }));
    await globex.patch(`/users/${id}`, { version: 2, active: true });
    await Promise.all((["acme", "globex"] as const).map((tenant) => server.addUser(tenant, person({ email: "at-once@people.test" }))));
    for (const email of ["back@people.test", "at-once@people.test"]) {
      const { client } = await server.signIn(email, testPassword, "acme");
      expect((await client.post("/auth/switch-tenant", { tenant: "globex" })).status).toBe(200);
    }
  });

  test.each(["ann\u200b@acme.test", "ann\u202e@acme.test", "\u001b[2Jann@acme.test"])(
    "is refused by an address that looks like another: %j",
    async (email) => {
      expect(faultsOf(await admin.post("/users", person({ email })))).toEqual({
        email: "Must be a single line without invisible characters",
      });
    },
  );

  test("takes no password: who is invited chooses their own", async () => {
    expect(faultsOf(await admin.post("/users", person({ password: testPassword })))).toEqual({ password: "Unknown field" });
  });

  test("names a site of another company like one that does not exist", async () => {
    const foreign = await admin.post("/users", person({ siteIds: [server.tenants.globex.sites.main.id] }));
    const missing = await admin.post("/users", person({ siteIds: [crypto.randomUUID()] }));
    expect(faultsOf(foreign)).toEqual({ siteIds: "Names a site that does not exist" });
    expect(indistinguishable(foreign)).toBe(indistinguishable(missing));
  });

  test("keeps no link in the audit trail", async () => {
    const user = await create();
    const answer = await admin.get(`/audit-events?entityType=user&entityId=${user.id}`);
    expect(answer.read(AuditEventList).items.map(({ action }) => action)).toEqual(["user.created"]);
    expect(answer.text).not.toMatch(/set-password|argon2/);
  });
});

describe("changing someone", () => {
  test("needs the version that was seen", async () => {
    const { id } = await create();
    expect(faultsOf(await admin.patch(`/users/${id}`, { role: "Viewer" }))).toEqual({
      version: "Give the version you saw, or an If-Match header",
    });
    const changed = (await admin.patch(`/users/${id}`, { version: 1, role: "Viewer" })).read(User);
    expect(changed).toMatchObject({ role: "Viewer", version: 2 });
    expect((await admin.patch(`/users/${id}`, { version: 1, role: "Admin" })).error).toMatchObject({
      statusCode: 409,
      code: "STALE_VERSION",
      details: { version: 2 },
    });
    expect((await admin.patch(`/users/${id}`, { role: "Admin" }, { "if-match": '"1-abc"' })).error).toMatchObject({
      statusCode: 412,
      code: "PRECONDITION_FAILED",
    });
    const tag = (await admin.get(`/users/${id}`)).headers.get("etag") ?? "";
    expect((await admin.patch(`/users/${id}`, { active: false }, { "if-match": tag })).read(User)).toMatchObject({
      active: false,
      version: 3,
    });
  });

  test("by two at once is done by one", async () => {
    const { id } = await create();
    const owner = new pg.Client({ connectionString: server.ownerUrl });
    await owner.connect();
    try {
      await owner.query("BEGIN");
      await owner.query("SELECT FROM membership WHERE user_id = $1 FOR UPDATE", [id]);
      const answers = Promise.all([1, 2].map(() => admin.put(`/users/${id}/site-access`, { version: 1, siteIds: [] })));
      const waiting =
        "SELECT count(*)::int AS n FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()";
      await expect.poll(async () => (await server.sql<{ n: number }>(waiting))[0]?.n, { timeout: 5_000 }).toBe(2);
      await owner.query("COMMIT");
      const refused = (await answers).filter(({ status }) => status !== 200);
      expect(refused.map(({ error }) => error.code)).toEqual(["STALE_VERSION"]);
    } finally {
      await owner.end();
    }
  });

  test("leaves a trail of what it was before and after", async () => {
    const { id } = await create({ role: "Operator" });
    await admin.patch(`/users/${id}`, { version: 1, role: "Viewer" });
    await admin.put(`/users/${id}/site-access`, { version: 2, siteIds: [server.tenants.acme.sites.second.id] });
    const trail = (await admin.get(`/audit-events?entityType=user&entityId=${id}`)).read(AuditEventList).items;
    expect(trail).toMatchObject([
      { action: "user.site-access-changed", after: { siteIds: [server.tenants.acme.sites.second.id] } },
      { action: "user.updated", before: { role: "Operator" }, after: { role: "Viewer" } },
      { action: "user.created", before: null },
    ]);
  });

  test("of another company is not possible", async () => {
    const foreign = server.tenants.globex.users.Viewer.id;
    for (const path of [`/users/${foreign}`, `/users/${foreign}/site-access`]) {
      const send = (to: string) =>
        path.endsWith("access") ? admin.put(to, { version: 1, siteIds: [] }) : admin.patch(to, { version: 1, active: false });
      const [there, nowhere] = [await send(path), await send(path.replace(foreign, crypto.randomUUID()))];
      expect(there.status).toBe(404);
      expect(indistinguishable(there)).toBe(indistinguishable(nowhere));
    }
  });

  test("replaces the sites", async () => {
    const { main, second } = server.tenants.acme.sites;
    const { id } = await create({ siteIds: [main.id] });
    expect((await admin.put(`/users/${id}/site-access`, { version: 1, siteIds: [second.id, main.id] })).read(User).siteIds).toEqual([
      main.id,
      second.id,
    ]);
    const stale = await admin.put(`/users/${id}/site-access`, { version: 1, siteIds: [] });
    expect(stale.error.code).toBe("STALE_VERSION");
    const emptied = (await admin.put(`/users/${id}/site-access`, { version: 2, siteIds: [] })).read(User);
    expect(emptied).toMatchObject({ siteIds: [], version: 3 });
    expect((await admin.put(`/users/${id}/site-access`, { version: 3, siteIds: [main.id], role: "Admin" })).status).toBe(400);
  });
});

describe("the last Admin", () => {
  test("cannot leave", async () => {
    const { id } = server.tenants.acme.users.Admin;
    for (const change of [{ role: "Supervisor" }, { active: false }]) {
      expect((await admin.patch(`/users/${id}`, { version: 1, ...change })).error).toMatchObject({ statusCode: 409, code: "LAST_ADMIN" });
    }
  });

  test("is there after two Admins demote each other at the same moment", async () => {
    for (let round = 0; round < 5; round++) {
      const globex = server.tenants.globex;
      await server.sql("DELETE FROM session WHERE tenant_id = $1", [globex.id]);
      await server.sql("UPDATE membership SET role = 'Admin', version = 1 WHERE tenant_id = $1 AND user_id = ANY($2)", [
        globex.id,
        [globex.users.Admin.id, globex.users.Supervisor.id],
      ]);
      const [one, other] = await Promise.all([
        server.newSession("globex", globex.users.Admin.id),
        server.newSession("globex", globex.users.Supervisor.id),
      ]);
      const answers = await Promise.all([
        one.patch(`/users/${globex.users.Supervisor.id}`, { version: 1, role: "Viewer" }),
        other.patch(`/users/${globex.users.Admin.id}`, { version: 1, role: "Viewer" }),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const [row] = await server.sql<{ admins: string }>(
        "SELECT count(*) AS admins FROM membership WHERE tenant_id = $1 AND role = 'Admin' AND active",
        [globex.id],
      );
      expect(Number(row?.admins)).toBe(1);
    }
  });
});

test("the list is filtered, searched and sorted", async () => {
  const list = async (query: string) => (await admin.get(`/users?${query}`)).read(UserList).items;
  expect((await list("role=Supervisor")).map(({ email }) => email)).toEqual(["supervisor@acme.test"]);
  expect((await list("search=viewer@")).map(({ role }) => role)).toEqual(["Viewer"]);
  const names = (await list("sort=-name&limit=1000")).map(({ name }) => name);
  expect(names).toEqual(names.toSorted().toReversed());
  expect((await list("limit=1000")).every(({ email }) => !email.endsWith("@globex.test"))).toBe(true);
});
