import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The browser that the browser tests drive; CHROMIUM_PATH names another one. */
export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  return named || places.find((place) => existsSync(place));
}

/** Installs Debian's Chromium where that is possible; says what to do where it is not. */
export async function ensureChromium(log: (line: string) => void): Promise<void> {
  if (findChromium()) return;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status !== 0) {
    throw new Error("The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium), or set CHROMIUM_PATH.");
  }
  log("Installing Chromium for the browser tests (once, about a minute) …");
  await apt(["update", "-qq"]);
  await apt(["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"]);
  if (!findChromium()) throw new Error("apt-get installed no Chromium: install one, or set CHROMIUM_PATH");
  log("Chromium is installed");
}

async function apt(args: readonly string[]): Promise<void> {
  const child = spawn("apt-get", args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error(`apt-get ${args.join(" ")} failed:\n${output}`);
}
