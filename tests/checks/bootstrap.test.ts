import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identify, isStillRunning, type ProcessIdentity } from "#scripts/process-identity.ts";

// A fresh clone's first command, over an npm that installs until it is told to stop.

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bootstrap-"));
  for (const made of ["scripts", "tools"]) mkdirSync(join(folder, made));
  for (const script of ["bootstrap.mjs", "run.mjs"]) cpSync(join("scripts", script), join(folder, "scripts", script));
  writeFileSync(join(folder, "package-lock.json"), "{}");
  const npm = join(folder, "tools", "npm");
  writeFileSync(npm, `#!/bin/sh\n[ "$1" = ci ] || exit 0\necho $$ > ${folder}/npm.pid\nexec sleep 60\n`);
  chmodSync(npm, 0o755);
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s during the installation ends it, and leaves no npm and no turn behind",
  async (signal) => {
    const first = run();
    const npm = await installing();
    first.kill(signal);
    await once(first, "exit");
    expect(isStillRunning(npm)).toBe(false);
    expect(existsSync(join(folder, "dist", ".installing"))).toBe(false);
  },
);

test("an installation that npm no longer waits for ends too, instead of starting what nobody could stop", async () => {
  const shell = spawn("sh", ["-c", `"${process.execPath}" scripts/run.mjs scripts/none.ts; true`], {
    cwd: folder,
    stdio: "ignore",
    env: { ...environment(), npm_lifecycle_event: "start" },
  });
  child = shell;
  const npm = await installing();
  shell.kill("SIGKILL");
  await expect.poll(() => isStillRunning(npm), { timeout: 10_000 }).toBe(false);
});

test("a turn with our own number is left from before the container was started again", async () => {
  // The shell writes its number down and gives its place to the command.
  const turn = join(folder, "dist", ".installing");
  child = spawn("sh", ["-c", `mkdir -p ${turn} && echo $$ > ${turn}/pid && exec "${process.execPath}" scripts/run.mjs scripts/none.ts`], {
    cwd: folder,
    stdio: "ignore",
    env: environment(),
  });
  const npm = await installing();
  child.kill("SIGTERM");
  await once(child, "exit");
  expect(isStillRunning(npm)).toBe(false);
});

function run(): ChildProcess {
  return (child = spawn(process.execPath, ["scripts/run.mjs", "scripts/none.ts"], { cwd: folder, stdio: "ignore", env: environment() }));
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: [join(folder, "tools"), process.env["PATH"]].join(delimiter) };
}

async function installing(): Promise<ProcessIdentity> {
  const file = join(folder, "npm.pid");
  await expect.poll(() => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"), { timeout: 10_000 }).toBe(true);
  const npm = identify(Number(readFileSync(file, "utf8")));
  if (!npm) throw new Error("npm ended by itself");
  return npm;
}
