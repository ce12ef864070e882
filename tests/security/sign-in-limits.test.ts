import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testPassword } from "#tests/support/fixtures.ts";
import { rawRequest } from "#tests/support/raw-request.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// Five wrong guesses in 15 minutes, as the server comes; whatever a request pretends to be. A guess is what was answered 401.

let direct: TestServer;
let overProxy: TestServer;
const env = { RATE_LIMIT_AUTH: "5/15m", RATE_LIMIT_BLOCK: "100000/10m" };
beforeAll(async () => {
  direct = await startTestServer("sign-in limits", { env });
  overProxy = await startTestServer("sign-in limits over a proxy", { env: { ...env, TRUSTED_PROXIES: "127.0.0.1" } });
});
afterAll(() => Promise.all([direct.close(), overProxy.close()]));

let guesses = 0;
interface Guess {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  email?: string;
}
/** A wrong guess, at an account of its own unless it names one. */
async function guess(server: TestServer, { path = "/api/v1/auth/login", method = "POST", headers = {}, email }: Guess): Promise<number> {
  const body = JSON.stringify({ email: email ?? `guess-${guesses++}@acme.test`, password: `Wrong-Horse-${guesses}` });
  const answer = await rawRequest(server.baseUrl, { method, path, headers: { "content-type": "application/json", ...headers }, body });
  return answer.status;
}
async function guessAll(server: TestServer, all: readonly Guess[]): Promise<number[]> {
  const answered: number[] = [];
  for (const each of all) answered.push(await guess(server, each));
  return answered;
}
const tried = (answered: readonly number[]) => answered.filter((status) => status === 401).length;
let addresses = 0;
const newAddress = () => `203.0.113.${++addresses}`;
let throughDirectly = 0;
const twelve = Array.from({ length: 12 }, (_, index) => index);
const from = (forwarded: string) => ({ "x-forwarded-for": forwarded });

describe("no more than five guesses come through", () => {
  test.each<[string, (index: number) => Record<string, string>]>([
    ["X-Forwarded-For", (index) => from(`198.51.100.${index}`)],
    ["several hops", (index) => from(`198.51.100.${index}, 10.0.0.${index}, 127.0.0.1`)],
    ["Forwarded", (index) => ({ forwarded: `for=198.51.100.${index}` })],
    ["X-Real-IP", (index) => ({ "x-real-ip": `198.51.100.${index}` })],
    ["CF-Connecting-IP", (index) => ({ "cf-connecting-ip": `198.51.100.${index}`, "true-client-ip": `198.51.100.${index}` })],
    ["X-Client-IP", (index) => ({ "x-client-ip": `198.51.100.${index}`, "x-cluster-client-ip": `198.51.100.${index}` })],
  ])("by a forged %s", async (_, headers) => {
    const all = twelve.map((index) => ({ headers: headers(index) }));
    const answered = await guessAll(direct, all);
    throughDirectly += tried(answered);
    // All come from the one address of this machine, in this test as in those before it.
    expect(throughDirectly).toBe(5);
    expect(answered.at(-1)).toBe(429);
  });

  test("by what the client put before its address", async () => {
    const address = newAddress();
    const all = twelve.map((index) => ({ headers: from(`198.51.100.${index}, ${address}`) }));
    expect(tried(await guessAll(overProxy, all))).toBe(5);
  });

  test("by turns of IPv6 addresses within one /64", async () => {
    const all = twelve.map((index) => ({ headers: from(`2001:db8:5:5:${index}:${index}::${index}`) }));
    expect(tried(await guessAll(overProxy, all))).toBe(5);
    expect(tried(await guessAll(overProxy, [{ headers: from("2001:db8:5:6::1") }]))).toBe(1);
  });

  test("by spellings of one address", async () => {
    const spellings = [
      "192.0.2.33",
      "::ffff:192.0.2.33",
      "::FFFF:c000:221",
      "0:0:0:0:0:ffff:192.0.2.33",
      "192.0.2.33:4711",
      "[::ffff:192.0.2.33]:80",
    ];
    const all = twelve.map((index) => ({ headers: from(spellings[index % spellings.length] ?? "") }));
    expect(tried(await guessAll(overProxy, all))).toBe(5);
  });

  test("by spellings of the path", async () => {
    const paths = [
      "/api/v1/auth/login",
      "/api/auth/login",
      "/api/%61uth/login",
      "/api/./auth/login",
      "/api/v1/./auth/../auth/login",
      "/api/v1/auth/%6Cogin",
      "/api/v1/auth/%6cogin",
      "/api//v1/auth/login",
      "/API/v1/auth/login",
      "/api/v1/Auth/Login",
      "/api/v1/auth/login/",
      "/api/v1/auth/login?x=1",
      "/api/v1/auth/login#x",
      "/api/v1/auth/login;x=1",
      "http://127.0.0.1/api/v1/auth/login",
    ];
    const headers = from(newAddress());
    const answered = await guessAll(
      overProxy,
      [...paths, ...paths].map((path) => ({ path, headers })),
    );
    expect(tried(answered)).toBe(5);
    expect(new Set(answered)).not.toContain(200);
  });

  test("by other methods, or a method within a header", async () => {
    const headers = from(newAddress());
    const methods = ["POST", "HEAD", "GET", "PUT", "PATCH", "OPTIONS", "post"];
    const all = [...methods, ...methods, ...methods].map((method) => ({
      method,
      headers: { ...headers, "x-http-method-override": "POST" },
    }));
    expect(tried(await guessAll(overProxy, all))).toBeLessThanOrEqual(5);
    expect(
      tried(
        await guessAll(
          overProxy,
          twelve.map(() => ({ headers })),
        ),
      ),
    ).toBeLessThanOrEqual(2);
  });

  test("by other content types and hosts", async () => {
    const headers = from(newAddress());
    const all = twelve.map((index) => ({
      headers: {
        ...headers,
        "content-type": ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"][index % 3] ?? "",
        host: `h${index}.test`,
      },
    }));
    expect(tried(await guessAll(overProxy, all))).toBe(5);
  });

  test("by a thousand at once", async () => {
    const headers = from(newAddress());
    const answered = await Promise.all(Array.from({ length: 1_000 }, () => guess(overProxy, { headers })));
    expect(tried(answered)).toBe(5);
    // Told that they guess too much, or, beyond those who can wait for their turn, that we are busy.
    expect(answered.every((status) => [401, 429, 503].includes(status))).toBe(true);
  });

  test("by a thousand at once at one account, from a thousand addresses", async () => {
    const all = Array.from({ length: 1_000 }, (_, index) => ({
      headers: from(`198.18.${index >> 8}.${index & 255}`),
      email: "victim@acme.test",
    }));
    const answered = await Promise.all(all.map((each) => guess(overProxy, each)));
    expect(tried(answered)).toBeLessThanOrEqual(5);
    expect(answered.every((status) => [401, 429, 503].includes(status))).toBe(true);
  });
});

test("what is right does not count: a shift that signs in behind one address is let in, and guesses there are still limited", async () => {
  const own = await startTestServer("a shift", { env: { RATE_LIMIT_AUTH: "5/15m", RATE_LIMIT_API: "8/1m" } });
  try {
    const shift = Array.from({ length: 20 }, () => own.signIn("operator@acme.test", testPassword));
    expect((await Promise.all(shift)).map(({ answer }) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(
      tried(
        await guessAll(
          own,
          twelve.map(() => ({})),
        ),
      ),
    ).toBe(5);
  } finally {
    await own.close();
  }
});

test("over the edge of a window no more come through than in any other one", async () => {
  const own = await startTestServer("window edge", { env: { RATE_LIMIT_AUTH: "4/1s" } });
  const windowMs = 1_000;
  const through: { sentAt: number; answeredAt: number }[] = [];
  try {
    const startedAt = performance.now();
    while (performance.now() - startedAt < 2.4 * windowMs) {
      const sentAt = performance.now();
      if ((await guess(own, {})) === 401) through.push({ sentAt, answeredAt: performance.now() });
    }
  } finally {
    await own.close();
  }
  expect(through.length).toBeGreaterThan(4);
  const tooClose = through.filter(({ sentAt }, index) => {
    const fifth = through[index + 4];
    // Surely within one window, wherever in between each was counted.
    return fifth !== undefined && fifth.answeredAt - sentAt < windowMs;
  });
  expect(tooClose).toEqual([]);
});
