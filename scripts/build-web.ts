import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

export const webRoot = "dist/web";
const stampFile = "dist/web.sources";
const sources = ["web/**/*", "contract/**/*.ts", "package-lock.json"];

/** Builds the web app into dist/web when its sources changed since the last time. Throws with the builder's output when it cannot. */
export async function buildWeb(log: (line: string) => void): Promise<void> {
  if (!existsSync("web/index.html")) return;
  const hash = hashOfSources();
  if (existsSync(`${webRoot}/index.html`) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === hash) return;
  log("Building the web app …");
  // Built aside: a running server, or a build under way beside this one, never sees a half-written folder.
  const draft = `${webRoot}.${process.pid}`;
  try {
    await runVite(resolve(draft));
    swap(draft);
    writeFileSync(stampFile, hash);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  const files = sources.flatMap((pattern) => globSync(pattern)).filter((file) => statSync(file).isFile() && !/\.test\.tsx?$/.test(file));
  for (const file of files.toSorted()) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest("hex");
}

function swap(draft: string): void {
  const old = `${draft}.old`;
  if (existsSync(webRoot)) renameSync(webRoot, old);
  renameSync(draft, webRoot);
  rmSync(old, { recursive: true, force: true });
}

function runVite(outDir: string): Promise<void> {
  const options = ["build", "web", "--outDir", outDir, "--emptyOutDir", "--logLevel", "warn"];
  const child = spawn(process.execPath, ["node_modules/vite/bin/vite.js", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) =>
      code === 0 ? done() : fail(new Error(`The web app could not be built:\n${withoutStack(Buffer.concat(output).toString())}`)),
    );
  });
}

/** The builder's own lines of code are of no use to one who reads why it failed. */
function withoutStack(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s+at /.test(line))
    .join("\n");
}
