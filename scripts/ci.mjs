// What .ci/run does: npm run check, then npm test; the last line is "N passed, N failed" over everything, and the exit code says the same.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const total = { passed: 0, failed: 0 };
for (const step of [
  { command: ["run", "check"], summary: "check-summary.json" },
  { command: ["test"], summary: "test-summary.json" },
]) {
  const counts = runStep(step.command, join("dist", step.summary));
  total.passed += counts.passed;
  total.failed += counts.failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);

/** A step that crashed, could not begin or counted nothing holds no failed test, and counts as one failure all the same. */
function runStep(command, summaryFile) {
  rmSync(summaryFile, { force: true });
  console.log(`\n== npm ${command.join(" ")}`);
  const { status } = spawnSync("npm", command, { stdio: "inherit" });
  const counts = readSummary(summaryFile);
  const wrong = status !== 0 || counts.passed === 0;
  return wrong && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function readSummary(file) {
  const sum = { passed: 0, failed: 0 };
  try {
    for (const { passed, failed } of Object.values(JSON.parse(readFileSync(file, "utf8")))) {
      sum.passed += passed;
      sum.failed += failed;
    }
  } catch {
    sum.failed += 1;
  }
  return sum;
}
