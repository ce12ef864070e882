import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TimeoutError } from "./errors.ts";
import { withTimeout } from "./timeout.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => undefined);
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

test("work in time: its answer or its own error, and no timer is left", async () => {
  expect(await withTimeout(async () => "done", 1_000)).toBe("done");
  await expect(withTimeout(async () => Promise.reject(new Error("its own")), 1_000)).rejects.toThrow("its own");
  await expect(
    withTimeout(() => {
      throw new Error("not even begun");
    }, 1_000),
  ).rejects.toThrow("begun");
  expect(vi.getTimerCount()).toBe(0);
});

test("work that takes too long is told to stop by its signal, and its caller told in the given words", async () => {
  let stopped: unknown;
  const ended = outcome(
    withTimeout(
      (signal) => {
        signal.addEventListener("abort", () => void (stopped = signal.reason));
        return never();
      },
      1_000,
      "The printer did not answer",
    ),
  );
  await vi.advanceTimersByTimeAsync(999);
  expect(stopped).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  const error = stopped;
  expect(error).toBeInstanceOf(TimeoutError);
  expect(await ended).toEqual({ error });
  expect(error).toMatchObject({ message: "The printer did not answer", statusCode: 503, code: "TIMEOUT" });
});

test("work that sends its caller away before it even begins fails nobody else", async () => {
  const escaped: unknown[] = [];
  const listener = (error: unknown) => void escaped.push(error);
  process.on("unhandledRejection", listener);
  const caller = new AbortController();
  const work = () => {
    caller.abort(new Error("gone"));
    throw new Error("not even begun");
  };
  await expect(withTimeout(work, 1_000, "late", { signal: caller.signal })).rejects.toThrow("begun");
  vi.useRealTimers();
  await new Promise((done) => setTimeout(done, 5));
  process.off("unhandledRejection", listener);
  expect(escaped).toEqual([]);
});

test("work that fails after its time is over fails nobody", async () => {
  const escaped: unknown[] = [];
  const listener = (error: unknown) => void escaped.push(error);
  process.on("unhandledRejection", listener);
  const ended = outcome(withTimeout(() => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), 2_000)), 1_000));
  await vi.advanceTimersByTimeAsync(3_000);
  vi.useRealTimers();
  await new Promise((done) => setTimeout(done, 5));
  process.off("unhandledRejection", listener);
  expect([await ended, escaped]).toMatchObject([{ error: { code: "TIMEOUT" } }, []]);
});

test("the caller's abort ends the wait at once with its reason, stops the work, and leaves neither timer nor listener", async () => {
  const caller = new AbortController();
  const remove = vi.spyOn(caller.signal, "removeEventListener");
  let stopped = false;
  const ended = outcome(
    withTimeout(
      (signal) => {
        signal.addEventListener("abort", () => void (stopped = true));
        return never();
      },
      1_000,
      "late",
      { signal: caller.signal },
    ),
  );
  caller.abort("the browser was closed");
  expect(await ended).toEqual({ error: "the browser was closed" });
  expect([stopped, vi.getTimerCount(), remove.mock.calls.length]).toEqual([true, 0, 1]);
});

test("who has gone already starts no work", async () => {
  let began = false;
  const work = async () => void (began = true);
  await expect(withTimeout(work, 1_000, "late", { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
  expect(began).toBe(false);
});

test.each([undefined, Infinity, 2 ** 40])("a limit of %s ms does not fire at once", async (ms) => {
  const ended = withTimeout(() => new Promise((done) => setTimeout(() => done("done"), 5_000)), ms);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await ended).toBe("done");
});
