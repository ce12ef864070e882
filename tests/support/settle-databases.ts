import { afterAll, type RunnerTestSuite } from "vitest";
import { fileEnd } from "./file-end.ts";
import { settleTestDatabases } from "./test-database.ts";

// A set-up file's hook is registered first, hence runs last: when the test file has closed its own connections.
afterAll(async ({}, file) => {
  fileEnd.abort(new Error("The test file has ended"));
  await settleTestDatabases(hasFailed(file));
});

function hasFailed(suite: Readonly<RunnerTestSuite>): boolean {
  return suite.tasks.some((task) => task.result?.state === "fail" || (task.type === "suite" && hasFailed(task)));
}
