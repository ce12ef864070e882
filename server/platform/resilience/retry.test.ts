import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConflictError, ExternalServiceError, RateLimitError } from "#platform/errors.ts";
import { CircuitOpenError, RejectedError, TimeoutError } from "./errors.ts";
import { createRetryBudget } from "./retry-budget.ts";
import { type RetryOptions, withRetry } from "./retry.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const ill = new Error("ill");
const failing = (times: number, error: unknown = ill) => {
  const made: number[] = [];
  const work = async () => {
    made.push(performance.now());
    if (made.length <= times) throw error;
    return "done";
  };
  return { work, made };
};
/** Runs with all the time there is. */
async function run(work: () => Promise<unknown>, options: RetryOptions = {}): Promise<unknown> {
  const ended = withRetry(work, options).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await vi.runAllTimersAsync();
  return await ended;
}

test("tries three times more, then throws the last error", async () => {
  const { work, made } = failing(3);
  expect(await run(work)).toEqual({ value: "done" });
  expect(made).toHaveLength(4);
  const hopeless = failing(9);
  expect(await run(hopeless.work)).toEqual({ error: ill });
  expect(hopeless.made).toHaveLength(4);
});

test.each([
  [1, [0, 1_000, 3_000, 7_000, 15_000, 31_000, 61_000, 91_000]],
  [0.5, [0, 500, 1_500, 3_500, 7_500, 15_500, 30_500, 45_500]],
  [0, [0, 0, 0, 0, 0, 0, 0, 0]],
])("waits a random part of 1, 2, 4 … at most 30 s: all of it times %d", async (part, expected) => {
  const { work, made } = failing(7);
  const startedAt = performance.now();
  await run(work, { maxRetries: 7, random: () => part });
  expect(made.map((at) => Math.round(at - startedAt))).toEqual(expected);
});

test("its own delays, multiplier and bound", async () => {
  const { work, made } = failing(3);
  const startedAt = performance.now();
  await run(work, { initialDelay: 10, backoffMultiplier: 3, maxDelay: 80, random: () => 1 });
  expect(made.map((at) => Math.round(at - startedAt))).toEqual([0, 10, 40, 120]);
});

test("tells of each retry before it: the first, the second …", async () => {
  const told: unknown[] = [];
  await run(failing(2).work, { onRetry: (attempt, error) => void told.push([attempt, error]) });
  expect(told).toEqual([
    [1, ill],
    [2, ill],
  ]);
});

test.each([
  ["a client's mistake", new ConflictError("TAKEN", "Taken")],
  ["a limit of ours", new RateLimitError(1)],
  ["an open breaker", CircuitOpenError.about("open", 1)],
  ["a full bulkhead", new RejectedError("full")],
])("%s is not tried again", async (_, error) => {
  const { work, made } = failing(9, error);
  expect(await run(work)).toEqual({ error });
  expect(made).toHaveLength(1);
});

test("which errors are worth a retry can be said", async () => {
  const { work, made } = failing(9);
  await run(work, { retryableErrors: (error) => error !== ill });
  expect(made).toHaveLength(1);
});

describe("Retry-After", () => {
  const unavailable = (seconds: number) => new ExternalServiceError("busy", "BUSY", undefined, seconds);

  test("is honoured: not earlier, however short the backoff", async () => {
    const { work, made } = failing(1, unavailable(7));
    const startedAt = performance.now();
    await run(work, { initialDelay: 10 });
    expect(Math.round((made[1] ?? 0) - startedAt)).toBe(7_000);
  });

  test("is asked for by a service, not by a time limit of ours: that one leaves the backoff as random as it is", async () => {
    const { work, made } = failing(1, new TimeoutError("late"));
    const startedAt = performance.now();
    await run(work, { random: () => 0.1 });
    expect(Math.round((made[1] ?? 0) - startedAt)).toBe(100);
  });

  test("longer than the longest delay: given up at once, rather than earlier than asked", async () => {
    const { work, made } = failing(1, unavailable(31));
    expect(await run(work)).toMatchObject({ error: { code: "BUSY" } });
    expect(made).toHaveLength(1);
  });
});

describe("the caller's patience", () => {
  test("a deadline: no retry that could not begin before it, and no waiting for it", async () => {
    const { work, made } = failing(9);
    const startedAt = performance.now();
    await run(work, { deadline: startedAt + 2_999, random: () => 1 });
    expect([made.length, performance.now() - startedAt]).toEqual([2, 1_000]);
  });

  test("a signal ends the pause at once with its reason, and leaves no timer", async () => {
    const caller = new AbortController();
    const { work, made } = failing(9);
    const ended = withRetry(work, { signal: caller.signal, random: () => 1 });
    ended.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(500);
    caller.abort(new Error("gone"));
    await expect(ended).rejects.toThrow("gone");
    expect([made.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  test("a signal that comes during the work ends the tries", async () => {
    const caller = new AbortController();
    let tries = 0;
    const work = async () => {
      tries += 1;
      caller.abort(new Error("gone"));
      throw ill;
    };
    expect(await run(work, { signal: caller.signal })).toEqual({ error: ill });
    expect(tries).toBe(1);
  });
});

describe("the budget of a target", () => {
  test("when everything fails, 1,000 calls are asked 1,100 times, not 4,000 times", async () => {
    const budget = createRetryBudget();
    let asked = 0;
    const work = async () => {
      asked += 1;
      throw ill;
    };
    await Promise.all(Array.from({ length: 1_000 }, () => run(work, { budget })));
    expect(asked).toBe(1_100);
  });

  test("counts the last minute, not what was before", async () => {
    const budget = createRetryBudget({ retriesMin: 0 });
    for (let call = 0; call < 100; call++) budget.called();
    const spendable = () => {
      let spent = 0;
      while (budget.spend()) spent += 1;
      return spent;
    };
    expect(spendable()).toBe(10);
    await vi.advanceTimersByTimeAsync(30_000);
    for (let call = 0; call < 50; call++) budget.called();
    expect(spendable()).toBe(5);
    await vi.advanceTimersByTimeAsync(30_000);
    // The 100 calls and their 10 retries are forgotten, the 50 and their 5 are not.
    expect(spendable()).toBe(0);
    for (let call = 0; call < 50; call++) budget.called();
    expect(spendable()).toBe(5);
  });

  test("forgets what was before the last minute, also where nothing came since", async () => {
    const budget = createRetryBudget({ retriesMin: 0 });
    for (let call = 0; call < 100; call++) budget.called();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(budget.spend()).toBe(true);
    await vi.advanceTimersByTimeAsync(16_000);
    expect(budget.spend()).toBe(false);
  });

  test("lets a target that is hardly ever asked have a few", async () => {
    const budget = createRetryBudget();
    const { work, made } = failing(9);
    await run(work, { budget });
    expect(made).toHaveLength(4);
    expect(budget.spend()).toBe(false);
  });
});
