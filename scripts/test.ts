import { spawn } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";
import { buildWeb } from "./build-web.ts";
import { ensureChromium } from "./chromium.ts";
import { ensureRedisServer } from "./redis-server.ts";
import { summaryFile } from "./suite-summary.ts";

// npm test: brings what the suites need, runs them, and says how each one did. Arguments go to vitest: npm test -- --project unit

const log = (line: string) => console.log(line);
const args = process.argv.slice(2);
rmSync(summaryFile, { force: true });

try {
  await prepare();
  process.exitCode = await runVitest();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
printSummary();

async function prepare(): Promise<void> {
  if (includes("browser") && globSync("tests/browser/**/*.test.ts").length > 0) await ensureChromium(log);
  if (["recovery", "integration"].some(includes)) await ensureRedisServer(log);
  if (["browser", "recovery", "integration", "checks"].some(includes)) await buildWeb(log);
}

function includes(suite: string): boolean {
  const chosen = args.flatMap((argument, index) =>
    argument === "--project" ? [args[index + 1]] : (argument.match(/^--project=(.*)/)?.slice(1) ?? []),
  );
  return chosen.length === 0 || chosen.includes(suite);
}

function runVitest(): Promise<number> {
  const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done) => {
    child.once("error", () => done(1));
    child.once("exit", (code) => done(code ?? 1));
  });
}

function printSummary(): void {
  const counts = z.record(z.string(), z.object({ passed: z.number(), failed: z.number(), skipped: z.number() }));
  let text: string;
  try {
    text = readFileSync(summaryFile, "utf8");
  } catch {
    console.error("The run ended before it could count its tests");
    process.exitCode ||= 1;
    return;
  }
  const suites = Object.entries(counts.parse(JSON.parse(text)));
  console.log();
  for (const [name, { passed, failed, skipped }] of suites) {
    console.log(`${name.padEnd(12)} ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  }
}
