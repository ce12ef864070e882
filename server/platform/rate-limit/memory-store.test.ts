import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { MemoryRateLimitStore } from "./memory-store.ts";
import type { Claim, Verdict } from "./store.ts";

function storeWithClock(keysMax?: number) {
  const clock = { now: 0 };
  const store = new MemoryRateLimitStore({ now: () => clock.now, ...(keysMax === undefined ? {} : { keysMax }) });
  const take = (key: string, maxRequests: number, windowMs: number) => {
    const { verdicts, ...decision } = store.take([{ name: "TEST", key, maxRequests, windowMs }]);
    return { ...decision, ...(verdicts[0] as Verdict) };
  };
  return { store, clock, take };
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
          const { clock, take } = storeWithClock();
          const admitted: number[] = [];
          for (const gap of gaps) {
            clock.now += gap;
            if (take("key", max, windowMs).admitted) admitted.push(clock.now);
          }
          expect(largestInAnyWindow(admitted, windowMs)).toBeLessThanOrEqual(max);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("none is refused that would fit: the limit is used to the full", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 100 }),
        (max, windowMs, gaps) => {
          const { clock, take } = storeWithClock();
          const admitted: number[] = [];
          for (const gap of gaps) {
            clock.now += gap;
            const fits = admitted.filter((at) => at > clock.now - windowMs).length < max;
            expect(take("key", max, windowMs).admitted).toBe(fits);
            if (fits) admitted.push(clock.now);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("after the time that a refusal names, a request is admitted; a moment before, not", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 2, max: 1_000 }),
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 10, maxLength: 50 }),
        (max, windowMs, gaps) => {
          const { clock, take } = storeWithClock();
          for (const gap of gaps) {
            clock.now += gap;
            const { admitted, retryAfterMs } = take("key", max, windowMs);
            if (admitted) continue;
            clock.now += retryAfterMs - 1;
            expect(take("key", max, windowMs).admitted).toBe(false);
            clock.now += 1;
            expect(take("key", max, windowMs).admitted).toBe(true);
            return;
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("twice as many do not get through at the turn of a minute", () => {
    const { clock, take } = storeWithClock();
    clock.now = 59_900;
    for (let request = 0; request < 5; request++) expect(take("key", 5, 60_000).admitted).toBe(true);
    clock.now = 60_100;
    expect(take("key", 5, 60_000).admitted).toBe(false);
  });
});

test("what is left is told", () => {
  const { clock, take } = storeWithClock();
  expect(take("key", 2, 100)).toMatchObject({ admitted: true, remaining: 1, resetMs: 100, retryAfterMs: 0 });
  clock.now = 40;
  expect(take("key", 2, 100)).toMatchObject({ admitted: true, remaining: 0, resetMs: 60 });
  expect(take("key", 2, 100)).toMatchObject({ admitted: false, remaining: 0, retryAfterMs: 60 });
});

test("a refused request costs nothing: asking again and again does not lengthen the wait", () => {
  const { clock, take } = storeWithClock();
  take("key", 1, 100);
  for (clock.now = 1; clock.now < 100; clock.now++) expect(take("key", 1, 100).admitted).toBe(false);
  expect(take("key", 1, 100).admitted).toBe(true);
});

test("one key's requests are not another's", () => {
  const { take } = storeWithClock();
  expect(take("a", 1, 100).admitted).toBe(true);
  expect(take("b", 1, 100).admitted).toBe(true);
  expect(take("a", 1, 100).admitted).toBe(false);
});

describe("giving back", () => {
  test("makes room for exactly one more", () => {
    const { store, take } = storeWithClock();
    store.giveBack(take("key", 1, 100).counted);
    expect(take("key", 1, 100).admitted).toBe(true);
    expect(take("key", 1, 100).admitted).toBe(false);
  });
  test("what was not counted, or is forgotten already, changes nothing", () => {
    const { store, take } = storeWithClock();
    take("key", 1, 100);
    store.giveBack({ local: [{ key: "key", at: 55 }] });
    store.giveBack({ local: [{ key: "other", at: 0 }] });
    expect(take("key", 1, 100).admitted).toBe(false);
  });
});

test("a clock of the machine that is set back or ahead frees no one and blocks no one", async () => {
  const store = new MemoryRateLimitStore();
  const claim: Claim = { name: "TEST", key: "key", maxRequests: 1, windowMs: 300 };
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    expect(store.take([claim]).admitted).toBe(true);
    for (const hours of [-1, 1, 24 * 365]) {
      vi.setSystemTime(Date.now() + hours * 3_600_000);
      expect(store.take([claim]).admitted).toBe(false);
    }
    vi.setSystemTime(0);
    await sleep(310);
    expect(store.take([claim]).admitted).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

describe("several keys at once", () => {
  const claim = (key: string, maxRequests: number, windowMs = 1_000): Claim => ({ name: "TEST", key, maxRequests, windowMs });

  test("a refusal by one consumes none, in whatever order", () => {
    const { store } = storeWithClock();
    store.take([claim("full", 1)]);
    for (const claims of [
      [claim("full", 1), claim("other", 2)],
      [claim("other", 2), claim("full", 1)],
    ]) {
      const { admitted, verdicts, counted } = store.take(claims);
      expect({ admitted, counted }).toEqual({ admitted: false, counted: { local: [] } });
      expect(verdicts.map(({ remaining }) => remaining).toSorted((one, other) => one - other)).toEqual([0, 2]);
    }
    expect(store.take([claim("other", 2)]).verdicts).toMatchObject([{ remaining: 1 }]);
  });

  test("each key's own window holds, whatever they are combined with and given back of", () => {
    const keys = [claim("a", 2, 50), claim("b", 3, 80), claim("c", 1, 20)];
    fc.assert(
      fc.property(
        fc.array(fc.record({ gap: fc.nat(30), chosen: fc.subarray(keys, { minLength: 1 }), back: fc.boolean() }), { maxLength: 80 }),
        (requests) => {
          const { store, clock } = storeWithClock();
          const admitted = new Map(keys.map(({ key }) => [key, [] as number[]]));
          for (const { gap, chosen, back } of requests) {
            clock.now += gap;
            const fits = chosen.every(
              ({ key, maxRequests, windowMs }) => (admitted.get(key) ?? []).filter((at) => at > clock.now - windowMs).length < maxRequests,
            );
            const decision = store.take(chosen);
            expect(decision.admitted).toBe(fits);
            if (fits && back) store.giveBack(decision.counted);
            else if (fits) for (const { key } of chosen) admitted.get(key)?.push(clock.now);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("a refused request takes no room, and pushes nobody out, whatever new keys it names", () => {
    const { store, take } = storeWithClock(3);
    for (const key of ["full", "full", "other"]) take(key, 1, 1_000);
    for (let request = 0; request < 50; request++) {
      const claims = [claim(`new ${request}`, 5), claim("full", 1)];
      expect(store.take(request % 2 ? claims : claims.toReversed()).admitted).toBe(false);
    }
    expect(store.keyCounts().get("TEST")).toBe(2);
    expect(take("other", 1, 1_000).admitted).toBe(false);
  });

  test("two new keys without room of their own are one request in the bucket that they share", () => {
    const { store, take } = storeWithClock(1);
    take("refused", 1, 1_000);
    take("refused", 1, 1_000);
    expect(store.take([claim("new a", 3), claim("new b", 3)]).verdicts).toMatchObject([{ remaining: 2 }, { remaining: 2 }]);
    take("new c", 3, 1_000);
    expect(store.take([claim("new d", 3), claim("new e", 3)]).admitted).toBe(true);
    expect(store.take([claim("new f", 3), claim("new g", 3)])).toMatchObject({ admitted: false, byOverflow: true });
  });

  test("a new key does not push out the one that it comes with", () => {
    const { store } = storeWithClock(1);
    for (let request = 0; request < 2; request++) expect(store.take([claim("known", 2), claim(`new ${request}`, 9)]).admitted).toBe(true);
    expect(store.take([claim("known", 2), claim("new 2", 9)]).admitted).toBe(false);
  });
});

describe("memory is bounded", () => {
  test("a key in use is not the one that leaves", () => {
    const { take } = storeWithClock(3);
    for (const key of ["a", "b", "c"]) take(key, 2, 1_000);
    take("a", 2, 1_000);
    take("new", 2, 1_000);
    expect(take("a", 2, 1_000).admitted).toBe(false);
    expect(take("b", 2, 1_000)).toMatchObject({ admitted: true, remaining: 1 });
  });

  test("a key that was refused may leave once its time is over, though others are refused still", () => {
    const { clock, take } = storeWithClock(2);
    for (let request = 0; request < 2; request++) {
      take("short", 1, 100);
      take("long", 1, 10_000);
    }
    clock.now = 99;
    expect(take("new", 1, 100)).toMatchObject({ admitted: true });
    clock.now = 100;
    take("own room", 5, 100);
    clock.now = 101;
    expect(take("own room", 5, 100)).toMatchObject({ admitted: true, remaining: 3 });
    expect(take("long", 1, 10_000).admitted).toBe(false);
  });

  test("ten thousand keys that are refused leave room for others' as soon as their window has passed", () => {
    const { store, clock, take } = storeWithClock(10_000);
    for (let request = 0; request < 20_000; request++) take(`${request >> 1}`, 1, 100);
    take("shared", 1, 100);
    expect(store.keyCounts().get("overflow")).toBe(1);
    clock.now = 101;
    for (let key = 0; key < 10_000; key++) expect(take(`again ${key}`, 1, 100)).toMatchObject({ admitted: true, byOverflow: false });
    expect(store.keyCounts().get("TEST")).toBe(10_000);
  });

  test("beyond the bound the least recently used key is forgotten first", () => {
    const { store, clock, take } = storeWithClock(3);
    for (const key of ["a", "b", "c"]) take(key, 1, 1_000);
    clock.now = 1;
    for (let key = 0; key < 1_000; key++) take(`new ${key}`, 1, 1_000);
    expect(store.keyCounts().get("TEST")).toBe(3);
  });

  test("to 100,000 keys, unless it is said otherwise", () => {
    const { store, take } = storeWithClock();
    for (let key = 0; key < 100_100; key++) take(`${key}`, 1, 1_000);
    expect(store.keyCounts().get("TEST")).toBe(100_000);
  });

  test("a key that is being refused is not pushed out by new ones", () => {
    const { take } = storeWithClock(4);
    take("guesser", 1, 1_000);
    expect(take("guesser", 1, 1_000).admitted).toBe(false);
    for (let key = 0; key < 100; key++) take(`new ${key}`, 1, 1_000);
    expect(take("guesser", 1, 1_000).admitted).toBe(false);
  });

  test("without room new keys share one bucket a limit, in which each limit holds", () => {
    const { store, clock, take } = storeWithClock(1);
    take("refused", 1, 1_000_000);
    take("refused", 1, 1_000_000);
    const admitted = { long: [] as number[], short: [] as number[] };
    for (clock.now = 1; clock.now < 3_000; clock.now += 7) {
      if (take(`long ${clock.now}`, 5, 1_000).admitted) admitted.long.push(clock.now);
      if (take(`short ${clock.now}`, 3, 10).admitted) admitted.short.push(clock.now);
    }
    expect(largestInAnyWindow(admitted.long, 1_000)).toBe(5);
    expect(largestInAnyWindow(admitted.short, 10)).toBeLessThanOrEqual(3);
    expect(Object.fromEntries(store.keyCounts())).toEqual({ TEST: 1, overflow: 2 });
  });

  test("what was counted in the shared bucket can be given back", () => {
    const { store, take } = storeWithClock(1);
    take("refused", 1, 1_000);
    take("refused", 1, 1_000);
    store.giveBack(take("new", 1, 1_000).counted);
    expect(take("another", 1, 1_000).admitted).toBe(true);
  });

  test("a key whose window has passed is cleaned up, one within it is kept", () => {
    const { store, clock, take } = storeWithClock();
    take("old", 5, 100);
    clock.now = 80;
    take("young", 5, 100);
    clock.now = 120;
    store.cleanUp();
    expect(store.keyCounts().get("TEST")).toBe(1);
  });
});
