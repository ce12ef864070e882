import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";

// npm run check: what runs in seconds before a commit. --fix puts right what a tool can put right by itself.

interface Step {
  readonly name: string;
  readonly command: readonly [tool: string, ...args: string[]];
}

const steps: readonly Step[] = [
  { name: "types: server, scripts, tests", command: ["tsc", "--noEmit"] },
  { name: "types: web", command: ["tsc", "--noEmit", "-p", "web/tsconfig.json"] },
  { name: "lint and the dependency rule", command: ["oxlint"] },
  { name: "format", command: ["oxfmt", "--check"] },
  { name: "unused code", command: ["knip", "--no-progress", "--no-config-hints"] },
];
const fixes: readonly Step["command"][] = [["oxlint", "--fix"], ["oxfmt"]];

if (process.argv.includes("--fix")) for (const command of fixes) await run(command);

const results = await Promise.all(
  steps.map(async (step) => {
    const started = performance.now();
    const { code, output } = await run(step.command);
    return { ...step, passed: code === 0, output, seconds: (performance.now() - started) / 1_000 };
  }),
);
for (const { name, passed, output, seconds } of results) {
  console.log(`${passed ? "✓" : "✗"} ${name} (${seconds.toFixed(1)} s)`);
  if (!passed) console.log(output.trimEnd().replaceAll(/^/gm, "  "));
}
const failed = results.filter(({ passed }) => !passed).length;
mkdirSync("dist", { recursive: true });
writeFileSync("dist/check-summary.json", JSON.stringify({ check: { passed: results.length - failed, failed, skipped: 0 } }));
if (failed > 0) console.log("\nnpm run check -- --fix puts format and simple lint faults right.");
process.exitCode = failed > 0 ? 1 : 0;

function run([tool, ...args]: Step["command"]): Promise<{ code: number; output: string }> {
  const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const child = spawn(resolve("node_modules/.bin", tool), args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, PATH: path } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => {
    child.once("error", (error) => done({ code: 1, output: error.message }));
    child.once("close", (code) => done({ code: code ?? 1, output }));
  });
}
