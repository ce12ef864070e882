import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Me } from "#contract/identity.ts";
import { SiteList } from "#contract/sites.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
beforeAll(async () => void (server = await startTestServer("auth")));
afterAll(() => server.close());

describe("signing in", () => {
  test("answers who, where, as what, and sets the cookie", async () => {
    const { answer, client } = await server.signIn("Supervisor@ACME.test", testPassword);
    const me = answer.read(Me);
    expect(me).toMatchObject({ user: { email: "supervisor@acme.test" }, tenant: { code: "acme", currency: "EUR" }, role: "Supervisor" });
    expect(me.sites.map(({ code }) => code)).toEqual(["MAIN"]);
    expect(answer.headers.get("set-cookie")).toMatch(/^session=\S+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=604800$/);
    expect((await client.get("/auth/me")).read(Me)).toEqual(me);
    expect((await client.get("/sites")).read(SiteList).items.map(({ code }) => code)).toEqual(["MAIN"]);
  });
});
