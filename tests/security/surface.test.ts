import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorBody } from "#contract/errors.ts";
import { routes } from "#server/app.ts";
import { rawRequest } from "#tests/support/raw-request.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// Nothing answers but the routes, the pages and the files of the web app, however it is asked for.

const webRoot = mkdtempSync(join(tmpdir(), "surface-"));
let server: TestServer;
let cookie: string;
beforeAll(async () => {
  mkdirSync(join(webRoot, "assets"));
  mkdirSync(join(webRoot, ".git"));
  writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>The page</title>");
  writeFileSync(join(webRoot, "assets/app-1a2b.js"), "let a = 1;");
  writeFileSync(join(webRoot, "assets/app-1a2b.js.map"), "secret");
  writeFileSync(join(webRoot, ".env"), "secret");
  writeFileSync(join(webRoot, ".git/config"), "secret");
  server = await startTestServer("surface", { env: { WEB_ROOT: webRoot } });
  cookie = (await server.as("Admin")).cookie ?? "";
});
afterAll(async () => {
  await server.close();
  rmSync(webRoot, { recursive: true });
});

const ask = (path: string, { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {}) =>
  rawRequest(server.baseUrl, { method, path, headers: { cookie, ...headers } });
const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

// What scanners ask for first.
const hidden = [
  "/.git/HEAD",
  "/.git/config",
  "/.gitignore",
  "/.svn/entries",
  "/.hg/store",
  "/.env",
  "/.env.production",
  "/.npmrc",
  "/.DS_Store",
  "/.htaccess",
  "/.htpasswd",
  "/.ssh/id_rsa",
  "/.aws/credentials",
  "/.vscode/settings.json",
  "/.well-known/security.txt",
  "/package.json",
  "/package-lock.json",
  "/node_modules/hono/package.json",
  "/tsconfig.json",
  "/vite.config.ts",
  "/Dockerfile",
  "/server/main.ts",
  "/main.ts",
  "/config.json",
  "/config.php",
  "/web.config",
  "/.data/secret",
  "/backup.sql",
  "/dump.sql",
  "/db.sqlite",
  "/assets/app-1a2b.js.map",
  "/assets/",
  "/assets",
  "/index.html",
  "/index.php",
  "/robots.txt",
  "/sitemap.xml",
  "/crossdomain.xml",
  "/wp-admin",
  "/wp-admin/",
  "/wp-login.php",
  "/xmlrpc.php",
  "/phpmyadmin",
  "/phpmyadmin/index.php",
  "/cgi-bin/test.cgi",
  "/manager/html",
  "/admin",
  "/admin/",
  "/administrator",
  "/console",
  "/debug",
  "/debug/pprof",
  "/actuator",
  "/actuator/env",
  "/server-status",
  "/status",
  "/metrics",
  "/health",
  "/graphql",
  "/graphiql",
  "/swagger",
  "/swagger-ui.html",
  "/api-docs",
  "/v2/api-docs",
  "/docs",
  "/trace.axd",
  "/api/debug",
  "/api/internal",
  "/api/v1/internal",
  "/api/v1/config",
  "/api/v1/env",
  "/api/v1/graphql",
  "/api/v1/swagger.json",
  "/api/v0/sites",
  "/api/v2/sites",
  "/api/V1/sites",
  "/API/v1/sites",
  "/v1/sites",
  "/api/v1/sites.json",
  "/api/v1/sites;x=1",
];

describe("what is no route, page or file is a 404 of the one shape, for an Admin too:", () => {
  test.each(hidden)("%s", async (path) => {
    const answer = await ask(path);
    expect(ErrorBody.parse(JSON.parse(answer.text)).error).toMatchObject({ statusCode: 404, code: "NOT_FOUND" });
    // In a browser it may be the page that says so, and never a success.
    expect((await ask(path, { headers: browser })).status).toBe(404);
  });

  test("while the page and its files are there", async () => {
    for (const path of ["/", "/items", "/items/0196f0a0-0000-7000-8000-000000000001/edit", "/assets/app-1a2b.js"])
      expect((await ask(path)).status).toBe(200);
  });
});

describe("another spelling of an address reaches what the address reaches, or nothing:", () => {
  const same = async (path: string) => {
    const [plain, spelled] = [await server.anonymous.get("/users"), await rawRequest(server.baseUrl, { path })];
    expect(plain.status).toBe(401);
    expect([400, 401, 404]).toContain(spelled.status);
    return (await ask(path)).status;
  };
  test.each([
    ["/api/v1/%75sers", 200],
    ["/api/v1/./users", 200],
    ["/api/v1/sites/../users", 200],
    ["/api/%76%31/users", 404],
    ["/api/v1/users?", 200],
    ["/api/v1/users#x", 200],
    ["/api/v1/users/", 404],
    ["/api/v1//users", 404],
    ["//api/v1/users", 404],
    ["/api/v1/users%2F", 404],
    ["/api/v1%2Fusers", 404],
    ["/api/v1/users%00", 404],
    ["/api/v1/users%20", 404],
    ["/api/v1/%2575sers", 404],
    ["/api/v1/us%65rs%", 404],
    ["/api/v1/..%2f..%2fetc/passwd", 404],
    ["/api/v1/users\\", 400],
    ["/..%5c..%5cwindows/win.ini", 404],
    ["/assets/..%2f..%2f.env", 404],
    ["/assets/%2e%2e/.env", 404],
  ])("%s", async (path, expected) => {
    expect(await same(path)).toBe(expected);
  });
});

describe("a method that an address does not take is refused in the one shape:", () => {
  const odd = ["TRACE", "PROPFIND", "MKCOL", "LOCK", "SEARCH", "PURGE", "LINK", "SUBSCRIBE", "OPTIONS"];
  test.each(odd)("%s of a route, which says what it takes", async (method) => {
    for (const path of ["/api/v1/users", "/api/health", "/api/v1/auth/login"]) {
      const answer = await ask(path, { method });
      expect(ErrorBody.parse(JSON.parse(answer.text)).error).toMatchObject({ statusCode: 405, code: "METHOD_NOT_ALLOWED" });
      const methods = routes.filter((route) => path.endsWith(route.path)).map((route) => route.method as string);
      for (const taken of methods) expect(answer.headers.get("allow")).toContain(taken);
    }
  });
  test.each([...odd, "POST", "PUT", "DELETE", "PATCH"])("%s of a page, a file and of nothing", async (method) => {
    for (const path of ["/", "/items", "/assets/app-1a2b.js"]) {
      const { text, headers } = await ask(path, { method, headers: browser });
      expect(ErrorBody.parse(JSON.parse(text)).error).toMatchObject({ statusCode: 405, code: "METHOD_NOT_ALLOWED" });
      expect(headers.get("allow")).toBe("GET, HEAD");
    }
    for (const path of ["/api/v1/nothing", "/nothing"]) {
      const { text } = await ask(path, { method, headers: browser });
      expect(ErrorBody.parse(JSON.parse(text)).error.statusCode).toBe(404);
    }
  });

  test("and no header makes one method another", async () => {
    const { main } = server.tenants.acme.sites;
    for (const name of ["x-http-method-override", "x-http-method", "x-method-override"])
      expect((await ask(`/api/v1/sites/${main.id}?_method=DELETE`, { headers: { [name]: "DELETE" } })).status).toBe(400);
    expect((await ask(`/api/v1/sites/${main.id}`, { headers: { "x-http-method-override": "DELETE" } })).status).toBe(200);
  });

  test("HEAD of every list is the answer to GET without its body, and asks for the same session", async () => {
    const lists = routes.filter(({ method, path }) => method === "GET" && !path.includes("{"));
    expect(lists.length).toBeGreaterThan(10);
    for (const route of lists) {
      const [head, get] = [await ask(`/api/v1${route.path}`, { method: "HEAD" }), await ask(`/api/v1${route.path}`)];
      expect([route.path, head.status, head.text, head.headers.get("content-type")]).toEqual([
        route.path,
        get.status,
        "",
        get.headers.get("content-type"),
      ]);
      const stranger = await rawRequest(server.baseUrl, { method: "HEAD", path: `/api/v1${route.path}` });
      expect(stranger.status).toBe(route.requiresAuth === false ? 200 : 401);
    }
  });
});
