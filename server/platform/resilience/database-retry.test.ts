import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConflictError, ExternalServiceError } from "#platform/errors.ts";
import { type Progress, verdictOn, withDatabaseRetry } from "./database-retry.ts";
import { createRetryBudget } from "./retry-budget.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const failure = (code: string | undefined, message = "the database's own words") =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

/** Work that fails with these, one after the other, at this point, and then is done. */
function failing(failures: readonly { error: unknown; reached: Progress["reached"] }[]) {
  const told = { tries: 0 };
  const work = async (progress: Progress) => {
    const next = failures[told.tries++];
    if (!next) return "done";
    progress.reached = next.reached;
    throw next.error;
  };
  return { told, work };
}
/** The answer, or the error as `{ error }`, with all the time there is. */
async function run(work: (progress: Progress) => Promise<unknown>, options: Parameters<typeof withDatabaseRetry>[2] = {}) {
  const ended = withDatabaseRetry(work, "a test", options).catch((error: unknown) => ({ error }));
  await vi.runAllTimersAsync();
  return await ended;
}

// The table of what failed, and what may be done: while connecting, before COMMIT was sent, after it was sent.
const table: [string | undefined, ...("again" | "reconnect" | "back-off" | "unknown" | "no")[]][] = [
  ["40001", "no", "again", "again"],
  ["40P01", "no", "again", "again"],
  ["55P03", "no", "again", "again"],
  ["53300", "back-off", "reconnect", "unknown"],
  ["57P03", "back-off", "reconnect", "unknown"],
  ["08001", "back-off", "reconnect", "unknown"],
  ["08000", "back-off", "reconnect", "unknown"],
  ["08003", "back-off", "reconnect", "unknown"],
  ["08006", "back-off", "reconnect", "unknown"],
  ["08007", "back-off", "reconnect", "unknown"],
  ["40003", "back-off", "reconnect", "unknown"],
  ["57P01", "back-off", "reconnect", "unknown"],
  ["57P02", "back-off", "reconnect", "unknown"],
  ["25006", "back-off", "reconnect", "unknown"],
  ["ECONNREFUSED", "back-off", "reconnect", "unknown"],
  ["ECONNRESET", "back-off", "reconnect", "unknown"],
  ["EPIPE", "back-off", "reconnect", "unknown"],
  ["ETIMEDOUT", "back-off", "reconnect", "unknown"],
  [undefined, "back-off", "reconnect", "unknown"],
  ["57014", "no", "no", "no"],
  ["53100", "no", "no", "no"],
  ["22P02", "no", "no", "no"],
  ["22012", "no", "no", "no"],
  ["23505", "no", "no", "no"],
  ["23503", "no", "no", "no"],
  ["23514", "no", "no", "no"],
  ["42P01", "no", "no", "no"],
  ["42501", "no", "no", "no"],
  ["28P01", "no", "no", "no"],
];
const points = ["connecting", "before-commit", "after-commit"] as const;
const lines = table.flatMap(([code, ...verdicts]) => points.map((reached, at) => ({ code, reached, verdict: verdicts[at] ?? "no" })));
const errorOf = (code: string | undefined) =>
  code === undefined ? failure(undefined, "Connection terminated unexpectedly") : failure(code);

test.each(lines)("$code, $reached: $verdict", async ({ code, reached, verdict }) => {
  const error = errorOf(code);
  expect(verdictOn(error, reached)).toBe(verdict);
  const { told, work } = failing([{ error, reached }]);
  const answer = await run(work);
  const outcomes = {
    again: "done",
    reconnect: "done",
    "back-off": "done",
    unknown: { error: { code: "COMMIT_UNKNOWN", cause: error } },
    no: { error },
  };
  expect({ answer }).toMatchObject({ answer: outcomes[verdict] });
  expect(told.tries).toBe(outcomes[verdict] === "done" ? 2 : 1);
});

test.each([
  "Connection terminated unexpectedly",
  "Connection terminated: the database does not answer",
  "Client has encountered a connection error and is not queryable",
  "timeout expired",
])("a connection that ends without any code: %s", (message) => {
  expect(points.map((reached) => verdictOn(failure(undefined, message), reached))).toEqual(["back-off", "reconnect", "unknown"]);
});

describe("an outcome that is unknown", () => {
  const lost = { error: failure("ECONNRESET"), reached: "after-commit" as const };

  test("is run again where the work looks up by itself whether it was saved", async () => {
    const { told, work } = failing([lost]);
    expect([await run(work, { repeatable: true }), told.tries]).toEqual(["done", 2]);
  });

  test("stays unknown when the next tries cannot even ask", async () => {
    const { work } = failing([
      lost,
      ...Array.from({ length: 9 }, () => ({ error: failure("ECONNREFUSED"), reached: "connecting" as const })),
    ]);
    expect(await run(work, { repeatable: true })).toMatchObject({ error: { code: "COMMIT_UNKNOWN" } });
  });

  test("stays unknown when the next try gets no connection, for the server is busy", async () => {
    const busy = new ExternalServiceError("The server is busy", "DATABASE_BUSY");
    const { work } = failing([lost, { error: busy, reached: "connecting" }]);
    expect(await run(work, { repeatable: true })).toMatchObject({ error: { code: "COMMIT_UNKNOWN", cause: busy } });
  });

  test("is known when the next try is refused for another reason", async () => {
    const refused = new ConflictError("TAKEN", "Taken");
    const { work } = failing([lost, { error: refused, reached: "before-commit" }]);
    expect(await run(work, { repeatable: true })).toEqual({ error: refused });
  });
});

test("a refusal of ours is not tried again, whatever its code looks like", async () => {
  const refused = new ExternalServiceError("Taken", "DATABASE_BUSY");
  const { told, work } = failing([{ error: refused, reached: "before-commit" }]);
  expect([await run(work), told.tries]).toEqual([{ error: refused }, 1]);
});

describe("how long", () => {
  const always = (code: string, reached: Progress["reached"], ms = 0) => {
    const told = { tries: 0 };
    const work = async (progress: Progress) => {
      told.tries += 1;
      progress.reached = reached;
      await new Promise((done) => setTimeout(done, ms));
      throw failure(code);
    };
    return { told, work };
  };
  const elapsed = async (work: (progress: Progress) => Promise<unknown>) => {
    const startedAt = performance.now();
    await run(work);
    return performance.now() - startedAt;
  };

  test.each([
    ["40001", "before-commit" as const, 6],
    ["55P03", "before-commit" as const, 2],
    ["57P01", "before-commit" as const, 6],
  ])("%s %s is tried %d times", async (code, reached, tries) => {
    const { told, work } = always(code, reached);
    await run(work);
    expect(told.tries).toBe(tries);
  });

  test("a number says how many retries there are", async () => {
    const { told, work } = always("40001", "before-commit");
    await run(work, { retries: 3 });
    expect(told.tries).toBe(4);
  });

  test("a database that is away is told within two seconds, also when every try to connect takes a while", async () => {
    expect(await elapsed(always("ECONNREFUSED", "connecting").work)).toBeLessThan(2_000);
    expect(await elapsed(always("ETIMEDOUT", "connecting", 400).work)).toBeLessThan(3_000);
  });

  test("what has taken ten seconds already is not begun anew", async () => {
    const { told, work } = always("57P01", "before-commit", 6_000);
    await run(work);
    expect(told.tries).toBe(2);
  });

  test("when the connections of all break, retries stay within the budget; those for reasons of timing are none of its business", async () => {
    const budget = createRetryBudget({ retriesMin: 0 });
    const lost = always("57P01", "before-commit");
    await Promise.all(Array.from({ length: 200 }, () => run(lost.work, { budget })));
    expect(lost.told.tries).toBe(220);
    const busy = always("40001", "before-commit");
    await run(busy.work, { budget });
    expect(busy.told.tries).toBe(6);
  });
});
