import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Me } from "#contract/identity.ts";
import { SiteList } from "#contract/sites.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, indistinguishable, TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("auth");
});
afterAll(() => server.close());

describe("signing in", () => {
  test("answers who, where, as what, and sets the cookie", async () => {
    const { answer, client } = await server.signIn(" Supervisor@ACME.test ", testPassword);
    const me = answer.read(Me);
    expect(me).toMatchObject({ user: { email: "supervisor@acme.test" }, tenant: { code: "acme", currency: "EUR" }, role: "Supervisor" });
    expect(me.sites.map(({ code }) => code)).toEqual(["MAIN"]);
    expect(answer.headers.get("set-cookie")).toMatch(/^session=\S+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=604800$/);
    expect((await client.get("/auth/me")).read(Me)).toEqual(me);
    expect((await client.get("/sites")).read(SiteList).items.map(({ code }) => code)).toEqual(["MAIN"]);
  });

  test("an Admin works in every site", async () => {
    const { answer } = await server.signIn("admin@globex.test", testPassword);
    expect(answer.read(Me).sites.map(({ code }) => code)).toEqual(["MAIN", "SECOND"]);
  });

  test("a wrong password and an unknown person get the same answer", async () => {
    const wrong = (await server.signIn("admin@acme.test", "Wrong-Horse-7")).answer;
    const unknown = (await server.signIn("nobody@acme.test", testPassword)).answer;
    expect(wrong.error).toMatchObject({ statusCode: 401, code: "INVALID_CREDENTIALS" });
    expect(indistinguishable(wrong)).toBe(indistinguishable(unknown));
    expect(wrong.headers.get("set-cookie")).toBeNull();
  });

  test("a company that is not theirs is refused like a wrong password", async () => {
    const foreign = (await server.signIn("admin@acme.test", testPassword, "globex")).answer;
    const unknown = (await server.signIn("admin@acme.test", testPassword, "no-such-company")).answer;
    const wrong = (await server.signIn("admin@acme.test", "Wrong-Horse-7")).answer;
    expect(foreign.error.code).toBe("INVALID_CREDENTIALS");
    expect(new Set([foreign, unknown, wrong].map(indistinguishable)).size).toBe(1);
  });

  test("someone who was shut out is refused like a wrong password", async () => {
    await server.addUser("acme", { email: "gone@acme.test", name: "Gone", role: "Viewer" });
    await server.sql("UPDATE membership SET active = false WHERE user_id = (SELECT id FROM app_user WHERE email = 'gone@acme.test')");
    expect((await server.signIn("gone@acme.test", testPassword)).answer.error.code).toBe("INVALID_CREDENTIALS");
  });

  test("someone of several companies is asked which, and only after the right password", async () => {
    for (const tenant of ["acme", "globex"] as const)
      await server.addUser(tenant, { email: "both@people.test", name: `Both at ${tenant}`, role: "Viewer" });
    const asked = (await server.signIn("both@people.test", testPassword)).answer;
    expect(asked.error).toMatchObject({ statusCode: 400, code: "TENANT_REQUIRED" });
    expect(asked.error.details?.["tenants"]).toEqual([
      { code: "acme", name: "Acme" },
      { code: "globex", name: "Globex" },
    ]);
    expect((await server.signIn("both@people.test", "Wrong-Horse-7")).answer.error.code).toBe("INVALID_CREDENTIALS");
    const chosen = (await server.signIn("both@people.test", testPassword, "GLOBEX")).answer.read(Me);
    expect(chosen).toMatchObject({ tenant: { code: "globex" }, user: { name: "Both at globex" } });
  });

  test.each([
    [{}, { email: "Invalid input: expected string, received undefined", password: "Invalid input: expected string, received undefined" }],
    [{ email: "no-address", password: "x" }, { email: "Must be an e-mail address" }],
    [{ email: "a@b.test", password: "x".repeat(129) }, { password: "Must have at most 128 characters" }],
    [{ email: "a@b.test", password: "x", role: "Admin" }, { role: "Unknown field" }],
  ])("refuses %j with the fields that are wrong", async (body, faults) => {
    const answer = await server.anonymous.post("/auth/login", body);
    expect(answer.status).toBe(400);
    expect(faultsOf(answer)).toEqual(faults);
  });
});

describe("going on in another company", () => {
  test("of one's own begins a new session there", async () => {
    await server.addUser("globex", { email: "operator@acme.test", name: "Guest", role: "Viewer" });
    const before = (await server.signIn("operator@acme.test", testPassword, "acme")).client;
    const answer = await before.post("/auth/switch-tenant", { tenant: "globex" });
    expect(answer.read(Me)).toMatchObject({ tenant: { code: "globex" }, role: "Viewer", user: { name: "Guest" } });
    const after = new TestClient(server.baseUrl, answer.headers.get("set-cookie")?.split(";")[0]);
    expect((await after.get("/auth/me")).json).toMatchObject({ tenant: { code: "globex" } });
    expect((await before.get("/auth/me")).status).toBe(401);
  });

  test("that another password opens is not there: whoever chose the first one gets no further", async () => {
    const planted = { email: "boss@globex.test", name: "Planted", role: "Admin" as const };
    await server.addUser("acme", planted, "Planted-Horse-8");
    await server.addUser("globex", { ...planted, name: "Boss" });
    expect((await server.signIn(planted.email, "Planted-Horse-8", "globex")).answer.error.code).toBe("INVALID_CREDENTIALS");
    const { answer, client } = await server.signIn(planted.email, "Planted-Horse-8");
    expect(answer.read(Me)).toMatchObject({ tenant: { code: "acme" } });
    expect((await client.post("/auth/switch-tenant", { tenant: "globex" })).status).toBe(404);
  });

  test("that is not one's own is not there", async () => {
    const viewer = await server.as("Viewer");
    const [foreign, unknown] = [
      await viewer.post("/auth/switch-tenant", { tenant: "globex" }),
      await viewer.post("/auth/switch-tenant", { tenant: "nowhere" }),
    ];
    expect(foreign.status).toBe(404);
    expect(indistinguishable(foreign)).toBe(indistinguishable(unknown));
    expect((await viewer.get("/auth/me")).status).toBe(200);
  });
});

describe("signing out", () => {
  test("ends the session and takes the cookie away", async () => {
    const { client } = await server.signIn("viewer@acme.test", testPassword);
    const answer = await client.post("/auth/logout");
    expect(answer.status).toBe(204);
    expect(answer.headers.get("set-cookie")).toBe("session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    expect((await client.get("/auth/me")).status).toBe(401);
  });

  test("without a session only takes the cookie away", async () => {
    for (const client of [server.anonymous, new TestClient(server.baseUrl, "session=forged.signature")]) {
      const answer = await client.post("/auth/logout");
      expect(answer.status).toBe(204);
      expect(answer.headers.get("set-cookie")).toContain("Max-Age=0");
    }
  });
});
