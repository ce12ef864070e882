import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runGroup } from "./process-group.ts";

const folder = mkdtempSync(join(tmpdir(), "process-group-"));
const pidFile = join(folder, "pid");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const forEver = "setInterval(() => {}, 1000)";
const leave = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(forEver)}], { stdio: "inherit" })`;
const note = (of: string) => `require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(${of}.pid));`;

function run(script: string, limits: { isDone?: () => boolean; wholeMs?: number } = {}) {
  const said: string[] = [];
  rmSync(pidFile, { force: true });
  const log = (line: string) => void said.push(line);
  return runGroup(["-e", script], { isDone: () => false, endMs: 200, wholeMs: 20_000, log, ...limits }).then((code) => ({ code, said }));
}

/** Killed is not yet gone: the process stays on the list until its parent, or the first of all, has taken note. */
const noted = () => {
  const pid = Number(readFileSync(pidFile, "utf8"));
  return () => {
    try {
      return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.startsWith("Z") ?? true;
    } catch {
      return true;
    }
  };
};

test.each([0, 7])("answers the command's own exit code: %i", async (code) => {
  expect(await run(`process.exit(${code})`)).toEqual({ code, said: [] });
});

test.runIf(existsSync("/proc/self/stat"))("what a command leaves behind ends with it (needs /proc)", async () => {
  expect(await run(`const left = ${leave}; ${note("left")} process.exit(0)`)).toEqual({ code: 0, said: [] });
  await expect.poll(noted()).toBe(true);
});

test.runIf(existsSync("/proc/self/stat"))("a command that is done and does not end is ended, and has failed (needs /proc)", async () => {
  const { code, said } = await run(`${note("process")} process.on("SIGTERM", () => {}); ${forEver}`, { isDone: () => existsSync(pidFile) });
  expect({ code, said }).toEqual({ code: 1, said: [expect.stringContaining("has not ended")] });
  await expect.poll(noted()).toBe(true);
});

test("a command that is not done in time is ended, and has failed", async () => {
  expect(await run(forEver, { wholeMs: 300 })).toEqual({ code: 1, said: [expect.stringContaining("Not done within 0.3 s")] });
});
