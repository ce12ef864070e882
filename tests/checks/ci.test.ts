import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";

// CI calls `bash .ci/run` and believes its exit code and last line. Here it runs in a copy, over an npm that does what each test says.

const folder = mkdtempSync(join(tmpdir(), "ci-run-"));
const tools = join(folder, "tools");

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const made of ["scripts", "tools", "elsewhere"]) mkdirSync(join(folder, made), { recursive: true });
  cpSync(".ci", join(folder, ".ci"), { recursive: true });
  cpSync("scripts/ci.mjs", join(folder, "scripts/ci.mjs"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("counts every suite of both commands, and ends with the one line that says so", () => {
  npmDoes({ check: wrote("check", { check: [5, 0] }), test: wrote("test", { unit: [10, 0], browser: [3, 0] }) });
  expect(runCi()).toEqual({ status: 0, lastLine: "18 passed, 0 failed" });
});

test("a failed test fails the run", () => {
  npmDoes({ check: wrote("check", { check: [5, 0] }), test: `${wrote("test", { unit: [9, 1] })}\nexit 1` });
  expect(runCi()).toEqual({ status: 1, lastLine: "14 passed, 1 failed" });
});

test("a failed check fails the run, and the tests are run all the same", () => {
  npmDoes({ check: `${wrote("check", { check: [4, 1] })}\nexit 1`, test: wrote("test", { unit: [10, 0] }) });
  expect(runCi()).toEqual({ status: 1, lastLine: "14 passed, 1 failed" });
});

test("a command that dies without counting anything is a failure", () => {
  npmDoes({ check: wrote("check", { check: [5, 0] }), test: "exit 134" });
  expect(runCi()).toEqual({ status: 1, lastLine: "5 passed, 1 failed" });
});

test("a command that ends badly though all that it counted passed is a failure", () => {
  npmDoes({ check: wrote("check", { check: [5, 0] }), test: `${wrote("test", { unit: [10, 0] })}\nexit 1` });
  expect(runCi()).toEqual({ status: 1, lastLine: "15 passed, 1 failed" });
});

test("a run that executed no test is a failure", () => {
  npmDoes({ check: wrote("check", { check: [5, 0] }), test: wrote("test", {}) });
  expect(runCi()).toEqual({ status: 1, lastLine: "5 passed, 1 failed" });
});

test("figures of an earlier run are not counted again", () => {
  mkdirSync(join(folder, "dist"));
  writeFileSync(join(folder, "dist/test-summary.json"), summary({ unit: [100, 0] }));
  npmDoes({ check: wrote("check", { check: [5, 0] }), test: "true" });
  expect(runCi()).toEqual({ status: 1, lastLine: "5 passed, 1 failed" });
});

type Counts = Record<string, readonly [passed: number, failed: number]>;

function summary(counts: Counts): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(counts).map(([name, [passed, failed]]) => [name, { passed, failed, skipped: 0 }])),
  );
}

function wrote(command: "check" | "test", counts: Counts): string {
  return `mkdir -p dist && echo '${summary(counts)}' > dist/${command}-summary.json`;
}

function npmDoes({ check, test: testing }: { check: string; test: string }): void {
  const npm = join(tools, "npm");
  writeFileSync(npm, `#!/bin/sh\nif [ "$*" = "run check" ]; then\n${check}\nelif [ "$*" = "test" ]; then\n${testing}\nelse exit 99\nfi\n`);
  chmodSync(npm, 0o755);
}

/** As CI does: by bash, from anywhere, with nothing on standard input. */
function runCi(): { status: number | null; lastLine: string | undefined } {
  const path = [tools, process.env["PATH"]].join(delimiter);
  const { status, stdout } = spawnSync("bash", [join(folder, ".ci/run")], {
    cwd: join(folder, "elsewhere"),
    env: { ...process.env, PATH: path, CI: "true" },
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  return { status, lastLine: stdout.trimEnd().split("\n").at(-1) };
}
