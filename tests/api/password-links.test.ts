import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { InvitedUser, PasswordLink, PasswordLinkFacts, PasswordResetRequested } from "#contract/account.ts";
import { AuditEventList, Me } from "#contract/identity.ts";
import { sha256 } from "#tests/support/every-table.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { tokenIn } from "#tests/support/mail-server.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, indistinguishable, type TestClient } from "#tests/support/test-client.ts";

// Without a mail server: links are handed over by an Admin.

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("password links", { env: { NODE_ENV: "production", PUBLIC_URL: "https://stock.example/" } });
  admin = await server.as("Admin");
});
afterAll(() => server.close());

let made = 0;
const invite = async (more: object = {}) => {
  made += 1;
  const person = { email: `invited-${made}@acme.test`, name: `Ida Invited ${made}`, role: "Operator", ...more };
  return (await admin.post("/users", person)).read(InvitedUser);
};
const linkOf = async (userId: string) => (await admin.post(`/users/${userId}/password-link`)).read(PasswordLink);
const look = (token: string) => server.anonymous.post("/auth/password-reset/look", { token });
const confirm = (token: string, password: string) => server.anonymous.post("/auth/password-reset/confirm", { token, password });
const good = "Blue-Forklift-42";

describe("an invitation", () => {
  test("is a link to hand over, shown once, by which the person chooses a password and then signs in", async () => {
    const user = await invite({ email: "ida@acme.test", name: "Ida" });
    expect(user).toMatchObject({ invited: true, invitation: { purpose: "INVITATION", delivery: "LINK" } });
    expect(user.invitation.url).toMatch(/^https:\/\/stock\.example\/set-password#[\w-]{43}$/);
    const days = (Date.parse(user.invitation.expiresAt ?? "") - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.99);
    expect(days).toBeLessThanOrEqual(7.001);
    const token = tokenIn(user.invitation.url ?? "");
    expect((await look(token)).read(PasswordLinkFacts)).toMatchObject({
      purpose: "INVITATION",
      email: "ida@acme.test",
      name: "Ida",
      tenant: { code: "acme", name: "Acme" },
    });
    expect((await confirm(token, good)).read(PasswordLinkFacts)).toMatchObject({ email: "ida@acme.test", tenant: { code: "acme" } });
    expect((await server.signIn("ida@acme.test", good)).answer.read(Me).user.name).toBe("Ida");
    expect((await admin.get(`/users/${user.id}`)).json).toMatchObject({ invited: false });
    const trail = (await admin.get(`/audit-events?entityType=user&entityId=${user.id}`)).read(AuditEventList).items;
    expect(trail.map(({ action }) => action)).toEqual(["user.invitation-accepted", "user.created"]);
  });

  test("lets nobody in before a password was chosen, and tells that to no one", async () => {
    const { email } = await invite();
    const [invited, nobody] = [(await server.signIn(email, good)).answer, (await server.signIn("nobody@acme.test", good)).answer];
    expect(indistinguishable(invited)).toBe(indistinguishable(nobody));
  });

  test("that went astray is made anew; both hold until one is used", async () => {
    const { id, invitation } = await invite();
    const again = await linkOf(id);
    expect(again.purpose).toBe("INVITATION");
    expect((await confirm(tokenIn(again.url ?? ""), good)).status).toBe(200);
    expect((await confirm(tokenIn(invitation.url ?? ""), good)).error.code).toBe("LINK_INVALID");
  });

  test("does not outlive being shut out", async () => {
    const { id, invitation } = await invite();
    await admin.patch(`/users/${id}`, { version: 1, active: false });
    expect((await look(tokenIn(invitation.url ?? ""))).error.code).toBe("LINK_INVALID");
    expect((await admin.post(`/users/${id}/password-link`)).error).toMatchObject({ statusCode: 409, code: "INVALID_STATE" });
    await admin.patch(`/users/${id}`, { version: 2, active: true });
    expect((await look(tokenIn(invitation.url ?? ""))).error.code).toBe("LINK_INVALID");
  });
});

describe("a link", () => {
  test("is kept as a hash only: neither a row nor the audit trail nor a kept answer holds its token", async () => {
    const answer = await admin.post(
      "/users",
      { email: "kept@acme.test", name: "Kept", role: "Viewer" },
      { "idempotency-key": "an invitation of Kept" },
    );
    const token = tokenIn(answer.text);
    expect(token).toHaveLength(43);
    const tables = await server.sql<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    );
    for (const { name } of tables) {
      const rows = await server.sql(`SELECT 1 FROM ${name} t WHERE t::text LIKE '%' || $1 || '%'`, [token]);
      expect({ name, rows }).toEqual({ name, rows: [] });
    }
  });

  test("works once, however many use it at the same moment", async () => {
    const { email, invitation } = await invite();
    const token = tokenIn(invitation.url ?? "");
    // All past the check of the password at once; hashing itself is a queue that would refuse most of them.
    const passwords = Array.from({ length: 40 }, (_, n) => `Blue-Forklift-${n + 10}`);
    const answers = await Promise.all(passwords.map((password) => confirm(token, password)));
    const taken = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(taken).toHaveLength(1);
    for (const { status } of answers) expect([200, 401]).toContain(status);
    expect((await server.signIn(email, passwords[taken[0] ?? 0] ?? "")).answer.status).toBe(200);
  });

  test("is taken by one of a hundred transactions", async () => {
    const { invitation } = await invite();
    const hash = sha256(tokenIn(invitation.url ?? ""));
    const taken = await Promise.all(
      Array.from({ length: 100 }, () =>
        server.services.database.withTenant(server.tenants.acme.id, (tx) =>
          tx.sql<{ user_id: string | null }>("SELECT take_password_link($1) AS user_id", [hash]),
        ),
      ),
    );
    expect(taken.filter(([row]) => row?.user_id !== null)).toHaveLength(1);
  });

  test("for a new password holds 30 minutes by the database's clock, an invitation 7 days", async () => {
    const { id } = await server.addUser("acme", { email: "late@acme.test", name: "Late", role: "Viewer" });
    const token = tokenIn((await linkOf(id)).url ?? "");
    const [row] = await server.sql<{ minutes: number }>(
      "SELECT extract(epoch FROM expires_at - created_at) / 60 AS minutes FROM password_link WHERE user_id = $1 AND purpose = 'RESET'",
      [id],
    );
    expect(Number(row?.minutes)).toBe(30);
    await server.sql("UPDATE password_link SET expires_at = now() + interval '2 seconds' WHERE user_id = $1", [id]);
    expect((await look(token)).status).toBe(200);
    await server.sql("UPDATE password_link SET expires_at = now() WHERE user_id = $1", [id]);
    expect((await look(token)).error.code).toBe("LINK_INVALID");
    expect((await confirm(token, good)).error).toMatchObject({ statusCode: 401, code: "LINK_INVALID" });
    expect((await server.signIn("late@acme.test", testPassword)).answer.status).toBe(200);
  });

  test.each(["x", "A".repeat(43), "A".repeat(100), "' OR 1=1 --"])("that is none is refused like one that was used: %j", async (token) => {
    const { invitation } = await invite();
    const used = tokenIn(invitation.url ?? "");
    await confirm(used, good);
    for (const [none, spent] of [
      [await look(token), await look(used)],
      [await confirm(token, good), await confirm(used, good)],
    ] as const) {
      expect(none.error.code).toBe("LINK_INVALID");
      expect(indistinguishable(none)).toBe(indistinguishable(spent));
    }
  });

  test("used ends every session of the member in that company, and all their other links", async () => {
    const { id } = await server.addUser("acme", { email: "everywhere@acme.test", name: "Everywhere", role: "Viewer" });
    const clients = [await server.newSession("acme", id), await server.newSession("acme", id)];
    const [first, second] = [await linkOf(id), await linkOf(id)];
    for (const client of clients) expect((await client.get("/auth/me")).status).toBe(200);
    expect((await confirm(tokenIn(first.url ?? ""), good)).status).toBe(200);
    for (const client of clients) expect((await client.get("/auth/me")).status).toBe(401);
    expect((await look(tokenIn(second.url ?? ""))).status).toBe(401);
    expect((await server.signIn("everywhere@acme.test", testPassword)).answer.status).toBe(401);
  });

  test("of one company leaves the password and sessions of another as they are", async () => {
    const person = { email: "two@people.test", name: "Two", role: "Viewer" as const };
    const { id } = await server.addUser("acme", person);
    await server.addUser("globex", person);
    await confirm(tokenIn((await linkOf(id)).url ?? ""), good);
    expect((await server.signIn(person.email, testPassword)).answer.read(Me).tenant.code).toBe("globex");
    expect((await server.signIn(person.email, good)).answer.read(Me).tenant.code).toBe("acme");
  });

  test("is not used up by a password that is refused, with every fault at once", async () => {
    const { invitation } = await invite({ email: "forklift@acme.test", name: "Ann Smith" });
    const token = tokenIn(invitation.url ?? "");
    const faults = async (password: string) =>
      z
        .array(z.object({ message: z.string() }))
        .parse((await confirm(token, password)).error.details?.["errors"])
        .map(({ message }) => message);
    const tooShort = "Password must be at least 12 characters long";
    const tooPlain = "Password must contain at least 3 of: uppercase, lowercase, number, special character";
    const common = "Password is one of the most common ones";
    expect(await faults("weak123")).toEqual([tooShort, tooPlain]);
    expect(await faults("iloveyou")).toEqual([tooShort, tooPlain, common]);
    expect(await faults("Password123!!!")).toEqual([common]);
    expect(await faults("forklift@acme.test")).toContain("Password must not be your e-mail address");
    expect(await faults("Ann.Smith-2026")).toEqual(["Password must not be your name"]);
    expect(await faults("ACME-acme-Acme1!")).toEqual(["Password must not be your company's name"]);
    expect(await faults(`A1!${"x".repeat(126)}`)).toEqual(["Password must be at most 128 characters long"]);
    expect((await confirm(token, `Ann ünïcode 🔑 and spaces 1`)).status).toBe(200);
  });

  test("is counted when it is wrong: guessing is limited by address", async () => {
    const limited = await startTestServer("link guesses", { env: { RATE_LIMIT_AUTH: "5/15m" } });
    try {
      for (let guess = 0; guess < 5; guess++)
        expect((await limited.anonymous.post("/auth/password-reset/look", { token: `guess-${guess}` })).status).toBe(401);
      expect((await limited.anonymous.post("/auth/password-reset/confirm", { token: "guess", password: good })).status).toBe(429);
    } finally {
      await limited.close();
    }
  });
});

test("without a mail server whoever forgot their password is sent to an Admin, known or not, and no job waits", async () => {
  const answers = [];
  for (const email of ["viewer@acme.test", "nobody@nowhere.test"])
    answers.push(await server.anonymous.post("/auth/password-reset", { email }));
  expect(answers[0]!.read(PasswordResetRequested)).toEqual({ delivery: "NONE" });
  expect(indistinguishable(answers[0]!)).toBe(indistinguishable(answers[1]!));
  expect(await server.sql("SELECT 1 FROM graphile_worker._private_jobs")).toEqual([]);
});

test("nobody but an Admin makes a link, and of the own company's people only", async () => {
  const { id } = server.tenants.acme.users.Viewer;
  for (const role of ["Supervisor", "Operator", "Viewer"] as const)
    expect((await (await server.as(role)).post(`/users/${id}/password-link`)).status).toBe(403);
  expect((await (await server.as("Admin", "globex")).post(`/users/${id}/password-link`)).status).toBe(404);
});

test("a field that an invitation does not know is refused", async () => {
  expect(faultsOf(await admin.post("/users", { email: "x@acme.test", name: "X", role: "Viewer", password: good }))).toEqual({
    password: "Unknown field",
  });
});
