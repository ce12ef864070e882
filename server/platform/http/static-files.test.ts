import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStaticFiles, type ServeFile } from "./static-files.ts";

const folder = mkdtempSync(join(tmpdir(), "static-files-"));
const root = join(folder, "web");
let serve: ServeFile;
beforeAll(() => {
  mkdirSync(join(root, "assets"), { recursive: true });
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(root, "index.html"), '<meta nonce="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style>');
  writeFileSync(join(root, "icon.svg"), "<svg/>");
  writeFileSync(join(root, "assets/app-1a2b.js"), "let a = 1;\n".repeat(200));
  for (const name of [".env", ".git/config", "assets/app-1a2b.js.map"]) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), "secret");
  }
  serve = createStaticFiles(root, ["/", "/items/{itemId}"]);
});
afterAll(() => rmSync(folder, { recursive: true }));

function get(path: string, init?: RequestInit): Response | undefined {
  const answer = serve(new Request("http://127.0.0.1/", init), path);
  return answer && new Response("body" in answer ? answer.body : null, answer);
}

test("an address of the app is its page, with a policy that a fresh nonce opens for its own styles only", async () => {
  const [first, second] = [get("/"), get("/items/7")];
  const policy = first?.headers.get("content-security-policy") ?? "";
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
  expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
  for (const part of [
    "frame-ancestors 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
  ])
    expect(policy).toContain(part);
  expect(policy).not.toContain("unsafe-inline");
  expect(await first?.text()).toBe(`<meta nonce="${nonce}"><style nonce="${nonce}"></style>`);
  expect(second?.headers.get("content-security-policy")).not.toBe(policy);
  expect(first?.headers.get("cache-control")).toBe("no-store");
});

test.each([
  ["/icon.svg", "image/svg+xml", "no-cache"],
  ["/assets/app-1a2b.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"],
])("%s is the file, typed", (path, type, cache) => {
  const headers = get(path)?.headers;
  expect([headers?.get("content-type"), headers?.get("cache-control")]).toEqual([type, cache]);
});

test("is compressed for who asks so", async () => {
  const zipped = get("/assets/app-1a2b.js", { headers: { "accept-encoding": "gzip" } });
  expect([zipped?.headers.get("content-encoding"), zipped?.headers.get("vary")]).toEqual(["gzip", "Accept-Encoding"]);
  expect((await zipped?.bytes())?.subarray(0, 2)).toEqual(new Uint8Array([0x1f, 0x8b]));
  expect(get("/assets/app-1a2b.js")?.headers.has("content-encoding")).toBe(false);
});

const browser = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

test.each([
  "/../secret.txt",
  "/..%2fsecret.txt",
  "/%2e%2e/secret.txt",
  "/assets/../../secret.txt",
  "/assets/gone.js",
  "/assets/",
  "/assets/gone",
  "/index.html",
  "/ICON.SVG",
  "/.env",
  "/.git/config",
  "/items/.git",
  "/assets/app-1a2b.js.map",
])("%s is no file and no page, for a browser either", (path) => {
  expect(get(path)).toBeUndefined();
  expect(get(path, browser)).toBeUndefined();
});

test.each(["/wp-admin", "/items", "/items/", "/items/7/edit", "//", "/Items/7"])(
  "%s is nothing, which a person is told on the page",
  (path) => {
    expect(get(path)).toBeUndefined();
    const answer = get(path, browser);
    expect([answer?.status, answer?.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  },
);

test.each(["/", "/items/7", "/assets/app-1a2b.js"])("nothing is posted to %s, which is there to be read", (path) => {
  expect(get(path, { method: "POST" })?.status).toBe(405);
});

test("what is posted to no page and no file finds nothing", () => {
  expect(get("/nothing", { method: "POST" })).toBeUndefined();
});
