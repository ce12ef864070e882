import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { z } from "zod";
import { buildWeb } from "./build-web.ts";
import { ensureChromium } from "./chromium.ts";
import { runGroup } from "./process-group.ts";
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
  const minutes = 60_000;
  const limits = { isDone: () => existsSync(summaryFile), endMs: 1.5 * minutes, wholeMs: 50 * minutes, log };
  return runGroup(["node_modules/vitest/vitest.mjs", "run", ...args], limits);
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
