import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("strangers", { env: { RATE_LIMIT_API: "20/1m" } });
});
afterAll(() => server.close());

const send = (path: string, body?: string) =>
  fetch(`${server.baseUrl}/api/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body }),
  });

describe("who is not signed in", () => {
  test("is limited whatever they ask for, before anything is read", async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) statuses.push((await send("/auth/login", "{ malformed")).status, (await send(`/nothing-${n}`)).status);
    expect(statuses.slice(0, 20).every((status) => status === 400 || status === 404)).toBe(true);
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429]);
  });

  test("is limited in guessing at sessions too", async () => {
    const statuses: number[] = [];
    const own = await startTestServer("strangers cookies", { env: { RATE_LIMIT_API: "20/1m" } });
    try {
      for (let n = 0; n < 24; n++) {
        const headers = { cookie: `session=guess-${n}.signature` };
        statuses.push((await fetch(`${own.baseUrl}/api/v1/sites`, { headers })).status);
      }
    } finally {
      await own.close();
    }
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), ...Array.from({ length: 4 }, () => 429)]);
  });

  test("health is not limited", async () => {
    for (let n = 0; n < 30; n++) expect((await fetch(`${server.baseUrl}/api/health?type=live`)).status).toBe(200);
  });
});

test("a text made to be slow to normalise holds nobody up", async () => {
  const hostile = JSON.stringify({ email: `a${"\u0301".repeat(2_000)}${"\u0323".repeat(2_000)}@b.test`, password: "x" });
  const own = await startTestServer("strangers marks");
  try {
    const refused = await fetch(`${own.baseUrl}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: hostile,
    });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("combining marks");
    const large = await fetch(`${own.baseUrl}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "a@b.test", password: "x".repeat(20_000) }),
    });
    expect(large.status).toBe(413);
  } finally {
    await own.close();
  }
});
