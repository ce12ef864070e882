import { afterAll, type RunnerTestSuite } from "vitest";
import { settleTestDatabases } from "./test-database.ts";

// A set-up file's hook is registered first, hence runs last: when the test file has closed its own connections.
afterAll(async ({}, file) => settleTestDatabases(hasFailed(file)));

function hasFailed(suite: Readonly<RunnerTestSuite>): boolean {
  return suite.tasks.some((task) => task.result?.state === "fail" || (task.type === "suite" && hasFailed(task)));
}
