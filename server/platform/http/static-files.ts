import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { dataPolicy, pagePolicy, securityHeaders } from "./headers.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
};
const compressible = new Set([".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt", ".wasm"]);

interface StaticFile {
  type: string;
  plain: Buffer<ArrayBuffer>;
  gzip: Buffer<ArrayBuffer> | undefined;
  cacheControl: string;
}

/**
 * The web app's files, from a list made at start: a path that is not in it reaches no file, whatever it looks like.
 * Every other address outside the API is the app's page, with a fresh nonce for its styles.
 */
export function createStaticFiles(root: string, settings: { production: boolean }) {
  const files = new Map<string, StaticFile>();
  for (const path of existsSync(root) ? filesBelow(root) : []) files.set(`/${relative(root, path).split(sep).join("/")}`, load(path));
  const page = files.get("/index.html")?.plain.toString("utf8");
  files.delete("/index.html");
  const common = Object.fromEntries(securityHeaders(settings));

  return (request: Request, path: string): Response | undefined => {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    const file = files.get(path);
    if (file) {
      const zipped = file.gzip && request.headers.get("accept-encoding")?.includes("gzip") ? file.gzip : undefined;
      const headers: Record<string, string> = {
        ...common,
        ...dataPolicy,
        "Content-Type": file.type,
        "Cache-Control": file.cacheControl,
        Vary: "Accept-Encoding",
        ...(zipped ? { "Content-Encoding": "gzip" } : {}),
      };
      return new Response(zipped ?? file.plain, { headers });
    }
    // A missing script is a 404, not a page: the browser would run the page as a script.
    if (page === undefined || path.startsWith("/assets/") || extname(path) !== "") return undefined;
    const nonce = randomBytes(16).toString("base64");
    const headers = { ...common, ...pagePolicy(nonce), "Content-Type": "text/html; charset=utf-8" };
    return new Response(page.replaceAll("__CSP_NONCE__", nonce), { headers });
  };
}

function load(path: string): StaticFile {
  const extension = extname(path);
  const plain = Buffer.from(readFileSync(path));
  return {
    type: contentTypes[extension] ?? "application/octet-stream",
    plain,
    gzip: compressible.has(extension) && plain.length > 1_024 ? Buffer.from(gzipSync(plain, { level: 9 })) : undefined,
    // Names in assets/ carry a hash of their content.
    cacheControl: path.includes(`${sep}assets${sep}`) ? "public, max-age=31536000, immutable" : "no-cache",
  };
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
