import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorBody } from "#contract/errors.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

const reports = "https://reports.example";
const webRoot = mkdtempSync(join(tmpdir(), "cors-"));
let closed: TestServer;
let open: TestServer;
beforeAll(async () => {
  mkdirSync(join(webRoot, "assets"));
  writeFileSync(join(webRoot, "assets/app-1a2b.js"), "let a = 1;");
  const env = { WEB_ROOT: webRoot };
  [closed, open] = await Promise.all([
    startTestServer("cors closed", { env }),
    startTestServer("cors open", { env: { ...env, CORS_ORIGINS: reports } }),
  ]);
});
afterAll(async () => {
  await Promise.all([closed.close(), open.close()]);
  rmSync(webRoot, { recursive: true });
});

const corsHeaders = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith("access-control-"));
const ask = async (server: TestServer, path: string, init: RequestInit = {}) => {
  const { cookie = "" } = await server.as("Admin");
  return await fetch(server.baseUrl + path, { ...init, headers: { cookie, ...(init.headers as Record<string, string>) } });
};
const preflight = (server: TestServer, origin: string, path = "/api/v1/inventory/items") =>
  ask(server, path, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });

describe("with no origin named", () => {
  test.each([reports, "null", "https://evil.example"])("a page of %s reads nothing", async (origin) => {
    for (const path of ["/api/v1/sites", "/api/v1/nothing", "/api/health", "/"]) {
      expect(corsHeaders((await ask(closed, path, { headers: { origin } })).headers)).toEqual([]);
    }
    const answer = await preflight(closed, origin);
    expect([answer.status, corsHeaders(answer.headers)]).toEqual([405, []]);
  });
});

describe("with one origin named", () => {
  test("its pages read answers and refusals, with a cookie that is sent along", async () => {
    for (const [path, status] of [
      ["/api/v1/sites", 200],
      ["/api/v1/sites?sort=nothing", 400],
      ["/api/v1/nothing", 404],
    ] as const) {
      const answer = await ask(open, path, { headers: { origin: reports, "sec-fetch-site": "same-site" } });
      expect(answer.status).toBe(status);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "access-control-allow-origin": reports,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": expect.stringContaining("X-Request-Id") as string,
        vary: "Origin",
      });
    }
  });

  test("its browser is told before it sends, without a session", async () => {
    const answer = await preflight(open, reports);
    expect([answer.status, answer.headers.get("access-control-allow-methods")]).toEqual([204, "GET, HEAD, POST"]);
  });

  test("another origin is refused, and a cache told the two apart", async () => {
    const answer = await ask(open, "/api/v1/sites", { headers: { origin: "https://evil.example" } });
    expect([corsHeaders(answer.headers), answer.headers.get("vary")]).toEqual([[], "Origin"]);
    expect((await preflight(open, "https://evil.example")).status).toBe(405);
  });

  test("so it is of a file, which a cache keeps for a year", async () => {
    const path = "/assets/app-1a2b.js";
    for (const [origin, allowed] of [
      [reports, reports],
      ["https://evil.example", null],
    ] as const) {
      const { status, headers } = await ask(open, path, { headers: { origin } });
      expect([status, headers.get("access-control-allow-origin"), headers.get("vary")]).toEqual([200, allowed, "Origin, Accept-Encoding"]);
    }
    expect((await ask(closed, path)).headers.get("vary")).toBe("Accept-Encoding");
  });

  test.each(["cross-site", "same-site"])("it changes nothing in a user's name (%s)", async (site) => {
    const headers = { origin: reports, "sec-fetch-site": site, "content-type": "application/json" };
    const answer = await ask(open, "/api/v1/inventory/items", { method: "POST", headers, body: '{"sku":"CORS","name":"Cors"}' });
    expect(ErrorBody.parse(await answer.json()).error).toMatchObject({ statusCode: 403, code: "CROSS_SITE_REQUEST" });
    expect(await open.sql("SELECT FROM item WHERE sku = 'CORS'")).toEqual([]);
  });
});
