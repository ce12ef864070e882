import { availableParallelism } from "node:os";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { SuiteSummary } from "./scripts/suite-summary.ts";

const source = ["server", "contract", "scripts", "web"];
const databaseWorkers = Math.min(4, Math.max(2, availableParallelism()));

/** Suites run one after the other, so that none is timed while another one keeps the cores busy. */
function suite(name: string, order: number, options: TestProjectInlineConfiguration["test"] = {}): TestProjectInlineConfiguration {
  return { test: { name, testTimeout: 10_000, hookTimeout: 30_000, sequence: { groupOrder: order }, ...options } };
}

const withDatabase = {
  globalSetup: ["tests/support/global-setup.ts"],
  setupFiles: ["tests/support/settle-databases.ts"],
  maxWorkers: databaseWorkers,
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    pool: "forks",
    reporters: ["default", new SuiteSummary()],
    projects: [
      suite("unit", 0, {
        include: source.map((folder) => `${folder}/**/*.test.{ts,tsx}`),
        exclude: ["**/*.db.test.ts", "**/node_modules/**"],
      }),
      suite("checks", 1, { ...withDatabase, include: ["tests/checks/**/*.test.ts"], testTimeout: 60_000 }),
      suite("integration", 2, {
        ...withDatabase,
        include: [
          ...source.map((folder) => `${folder}/**/*.db.test.ts`),
          "tests/api/**/*.test.ts",
          "tests/concurrency/**/*.test.ts",
          "tests/property/**/*.test.ts",
          "tests/security/**/*.test.ts",
        ],
      }),
      suite("real-data", 3, { ...withDatabase, include: ["tests/real-data/**/*.test.ts"] }),
      suite("recovery", 4, { ...withDatabase, include: ["tests/recovery/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000 }),
      suite("browser", 5, {
        ...withDatabase,
        include: ["tests/browser/**/*.test.ts"],
        maxWorkers: 1,
        testTimeout: 60_000,
        hookTimeout: 120_000,
      }),
    ],
  },
});
