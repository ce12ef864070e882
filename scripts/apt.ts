import { spawn, spawnSync } from "node:child_process";

/** Something that tests or measurements need and npm does not bring. */
export interface Needed {
  /** "Chromium", for messages. */
  name: string;
  what: string;
  find: () => string | undefined;
  packages: readonly string[];
  /** The variable that names another one. */
  variable: string;
}

/** Installs Debian's packages where that is possible; says what to do where it is not. */
export async function ensureInstalled({ name, what, find, packages, variable }: Needed, log: (line: string) => void): Promise<void> {
  if (find()) return;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status !== 0) {
    throw new Error(`${what} need ${name}. Install it (Debian, Ubuntu: sudo apt-get install ${packages[0]}), or set ${variable}.`);
  }
  log(`Installing ${name} (once) …`);
  await apt(["update", "-qq"]);
  await apt(["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  if (!find()) throw new Error(`apt-get installed no ${name}: install it, or set ${variable}`);
  log(`${name} is installed`);
}

async function apt(args: readonly string[]): Promise<void> {
  const child = spawn("apt-get", args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error(`apt-get ${args.join(" ")} failed:\n${output}`);
}
