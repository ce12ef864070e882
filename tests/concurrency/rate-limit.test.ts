import { fork } from "node:child_process";
import { once } from "node:events";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type TestRedis } from "#tests/support/redis-server.ts";
import { connectPatiently, type Pattern, takeInPatterns } from "./take-requests.ts";

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

const atOnce = 125;
/** Bursts, trickles and what lies between, on windows so short that many pass. */
const arrivals = fc.record({
  maxRequests: fc.integer({ min: 1, max: 6 }),
  windowMs: fc.integer({ min: 5, max: 80 }),
  gaps: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 25 })), { minLength: 8, maxLength: 16 }),
});
const patternsOf = (label: string): Pattern[] =>
  fc.sample(arrivals, 1_000).map((pattern, index) => ({ ...pattern, key: `${label} ${index}` }));
/** The same limits, asked at other times. */
const withOtherGaps = (patterns: readonly Pattern[]) => {
  const gaps = fc.sample(arrivals, patterns.length);
  return patterns.map((pattern, index) => ({ ...pattern, gaps: gaps[index]?.gaps ?? [] }));
};

/** Patterns in which some window of the given length, at some alignment, admitted more than its limit. */
function broken(patterns: readonly Pattern[], admitted: readonly (readonly number[])[]): unknown[] {
  return patterns.filter(({ maxRequests, windowMs }, index) => {
    const instants = (admitted[index] ?? [Number.NaN]).toSorted((one, other) => one - other);
    if (instants.some(Number.isNaN)) return true;
    return instants.some((at, first) => (instants[first + maxRequests] ?? Infinity) - at < windowMs * 1_000);
  });
}
const asked = (patterns: readonly Pattern[]) => patterns.reduce((sum, { gaps }) => sum + gaps.length, 0);

test("in Redis, no window of a thousand random patterns admits more than its limit", { timeout: 120_000 }, async () => {
  const { store, close } = await connectPatiently(redis.url);
  const patterns = patternsOf("one process");
  const admitted = await takeInPatterns(store, patterns, atOnce);
  close();
  expect(broken(patterns, admitted)).toEqual([]);
  expect(admitted.flat().length).toBeLessThan(asked(patterns));
  expect(admitted.every(({ length }) => length > 0)).toBe(true);
});

test("nor does it when two processes share Redis", { timeout: 120_000 }, async () => {
  const child = fork("tests/concurrency/take-requests.ts", [redis.url], { execArgv: [] });
  // Waited for from the start: it may say that it is ready before this process is.
  const isReady = once(child, "message");
  const { store, close } = await connectPatiently(redis.url);
  await isReady;
  // One window that outlasts the test: however the two take turns, together they get what one would.
  const long: Pattern[] = Array.from({ length: 20 }, (_, index) => ({
    key: `a long window ${index}`,
    maxRequests: 5,
    windowMs: 600_000,
    gaps: Array.from({ length: 8 }, () => 1),
  }));
  const patterns = [...long, ...patternsOf("two processes")];
  child.send({ patterns: withOtherGaps(patterns), atOnce });
  const [theirs, ours] = await Promise.all([
    once(child, "message").then(([admitted]) => admitted as number[][]),
    takeInPatterns(store, patterns, atOnce),
  ]);
  close();
  const together = ours.map((instants, index) => [...instants, ...(theirs[index] ?? [Number.NaN])]);
  expect(broken(patterns, together)).toEqual([]);
  expect([ours.flat().length > 0, theirs.flat().length > 0]).toEqual([true, true]);
  expect(together.slice(0, long.length).map(({ length }) => length)).toEqual(long.map(({ maxRequests }) => maxRequests));
});
