import { expect, test } from "vitest";
import { createBulkhead } from "./bulkhead.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { CircuitOpenError, RejectedError } from "./errors.ts";
import { withFallback } from "./fallback.ts";
import { createServiceCall } from "./service-call.ts";

const retry = { maxRetries: 3, initialDelay: 1 };
const make = (limit: number, timeout = 10_000) => {
  const breaker = new CircuitBreaker("carrier", { failureThreshold: 3 });
  const bulkhead = createBulkhead({ limit, waitingMax: 0, patienceMs: 10_000 });
  return { breaker, call: createServiceCall({ breaker, bulkhead, timeout, retry }) };
};

test("every try is one call of the breaker, and an open one ends the tries", async () => {
  const { breaker, call } = make(1);
  let asked = 0;
  const work = async () => {
    asked += 1;
    throw new Error("ill");
  };
  await expect(call(work)).rejects.toThrow(CircuitOpenError);
  expect([asked, breaker.status().state]).toEqual([3, "OPEN"]);
});

test("what the bulkhead refuses opens no breaker, and is not tried again", async () => {
  const { breaker, call } = make(1);
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = call(() => promise);
  for (let asked = 0; asked < 20; asked++) await expect(call(async () => "in")).rejects.toThrow(RejectedError);
  expect(breaker.status()).toMatchObject({ state: "CLOSED", failureCount: 0 });
  resolve("first");
  expect(await first).toBe("first");
});

test("a timeout is a failure for the breaker, and keeps its place until the work has ended", async () => {
  const { breaker, call } = make(1, 5);
  await expect(call(() => new Promise<never>(() => undefined))).rejects.toThrow(RejectedError);
  expect(breaker.status().failureCount).toBe(1);
});

test("with a fallback: its answer, told the error; no fallback where none is needed", async () => {
  const told: unknown[] = [];
  const ill = new Error("ill");
  const fallback = (error: unknown) => `instead of ${String(error)}`;
  const onError = (error: unknown) => void told.push(error);
  expect(await withFallback(async () => "well", fallback, onError)).toBe("well");
  expect(told).toEqual([]);
  expect(await withFallback(async () => Promise.reject(ill), fallback, onError)).toBe("instead of Error: ill");
  expect(told).toEqual([ill]);
  await expect(
    withFallback(
      async () => Promise.reject(ill),
      async () => Promise.reject(new Error("the fallback's own")),
    ),
  ).rejects.toThrow("the fallback's own");
});
