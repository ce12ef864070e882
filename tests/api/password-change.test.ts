import { hash as bcrypt } from "@node-rs/bcrypt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AuditEventList, Me } from "#contract/identity.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, indistinguishable, TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
/** A second process on the same database. */
let other: TestServer;
beforeAll(async () => {
  server = await startTestServer("password change");
  other = await startTestServer("password change, second process", { beside: server });
});
afterAll(() => Promise.all([server.close(), other.close()]));

let made = 0;
const person = async () => {
  made += 1;
  const email = `person-${made}@acme.test`;
  const { id } = await server.addUser("acme", { email, name: "Somebody Else", role: "Viewer" });
  return { id, email, client: await server.newSession("acme", id) };
};
const good = "Blue-Forklift-42";
const change = (client: TestClient, newPassword: string, currentPassword = testPassword) =>
  client.put("/auth/password", { currentPassword, newPassword });
const hashOf = async (userId: string) =>
  (await server.sql<{ hash: string }>("SELECT password_hash AS hash FROM member_password WHERE user_id = $1", [userId]))[0]?.hash ?? "";
const statusOf = async (client: TestClient) => (await client.get("/auth/me")).status;

describe("changing one's own password", () => {
  test("ends every other session on every process, and goes on with a new token", async () => {
    const { id, email, client } = await person();
    const elsewhere = [await server.newSession("acme", id), await other.newSession("acme", id)];
    const answer = await change(client, good);
    expect(answer.status).toBe(204);
    const after = new TestClient(server.baseUrl, answer.headers.get("set-cookie")?.split(";")[0]);
    expect(after.cookie).not.toBe(client.cookie);
    expect(answer.headers.get("set-cookie")).toMatch(/^session=\S+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=604800$/);
    expect(await statusOf(after)).toBe(200);
    for (const gone of [client, ...elsewhere]) {
      expect(await statusOf(gone)).toBe(401);
      expect(await statusOf(new TestClient(other.baseUrl, gone.cookie))).toBe(401);
    }
    expect((await server.signIn(email, testPassword)).answer.error.code).toBe("INVALID_CREDENTIALS");
    expect((await server.signIn(email, good)).answer.status).toBe(200);
    const trail = await (await server.as("Admin")).get(`/audit-events?entityType=user&entityId=${id}`);
    expect(trail.read(AuditEventList).items[0]).toMatchObject({ action: "user.password-changed", userId: id, before: null });
    expect(trail.text).not.toMatch(/Forklift|argon2/);
  });

  test("needs the current one", async () => {
    const { email, client } = await person();
    const refused = await change(client, good, "Wrong-Horse-7");
    expect(faultsOf(refused)).toEqual({ currentPassword: "Is not your current password" });
    expect(await statusOf(client)).toBe(200);
    expect((await server.signIn(email, testPassword)).answer.status).toBe(200);
  });

  test("to the same one is none, and to a bad one is told with every fault", async () => {
    const { client } = await person();
    expect(faultsOf(await change(client, testPassword))).toEqual({ newPassword: "Must differ from the current password" });
    expect((await change(client, "acme")).error.details?.["errors"]).toEqual([
      { path: "newPassword", message: "Password must be at least 12 characters long" },
      { path: "newPassword", message: "Password must contain at least 3 of: uppercase, lowercase, number, special character" },
      { path: "newPassword", message: "Password is one of the most common ones" },
      { path: "newPassword", message: "Password must not be your company's name" },
    ]);
    expect(faultsOf(await change(client, "Somebody-Else-1"))).toEqual({ newPassword: "Password must not be your name" });
  });

  test("of 128 characters opens, whatever they are, and can be changed again", async () => {
    const { email, client } = await person();
    const keys = `A1!${"🔑".repeat(125)}`;
    expect((await change(client, keys)).status).toBe(204);
    const { answer, client: again } = await server.signIn(email, keys);
    expect(answer.status).toBe(200);
    expect((await server.signIn(email, `${keys.slice(0, -2)}🔒`)).answer.status).toBe(401);
    expect((await change(again, good, keys)).status).toBe(204);
  });

  test("by two at the same moment is done by one", async () => {
    const { id, email } = await person();
    const clients = [await server.newSession("acme", id), await other.newSession("acme", id)];
    const passwords = ["Blue-Forklift-42", "Green-Forklift-43"];
    const answers = await Promise.all(clients.map((client, index) => change(client, passwords[index] ?? "")));
    const done = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []));
    expect(done).toHaveLength(1);
    expect((await server.signIn(email, passwords[done[0] ?? 0] ?? "")).answer.status).toBe(200);
  });

  test("leaves no session that began with the old one while it was changed", async () => {
    for (let round = 0; round < 5; round++) {
      const { id, email, client } = await person();
      const [changed, ...begun] = await Promise.all([
        change(client, good),
        ...Array.from({ length: 6 }, () => server.signIn(email, testPassword)),
      ]);
      expect(changed.status).toBe(204);
      for (const { client: session } of begun) expect(await statusOf(session)).toBe(401);
      expect(await server.sql("SELECT 1 FROM session WHERE user_id = $1", [id])).toHaveLength(1);
    }
  });

  test("is of the company that the session is in", async () => {
    const { email, client } = await person();
    await server.addUser("globex", { email, name: "Somebody", role: "Viewer" });
    await change(client, good);
    expect((await server.signIn(email, testPassword)).answer.read(Me).tenant.code).toBe("globex");
  });

  test("is limited: ten in an hour", async () => {
    const limited = await startTestServer("password change limits", { env: { RATE_LIMIT_SENSITIVE: "10/1h" } });
    try {
      const { id } = await limited.addUser("acme", { email: "often@acme.test", name: "Often", role: "Viewer" });
      const client = await limited.newSession("acme", id);
      const statuses: number[] = [];
      for (let time = 0; time < 11; time++) statuses.push((await change(client, "short", "Wrong-Horse-7")).status);
      expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 400));
      expect(statuses[10]).toBe(429);
    } finally {
      await limited.close();
    }
  });
});

describe("a bcrypt hash from another system", () => {
  const migrated = async (cost: number, password = testPassword) => {
    const { id, email } = await person();
    await server.sql("UPDATE member_password SET password_hash = $2 WHERE user_id = $1", [id, await bcrypt(password, cost)]);
    return { id, email };
  };

  test("of cost 12 signs in, and is argon2id from then on", async () => {
    const { id, email } = await migrated(12);
    expect((await server.signIn(email, "Wrong-Horse-7")).answer.status).toBe(401);
    expect(await hashOf(id)).toMatch(/^\$2/);
    expect((await server.signIn(email, testPassword)).answer.status).toBe(200);
    expect(await hashOf(id)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await server.signIn(email, testPassword)).answer.status).toBe(200);
  });

  test("rehashed is compared with passwords of other companies again", async () => {
    const { email } = await migrated(12);
    await server.addUser("globex", { email, name: "Somebody", role: "Viewer" });
    const { client } = await server.signIn(email, testPassword, "acme");
    expect((await client.post("/auth/switch-tenant", { tenant: "globex" })).status).toBe(200);
  });

  test("of all of a long password: what bcrypt cut off counts from the first sign-in on", async () => {
    const long = `Aa1!${"x".repeat(80)}`;
    const { email } = await migrated(12, long);
    expect((await server.signIn(email, long)).answer.status).toBe(200);
    expect((await server.signIn(email, long.slice(0, 72))).answer.status).toBe(401);
  });

  test("below cost 12 is good once: for a link that sets a new password, and for nothing else", async () => {
    const { id, email } = await migrated(10);
    const asked = (await server.signIn(email, testPassword)).answer;
    expect(asked.error).toMatchObject({ statusCode: 403, code: "PASSWORD_CHANGE_REQUIRED" });
    expect(asked.headers.get("set-cookie")).toBeNull();
    expect(await hashOf(id)).toBe("");
    const again = (await server.signIn(email, testPassword)).answer;
    expect(indistinguishable(again)).toBe(indistinguishable((await server.signIn("nobody@acme.test", testPassword)).answer));
    const token = String(asked.error.details?.["token"]);
    expect((await server.anonymous.post("/auth/password-reset/confirm", { token, password: good })).status).toBe(200);
    expect((await server.signIn(email, good)).answer.status).toBe(200);
  });

  test.each(["plain text", "$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$1$salt$hash", ""])(
    "or anything else of an unknown form is refused by the database: %j",
    async (hash) => {
      const { id } = await person();
      await expect(server.sql("UPDATE member_password SET password_hash = $2 WHERE user_id = $1", [id, hash])).rejects.toThrow(
        "member_password_password_hash_form",
      );
    },
  );
});

test("a secret is rotated without signing anyone out or breaking a list that is being paged through", async () => {
  const [old, fresh] = ["an old secret that is 32 characters long", "a fresh secret that is 32 characters long"];
  const before = await startTestServer("rotation", { env: { SESSION_SECRET: old } });
  const during = await startTestServer("rotation, both", { env: { SESSION_SECRET: `${fresh}, ${old}` }, beside: before });
  const after = await startTestServer("rotation, fresh only", { env: { SESSION_SECRET: fresh }, beside: before });
  try {
    const old1 = await before.as("Admin");
    const page = (await old1.get("/users?limit=2")).json as { page: { nextCursor: string } };
    const cursor = encodeURIComponent(page.page.nextCursor);
    const carriedOver = new TestClient(during.baseUrl, old1.cookie);
    expect(await statusOf(carriedOver)).toBe(200);
    expect((await carriedOver.get(`/users?limit=2&cursor=${cursor}`)).status).toBe(200);
    const fresh1 = await during.as("Admin");
    expect(await statusOf(new TestClient(after.baseUrl, fresh1.cookie))).toBe(200);
    // What the old secret signed goes with it.
    expect(await statusOf(new TestClient(after.baseUrl, old1.cookie))).toBe(401);
    expect((await new TestClient(after.baseUrl, fresh1.cookie).get(`/users?limit=2&cursor=${cursor}`)).status).toBe(400);
  } finally {
    await Promise.all([after.close(), during.close()]);
    await before.close();
  }
});
