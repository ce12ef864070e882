import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { pagePolicy } from "./headers.ts";
import { createPathPattern } from "./path-pattern.ts";

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

export interface StaticAnswer {
  status: 200 | 404;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array<ArrayBuffer>;
}
/** `405`: there to be read, and not asked for that. */
export type ServeFile = (request: Request, path: string) => StaticAnswer | { status: 405 } | undefined;

/**
 * The web app's files, from a list made at start: a path that is not in it reaches no file, whatever it looks like. The addresses in
 * `pages` are the app's page, with a fresh nonce for its styles; a person at any other one gets it as a 404.
 */
export function createStaticFiles(root: string, pages: readonly string[]): ServeFile {
  const files = new Map<string, StaticFile>();
  for (const path of existsSync(root) ? filesBelow(root) : []) files.set(`/${relative(root, path).split(sep).join("/")}`, load(path));
  const page = files.get("/index.html")?.plain.toString("utf8");
  files.delete("/index.html");
  const patterns = pages.map(createPathPattern);

  return (request, path) => {
    const file = files.get(path);
    const isPage = page !== undefined && patterns.some((matches) => matches(path));
    if (request.method !== "GET" && request.method !== "HEAD") return file || isPage ? { status: 405 } : undefined;
    if (file) return answerOf(file, request.headers.get("accept-encoding")?.includes("gzip") ?? false);
    // No page of ours has a point in its address; what else does, once asked for, is a file.
    if (page === undefined || path.includes(".")) return undefined;
    // A missing script is a 404 of its own: the browser would run the page as a script.
    if (!isPage && !isForPerson(request, path)) return undefined;
    const nonce = randomBytes(16).toString("base64");
    const headers = { ...pagePolicy(nonce), "Content-Type": "text/html; charset=utf-8" };
    return { status: isPage ? 200 : 404, headers, body: page.replaceAll("__CSP_NONCE__", nonce) };
  };
}

function answerOf({ gzip, plain, type, cacheControl }: StaticFile, takesGzip: boolean): StaticAnswer {
  const zipped = takesGzip ? gzip : undefined;
  const headers = {
    "Content-Type": type,
    "Cache-Control": cacheControl,
    Vary: "Accept-Encoding",
    ...(zipped ? { "Content-Encoding": "gzip" } : {}),
  };
  return { status: 200, headers, body: zipped ?? plain };
}

/** A browser that was sent to an address which might once have been a page. */
const isForPerson = (request: Request, path: string) =>
  (request.headers.get("accept")?.includes("text/html") ?? false) && !path.startsWith("/assets/");

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

/** But for hidden ones and the maps that lead back to the source. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (path) =>
        !path.endsWith(".map") &&
        !relative(folder, path)
          .split(sep)
          .some((name) => name.startsWith(".")),
    );
