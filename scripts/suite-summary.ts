import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

export interface SuiteCounts {
  passed: number;
  failed: number;
  skipped: number;
}
export type Summary = Record<string, SuiteCounts>;

export const summaryFile = "dist/test-summary.json";

/** Counts what each suite did, and leaves the figures for the one who started the run. */
export class SuiteSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const summary: Summary = {};
    for (const module of modules) {
      const counts = (summary[module.project.name] ??= { passed: 0, failed: 0, skipped: 0 });
      addModule(counts, module);
    }
    if (unhandledErrors.length > 0) summary["outside any test"] = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    mkdirSync(dirname(summaryFile), { recursive: true });
    writeFileSync(summaryFile, JSON.stringify(summary));
  }
}

function addModule(counts: SuiteCounts, module: TestModule): void {
  let failed = 0;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === "passed") counts.passed += 1;
    else if (state === "failed") failed += 1;
    else counts.skipped += 1;
  }
  // A file that could not be loaded, or whose hooks failed, holds no failed test and is a failure all the same.
  counts.failed += failed === 0 && module.state() === "failed" ? 1 : failed;
}
