import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConflictError, ExternalServiceError } from "#platform/errors.ts";
import { CircuitBreaker, type CircuitBreakerOptions, type CircuitChange } from "./circuit-breaker.ts";
import { CircuitOpenError, RejectedError, TimeoutError } from "./errors.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] }));
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const sick = new Error("the service is ill");
const well = async () => "well";
const fail = async () => Promise.reject(sick);

function make(options: CircuitBreakerOptions = {}, random = () => 0) {
  const changes: CircuitChange[] = [];
  const breaker = new CircuitBreaker("mail", options, { random, onChange: (change) => void changes.push(change) });
  const failTimes = async (times: number) => {
    for (let time = 0; time < times; time++) await expect(breaker.execute(fail)).rejects.toBe(sick);
  };
  return { breaker, changes, failTimes, state: () => breaker.status().state };
}
const opened = async (options: CircuitBreakerOptions = {}) => {
  const made = make({ failureThreshold: 1, ...options });
  await made.failTimes(1);
  return made;
};
const halfOpened = async (options: CircuitBreakerOptions = {}) => {
  const made = await opened(options);
  await pass(60_000);
  return made;
};
/** Work that ends when the test says so, and knows when it was told to stop. */
function pending() {
  let signal: AbortSignal | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = (given: AbortSignal) => {
    signal = given;
    return promise;
  };
  return { work, succeed: () => resolve("late"), fail: () => reject(sick), wasStopped: () => signal?.aborted === true };
}
/** Its rejection is looked at later, or not at all. */
const start = <T>(promise: Promise<T>) => {
  promise.catch(() => undefined);
  return promise;
};

describe("CLOSED", () => {
  test("hands through what the work answers and what it throws", async () => {
    const { breaker } = make();
    expect(await breaker.execute(well)).toBe("well");
    await expect(breaker.execute(fail)).rejects.toBe(sick);
    await expect(
      breaker.execute(() => {
        throw sick;
      }),
    ).rejects.toBe(sick);
    expect(breaker.status().failureCount).toBe(2);
  });

  test("the fifth failure in a row opens it, the fourth does not", async () => {
    const { failTimes, state } = make();
    await failTimes(4);
    expect(state()).toBe("CLOSED");
    await failTimes(1);
    expect(state()).toBe("OPEN");
  });

  test("a success ends the row", async () => {
    const { breaker, failTimes, state } = make();
    await failTimes(4);
    await breaker.execute(well);
    await failTimes(4);
    expect(state()).toBe("CLOSED");
  });

  test("failures are forgotten after 30 s without another one, and not before", async () => {
    const { breaker, failTimes, state } = make();
    await failTimes(4);
    await pass(29_999);
    expect(breaker.status().failureCount).toBe(4);
    await pass(1);
    expect(breaker.status().failureCount).toBe(0);
    await failTimes(4);
    expect(state()).toBe("CLOSED");
    await pass(29_999);
    await failTimes(1);
    expect(state()).toBe("OPEN");
  });

  test.each([
    ["a client's mistake", async () => Promise.reject(new ConflictError("TAKEN", "Taken"))],
    ["a rejection of an inner breaker or bulkhead", async () => Promise.reject(new RejectedError("full"))],
  ])("%s is no failure", async (_, work) => {
    const { breaker, state } = make({ failureThreshold: 1 });
    await expect(breaker.execute(work)).rejects.toThrow(/Taken|full/);
    expect([state(), breaker.status().failureCount]).toEqual(["CLOSED", 0]);
  });

  test("a 503 of another service is a failure, and an option may say otherwise", async () => {
    const unavailable = async () => Promise.reject(new ExternalServiceError("gone"));
    const usual = make({ failureThreshold: 1 });
    await expect(usual.breaker.execute(unavailable)).rejects.toThrow("gone");
    expect(usual.state()).toBe("OPEN");
    const lenient = make({ failureThreshold: 1, isFailure: () => false });
    await expect(lenient.breaker.execute(unavailable)).rejects.toThrow("gone");
    expect(lenient.state()).toBe("CLOSED");
  });

  test("an answer that is the client's mistake ends the row of failures: the service did answer", async () => {
    const { breaker, failTimes } = make();
    await failTimes(4);
    await expect(breaker.execute(async () => Promise.reject(new ConflictError("TAKEN", "Taken")))).rejects.toThrow("Taken");
    expect(breaker.status().failureCount).toBe(0);
  });

  test("a caller's own abort ends its wait at once, stops the work, and counts neither way", async () => {
    const { breaker, failTimes } = make();
    await failTimes(4);
    const caller = new AbortController();
    const call = pending();
    const asked = start(breaker.execute(call.work, { signal: caller.signal }));
    caller.abort(new Error("the browser was closed"));
    await expect(asked).rejects.toThrow("the browser was closed");
    expect([call.wasStopped(), breaker.status().failureCount]).toEqual([true, 4]);
  });

  test("who has gone away already is not served", async () => {
    const { breaker } = make();
    const work = vi.fn<typeof well>(well);
    await expect(breaker.execute(work, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
    expect(work).not.toHaveBeenCalled();
  });

  test("a call that takes too long is stopped and counts as a failure, and no timer is left by one that does not", async () => {
    const { breaker, state } = make({ failureThreshold: 1, callTimeout: 5_000 });
    await breaker.execute(well);
    expect(vi.getTimerCount()).toBe(0);
    const call = pending();
    const asked = start(breaker.execute(call.work));
    await pass(5_000);
    await expect(asked).rejects.toThrow(TimeoutError);
    expect([state(), call.wasStopped(), vi.getTimerCount()]).toEqual(["OPEN", true, 0]);
  });
});

describe("OPEN", () => {
  test("rejects at once, says when it will try again, and does not ask the service", async () => {
    const { breaker } = await opened();
    await pass(18_500);
    const work = vi.fn<typeof well>(well);
    const refused = breaker.execute(work);
    await expect(refused).rejects.toThrow("Circuit breaker is OPEN: mail is tried again in 42 s");
    await expect(refused).rejects.toMatchObject({ statusCode: 503, code: "CIRCUIT_OPEN", retryAfterSeconds: 42 });
    expect(work).not.toHaveBeenCalled();
  });

  test("its own rejections are no failures: they do not prolong it, and are counted apart", async () => {
    const { breaker } = await opened();
    for (let asked = 0; asked < 100; asked++) {
      await expect(breaker.execute(well)).rejects.toThrow(CircuitOpenError);
      await pass(500);
    }
    expect(breaker.status()).toMatchObject({ failureCount: 1, rejected: 100, retryInMs: 10_000 });
    await pass(10_000);
    expect(await breaker.execute(well)).toBe("well");
  });

  test.each([
    [0, 60_000],
    [1, 66_000],
  ])("its time is spread: with the random number %d it is tried after %d ms, not before", async (random, ms) => {
    const { failTimes, state } = make({ failureThreshold: 1 }, () => random);
    await failTimes(1);
    await pass(ms - 1);
    expect(state()).toBe("OPEN");
    await pass(1);
    expect(state()).toBe("HALF_OPEN");
  });

  test("a clock on the wall that is set back an hour changes nothing", async () => {
    const { breaker } = await opened();
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(60_000);
    expect(await breaker.execute(well)).toBe("well");
  });

  test("a late result of a call that began before is ignored, good or bad", async () => {
    const { breaker, failTimes, changes } = make({ failureThreshold: 1 });
    const [good, bad] = [pending(), pending()];
    const asked = [start(breaker.execute(good.work)), start(breaker.execute(bad.work))];
    await failTimes(1);
    good.succeed();
    expect(await asked[0]).toBe("late");
    await pass(60_000);
    expect(breaker.status().state).toBe("HALF_OPEN");
    bad.fail();
    await expect(asked[1]).rejects.toBe(sick);
    expect(breaker.status().state).toBe("HALF_OPEN");
    expect(changes).toHaveLength(2);
  });
});

describe("HALF_OPEN", () => {
  test("two probes that succeed close it, one does not", async () => {
    const { breaker, state } = await halfOpened();
    await breaker.execute(well);
    expect(state()).toBe("HALF_OPEN");
    await breaker.execute(well);
    expect([state(), breaker.status().failureCount]).toEqual(["CLOSED", 0]);
  });

  test("one probe that fails opens it again, for the whole time, also after one that succeeded", async () => {
    const { breaker, failTimes, state } = await halfOpened();
    await breaker.execute(well);
    await failTimes(1);
    await pass(59_999);
    expect(state()).toBe("OPEN");
    await pass(1);
    await breaker.execute(well);
    expect(state()).toBe("HALF_OPEN");
  });

  test("callers beyond the probes are rejected now and do not queue", async () => {
    const { breaker } = await halfOpened({ probesMax: 2 });
    const probes = [pending(), pending()];
    const asked = probes.map(({ work }) => start(breaker.execute(work)));
    const others = await Promise.allSettled(Array.from({ length: 100 }, () => breaker.execute(well)));
    expect(others.every((other) => other.status === "rejected" && other.reason instanceof CircuitOpenError)).toBe(true);
    for (const probe of probes) probe.succeed();
    await Promise.all(asked);
    expect(await breaker.execute(well)).toBe("well");
  });

  test("a probe that hangs is stopped by its time limit and opens it again", async () => {
    const { breaker, state } = await halfOpened();
    const probe = pending();
    const asked = start(breaker.execute(probe.work));
    await pass(10_000);
    await expect(asked).rejects.toThrow("mail did not answer within 10000 ms");
    expect([state(), probe.wasStopped()]).toEqual(["OPEN", true]);
    await pass(60_000);
    expect(await breaker.execute(well)).toBe("well");
  });

  test("a probe whose caller went away says nothing, and its place is free when its work ends", async () => {
    const { breaker, state } = await halfOpened();
    const caller = new AbortController();
    const probe = pending();
    const asked = start(breaker.execute(probe.work, { signal: caller.signal }));
    caller.abort(new Error("gone"));
    await expect(asked).rejects.toThrow("gone");
    expect(probe.wasStopped()).toBe(true);
    await expect(breaker.execute(well)).rejects.toThrow(CircuitOpenError);
    probe.fail();
    await pass(0);
    expect(state()).toBe("HALF_OPEN");
    expect(await breaker.execute(well)).toBe("well");
  });

  test("a probe whose caller went away and whose work never ends keeps its place no longer than its time limit", async () => {
    const { breaker } = await halfOpened();
    const caller = new AbortController();
    const asked = start(breaker.execute(pending().work, { signal: caller.signal }));
    caller.abort(new Error("gone"));
    await expect(asked).rejects.toThrow("gone");
    await pass(10_000);
    expect(await breaker.execute(well)).toBe("well");
  });

  test("a judgement that fails itself takes no place for ever, and hides no error", async () => {
    const isFailure = () => {
      throw new Error("no judgement");
    };
    const { breaker, failTimes, state } = await halfOpened({ isFailure });
    await failTimes(1);
    expect(state()).toBe("OPEN");
    await pass(60_000);
    expect(await breaker.execute(well)).toBe("well");
  });

  test("a probe that sends its own caller away, and then fails, fails nobody else", async () => {
    const escaped: unknown[] = [];
    const listener = (error: unknown) => void escaped.push(error);
    process.on("unhandledRejection", listener);
    const { breaker } = await halfOpened();
    const caller = new AbortController();
    const work = async () => {
      caller.abort(new Error("gone"));
      throw sick;
    };
    await expect(breaker.execute(work, { signal: caller.signal })).rejects.toThrow("gone");
    vi.useRealTimers();
    await new Promise((done) => setTimeout(done, 5));
    process.off("unhandledRejection", listener);
    expect(escaped).toEqual([]);
  });

  test("an answer that is the client's mistake is a probe that succeeded", async () => {
    const { breaker, state } = await halfOpened({ successThreshold: 1 });
    await expect(breaker.execute(async () => Promise.reject(new ConflictError("TAKEN", "Taken")))).rejects.toThrow("Taken");
    expect(state()).toBe("CLOSED");
  });

  test("a probe of an earlier time is ignored when it ends late", async () => {
    const { breaker, state, changes } = await halfOpened({ probesMax: 2, successThreshold: 1 });
    const [slow, quick] = [pending(), pending()];
    const asked = [start(breaker.execute(slow.work)), start(breaker.execute(quick.work))];
    quick.fail();
    await expect(asked[1]).rejects.toBe(sick);
    await pass(5_000);
    slow.succeed();
    expect(await asked[0]).toBe("late");
    expect(state()).toBe("OPEN");
    expect(changes.map(({ to }) => to)).toEqual(["OPEN", "HALF_OPEN", "OPEN"]);
  });
});

describe("by hand", () => {
  test("opened, it stays open however long, until it is given back: then probes decide", async () => {
    const { breaker, state } = make();
    breaker.open();
    await pass(3_600_000);
    expect(breaker.status()).toEqual({ state: "OPEN", failureCount: 0, rejected: 0, heldOpen: true });
    await expect(breaker.execute(well)).rejects.toThrow("Circuit breaker is OPEN: mail was taken out by an operator");
    breaker.automatic();
    expect(state()).toBe("HALF_OPEN");
    await breaker.execute(well);
    await breaker.execute(well);
    expect(state()).toBe("CLOSED");
  });

  test("one that is open by itself is held open too", async () => {
    const { breaker, state } = await opened();
    breaker.open();
    await pass(60_000);
    expect(state()).toBe("OPEN");
  });

  test("closed, it serves at once and opens again by itself", async () => {
    const { breaker, failTimes, state } = make({ failureThreshold: 2 });
    breaker.open();
    breaker.close();
    expect(await breaker.execute(well)).toBe("well");
    await failTimes(1);
    expect(state()).toBe("CLOSED");
    await failTimes(1);
    expect(state()).toBe("OPEN");
  });

  test("giving back what nobody took changes nothing", async () => {
    const { breaker, changes } = await opened();
    breaker.automatic();
    expect([breaker.status().state, changes.length]).toEqual(["OPEN", 1]);
  });
});
