import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawRequest, type RawRequest } from "#tests/support/raw-request.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// The headers of every answer, whatever its status: of data, pages, files and errors, in production and outside of it.

const webRoot = mkdtempSync(join(tmpdir(), "headers-"));
let production: TestServer;
let development: TestServer;
beforeAll(async () => {
  mkdirSync(join(webRoot, "assets"));
  writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>The page</title>");
  writeFileSync(join(webRoot, "assets/app-1a2b.js"), "let a = 1;");
  const env = { WEB_ROOT: webRoot };
  [production, development] = await Promise.all([
    startTestServer("headers production", { env: { ...env, NODE_ENV: "production" } }),
    startTestServer("headers development", { env: { ...env, NODE_ENV: "development", RATE_LIMIT_SENSITIVE: "1/1h" } }),
  ]);
  for (const server of [production, development]) await server.sql("ALTER TABLE supplier RENAME TO supplier_elsewhere");
});
afterAll(async () => {
  await Promise.all([production.close(), development.close()]);
  rmSync(webRoot, { recursive: true });
});

const everywhere = {
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-xss-protection": "1; mode=block",
  "x-request-id": expect.stringMatching(/^[\w.:-]{8,128}$/) as string,
  "x-response-time": expect.stringMatching(/^\d+(\.\d)?ms$/) as string,
};
const ofData = {
  ...everywhere,
  "api-version": "1",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "permissions-policy": "geolocation=(), microphone=(), camera=()",
};
const pagePolicy =
  /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'nonce-[\w+/]{22}=='; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types default$/;
const ofPage = {
  ...everywhere,
  "cache-control": "no-store",
  "content-security-policy": expect.stringMatching(pagePolicy) as string,
  "permissions-policy": "geolocation=(), microphone=(), camera=(self)",
  "content-type": "text/html; charset=utf-8",
};
const ofFile = { ...ofData, "cache-control": "public, max-age=31536000, immutable", "content-type": "text/javascript; charset=utf-8" };
const json = { ...ofData, "content-type": "application/json" };
const browser = { accept: "text/html" };
const posted = { method: "POST", headers: { "content-type": "application/json" } };

const answers: [what: string, status: number, request: RawRequest, expected: object][] = [
  ["data", 200, { path: "/api/v1/sites" }, json],
  ["a new thing", 201, { ...posted, path: "/api/v1/sites", body: '{"code":"NEW","name":"New"}' }, json],
  ["nothing to say", 204, { ...posted, path: "/api/v1/auth/logout", headers: { ...posted.headers, cookie: "" }, body: "{}" }, ofData],
  ["nothing new", 304, { path: "/api/v1/sites/{site}", headers: { "if-none-match": "*" } }, ofData],
  ["a wrong parameter", 400, { path: "/api/v1/sites?sort=nothing" }, json],
  ["no session", 401, { path: "/api/v1/sites", headers: { cookie: "" } }, json],
  ["another site's page", 403, { ...posted, path: "/api/v1/sites", headers: { "sec-fetch-site": "cross-site" } }, json],
  ["nothing there", 404, { path: "/api/v1/nothing" }, json],
  ["another method", 405, { path: "/api/v1/sites", method: "DELETE" }, json],
  ["a conflict", 409, { ...posted, path: "/api/v1/sites", body: '{"code":"MAIN","name":"Again"}' }, json],
  [
    "a long body",
    413,
    { ...posted, path: "/api/v1/sites", headers: { ...posted.headers, "content-length": "99999999" }, announcedOnly: true },
    json,
  ],
  ["another type", 415, { ...posted, path: "/api/v1/sites", headers: { "content-type": "text/plain" }, body: "x" }, json],
  ["our own failure", 500, { path: "/api/v1/purchasing/suppliers" }, json],
  [
    "a problem",
    404,
    { path: "/api/v1/nothing", headers: { accept: "application/problem+json" } },
    { ...ofData, "content-type": "application/problem+json" },
  ],
  ["a page", 200, { path: "/items" }, ofPage],
  ["no page", 404, { path: "/no-page", headers: browser }, ofPage],
  ["no page, asked for by no browser", 404, { path: "/no-page" }, json],
  ["a file", 200, { path: "/assets/app-1a2b.js" }, ofFile],
  ["no file", 404, { path: "/assets/gone.js", headers: browser }, json],
  ["health", 200, { path: "/api/health?type=live" }, json],
];

const asked = async (server: TestServer, request: RawRequest) => {
  const { cookie = "" } = await server.as("Admin");
  const path = request.path.replace("{site}", server.tenants.acme.sites.main.id);
  return await rawRequest(server.baseUrl, { ...request, path, headers: { cookie, ...request.headers } });
};
/** What no answer says: what runs here, and that anyone else may read it. */
const saysTooMuch = (headers: Headers) =>
  [...headers.keys()].filter((name) => /^(server|x-powered-by|via|access-control-.*|x-aspnet.*|x-runtime)$/.test(name));

describe.each([
  ["production", () => production],
  ["development", () => development],
] as const)("in %s", (environment, server) => {
  const inProduction = environment === "production";
  test.each(answers)("%s (%i)", async (_, status, request, expected) => {
    const answer = await asked(server(), request);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject(expected);
    expect(answer.headers.get("strict-transport-security")).toBe(inProduction ? "max-age=63072000; includeSubDomains; preload" : null);
    expect(/(^|, )total;dur=\d+(\.\d)?$/.test(answer.headers.get("server-timing") ?? "")).toBe(!inProduction);
    expect(saysTooMuch(answer.headers)).toEqual([]);
    expect(answer.headers.get("content-security-policy")).not.toContain("unsafe-inline");
  });

  test("too many (429), and not ready (503)", async () => {
    const limited = await startTestServer(`headers limit ${environment}`, { env: { NODE_ENV: environment, RATE_LIMIT_API: "1/1h" } });
    try {
      const { cookie = "" } = await limited.as("Admin");
      const again = () => rawRequest(limited.baseUrl, { path: "/api/v1/sites", headers: { cookie } });
      await again();
      const refused = await again();
      expect([refused.status, Object.fromEntries(refused.headers)]).toMatchObject([
        429,
        { ...json, "retry-after": expect.stringMatching(/^\d+$/) as string },
      ]);
      limited.services.lifecycle.draining = true;
      const unready = await rawRequest(limited.baseUrl, { path: "/api/health?type=ready" });
      expect([unready.status, Object.fromEntries(unready.headers)]).toMatchObject([503, { ...json, connection: "close" }]);
    } finally {
      await limited.close();
    }
  });

  test("what is no HTTP (400)", async () => {
    const socket = connect(Number(new URL(server().baseUrl).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("what is this\r\n\r\n");
    const [head = ""] = (await text(socket)).split("\r\n\r\n");
    const [statusLine, ...lines] = head.split("\r\n");
    const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]));
    expect([statusLine, Object.fromEntries(headers)]).toMatchObject(["HTTP/1.1 400 Bad Request", json]);
    expect(headers.has("strict-transport-security")).toBe(inProduction);
  });
});

test("in development the parts of the work are timed, too", async () => {
  const { headers } = await asked(development, { path: "/api/v1/sites" });
  expect(headers.get("server-timing")).toMatch(/^session;dur=[\d.]+, input;dur=[\d.]+, work;dur=[\d.]+, total;dur=[\d.]+$/);
});

test("a request id that is well-formed is taken over for pages and files too", async () => {
  for (const path of ["/api/v1/sites", "/items", "/assets/app-1a2b.js", "/nothing.at.all"]) {
    expect((await asked(production, { path, headers: { "x-request-id": "scanner-7:000123" } })).headers.get("x-request-id")).toBe(
      "scanner-7:000123",
    );
  }
});
