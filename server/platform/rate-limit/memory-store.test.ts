import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryRateLimitStore } from "./memory-store.ts";

function storeWithClock(keysMax?: number) {
  const clock = { now: 0 };
  const store = new MemoryRateLimitStore({ now: () => clock.now, ...(keysMax === undefined ? {} : { keysMax }) });
  return { store, clock };
}
const largestInAnyWindow = (admitted: readonly number[], windowMs: number) =>
  Math.max(0, ...admitted.map((start) => admitted.filter((at) => at >= start && at < start + windowMs).length));

describe("exactly", () => {
  test("in no window are more admitted than the limit, whenever requests arrive", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 }),
        (max, windowMs, gaps) => {
          const { store, clock } = storeWithClock();
          const admitted: number[] = [];
          for (const gap of gaps) {
            clock.now += gap;
            if (store.take("key", max, windowMs).admitted) admitted.push(clock.now);
          }
          expect(largestInAnyWindow(admitted, windowMs)).toBeLessThanOrEqual(max);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("none is refused that would fit: the limit is used to the full", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 100 }),
        (max, windowMs, gaps) => {
          const { store, clock } = storeWithClock();
          const admitted: number[] = [];
          for (const gap of gaps) {
            clock.now += gap;
            const fits = admitted.filter((at) => at > clock.now - windowMs).length < max;
            expect(store.take("key", max, windowMs).admitted).toBe(fits);
            if (fits) admitted.push(clock.now);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("after the time that a refusal names, a request is admitted; a moment before, not", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 2, max: 1_000 }),
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 10, maxLength: 50 }),
        (max, windowMs, gaps) => {
          const { store, clock } = storeWithClock();
          for (const gap of gaps) {
            clock.now += gap;
            const { admitted, retryAfterMs } = store.take("key", max, windowMs);
            if (admitted) continue;
            clock.now += retryAfterMs - 1;
            expect(store.take("key", max, windowMs).admitted).toBe(false);
            clock.now += 1;
            expect(store.take("key", max, windowMs).admitted).toBe(true);
            return;
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("twice as many do not get through at the turn of a minute", () => {
    const { store, clock } = storeWithClock();
    clock.now = 59_900;
    for (let request = 0; request < 5; request++) expect(store.take("key", 5, 60_000).admitted).toBe(true);
    clock.now = 60_100;
    expect(store.take("key", 5, 60_000).admitted).toBe(false);
  });
});

test("what is left is told", () => {
  const { store, clock } = storeWithClock();
  expect(store.take("key", 2, 100)).toMatchObject({ admitted: true, remaining: 1, resetMs: 100, retryAfterMs: 0 });
  clock.now = 40;
  expect(store.take("key", 2, 100)).toMatchObject({ admitted: true, remaining: 0, resetMs: 60 });
  expect(store.take("key", 2, 100)).toMatchObject({ admitted: false, remaining: 0, retryAfterMs: 60 });
});

test("a refused request costs nothing: asking again and again does not lengthen the wait", () => {
  const { store, clock } = storeWithClock();
  store.take("key", 1, 100);
  for (clock.now = 1; clock.now < 100; clock.now++) expect(store.take("key", 1, 100).admitted).toBe(false);
  expect(store.take("key", 1, 100).admitted).toBe(true);
});

test("one key's requests are not another's", () => {
  const { store } = storeWithClock();
  expect(store.take("a", 1, 100).admitted).toBe(true);
  expect(store.take("b", 1, 100).admitted).toBe(true);
  expect(store.take("a", 1, 100).admitted).toBe(false);
});

describe("giving back", () => {
  test("makes room for exactly one more", () => {
    const { store } = storeWithClock();
    const { key, at } = store.take("key", 1, 100);
    store.giveBack(key, at);
    expect(store.take("key", 1, 100).admitted).toBe(true);
    expect(store.take("key", 1, 100).admitted).toBe(false);
  });
  test("what was not counted, or is forgotten already, changes nothing", () => {
    const { store } = storeWithClock();
    store.take("key", 1, 100);
    store.giveBack("key", 55);
    store.giveBack("other", 0);
    expect(store.take("key", 1, 100).admitted).toBe(false);
  });
});

describe("memory is bounded", () => {
  test("beyond the bound the least recently used key is forgotten first", () => {
    const { store, clock } = storeWithClock(3);
    for (const key of ["a", "b", "c"]) store.take(key, 1, 1_000);
    clock.now = 1;
    for (let key = 0; key < 1_000; key++) store.take(`new ${key}`, 1, 1_000);
    expect(store.statistics().totalKeys).toBe(3);
  });

  test("a key that is being refused is not pushed out by new ones", () => {
    const { store } = storeWithClock(4);
    store.take("guesser", 1, 1_000);
    expect(store.take("guesser", 1, 1_000).admitted).toBe(false);
    for (let key = 0; key < 100; key++) store.take(`new ${key}`, 1, 1_000);
    expect(store.take("guesser", 1, 1_000).admitted).toBe(false);
  });

  test("without room new keys share one bucket a limit, in which each limit holds", () => {
    const { store, clock } = storeWithClock(1);
    store.take("refused", 1, 1_000_000);
    store.take("refused", 1, 1_000_000);
    const admitted = { long: [] as number[], short: [] as number[] };
    for (clock.now = 1; clock.now < 3_000; clock.now += 7) {
      if (store.take(`long ${clock.now}`, 5, 1_000).admitted) admitted.long.push(clock.now);
      if (store.take(`short ${clock.now}`, 3, 10).admitted) admitted.short.push(clock.now);
    }
    expect(largestInAnyWindow(admitted.long, 1_000)).toBe(5);
    expect(largestInAnyWindow(admitted.short, 10)).toBeLessThanOrEqual(3);
    expect(store.statistics().totalKeys).toBeLessThanOrEqual(3);
  });

  test("what was counted in the shared bucket can be given back", () => {
    const { store } = storeWithClock(1);
    store.take("refused", 1, 1_000);
    store.take("refused", 1, 1_000);
    const { key, at } = store.take("new", 1, 1_000);
    store.giveBack(key, at);
    expect(store.take("another", 1, 1_000).admitted).toBe(true);
  });

  test("a key whose window has passed is cleaned up, one within it is kept", () => {
    const { store, clock } = storeWithClock();
    store.take("old", 5, 100);
    clock.now = 80;
    store.take("young", 5, 100);
    clock.now = 120;
    store.cleanUp();
    expect(store.statistics()).toEqual({ totalKeys: 1, totalRequests: 2, refused: 0 });
  });
});
