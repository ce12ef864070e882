import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CircuitBreaker } from "#platform/resilience/circuit-breaker.ts";
import { type BufferLimits, createBatchingSink, type LogReceiver } from "./batching-sink.ts";
import type { LogEntry } from "./line-buffer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function sinkTo(send: LogReceiver["send"], limits: Partial<BufferLimits> = {}, receiver: Partial<LogReceiver> = {}) {
  const failures: string[] = [];
  const sink = createBatchingSink({ name: "test", accepts: () => true, batchMax: 3, batchBytesMax: 1_000, send, ...receiver }, limits);
  const breaker = new CircuitBreaker(
    "test",
    { failureThreshold: 2, timeout: 10_000, callTimeout: 5_000, isFailure: () => true },
    { random: () => 0, now: () => Date.now() },
  );
  return { sink, breaker, failures, start: () => sink.start(breaker, (error) => failures.push((error as Error).message)) };
}
const collector = () => {
  const batches: string[][] = [];
  return { batches, send: async (batch: readonly LogEntry[]) => (batches.push(batch.map(({ line }) => line)), 0) };
};
const write = (sink: { write: ReturnType<typeof sinkTo>["sink"]["write"] }, ...lines: string[]) => {
  for (const line of lines) sink.write("info", line);
};

test("lines are gathered for a second and sent in batches, in their order", async () => {
  const { batches, send } = collector();
  const { sink, start } = sinkTo(send);
  start();
  write(sink, "1", "2", "3", "4");
  await vi.advanceTimersByTimeAsync(900);
  expect(batches).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(batches).toEqual([["1", "2", "3"], ["4"]]);
  expect(sink.statistics()).toEqual({ waiting: 0, waitingBytes: 0, sent: 4, dropped: 0 });
});

test("what was written before the start is sent after it", async () => {
  const { batches, send } = collector();
  const { sink, start } = sinkTo(send);
  write(sink, "early");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(batches).toEqual([]);
  start();
  await vi.advanceTimersByTimeAsync(1_100);
  expect(batches).toEqual([["early"]]);
});

test("a batch has no more bytes than it may, but a line that is larger goes alone", async () => {
  const { batches, send } = collector();
  const { sink, start } = sinkTo(send, {}, { batchBytesMax: 10 });
  start();
  write(sink, "12345", "ü2345", "x".repeat(30), "6");
  await vi.advanceTimersByTimeAsync(1_100);
  expect(batches).toEqual([["12345"], ["ü2345"], ["x".repeat(30)], ["6"]]);
});

test("only levels that the receiver takes are kept for it", async () => {
  const { batches, send } = collector();
  const { sink, start } = sinkTo(send, {}, { accepts: (level) => level === "fatal" });
  start();
  sink.write("info", "no");
  sink.write("fatal", "yes");
  await vi.advanceTimersByTimeAsync(1_100);
  expect(batches).toEqual([["yes"]]);
});

describe("memory is bounded: the oldest lines make room, counted", () => {
  test("by number", () => {
    const { sink } = sinkTo(async () => 0, { entriesMax: 100 });
    for (let n = 0; n < 1_000_000; n++) sink.write("info", "line");
    expect(sink.statistics()).toEqual({ waiting: 100, waitingBytes: 400, sent: 0, dropped: 999_900 });
  });
  test("by bytes", async () => {
    const { batches, send } = collector();
    const { sink, start } = sinkTo(send, { bytesMax: 10 });
    write(sink, "1111", "2222", "3333");
    expect(sink.statistics()).toEqual({ waiting: 2, waitingBytes: 8, sent: 0, dropped: 1 });
    write(sink, "a line of more than all");
    expect(sink.statistics()).toMatchObject({ waiting: 1, dropped: 3 });
    start();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(batches).toEqual([["a line of more than all"]]);
  });
  test("while a batch is on its way, and nothing is counted twice", async () => {
    let arrive: (refused: number) => void = () => undefined;
    const { sink, start } = sinkTo(() => new Promise((resolve) => (arrive = resolve)), { entriesMax: 4 });
    start();
    write(sink, "1", "2", "3");
    await vi.advanceTimersByTimeAsync(1_100);
    write(sink, "4", "5", "6");
    expect(sink.statistics()).toMatchObject({ waiting: 4, dropped: 2 });
    arrive(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(sink.statistics()).toMatchObject({ waiting: 3, sent: 1, dropped: 2 });
  });
});

describe("a receiver that fails", () => {
  test("gets the same lines again, in their order, once it is back", async () => {
    const { batches, send } = collector();
    let failing = true;
    const { sink, start, failures } = sinkTo(async (batch) => {
      if (failing) throw new Error("no");
      return await send(batch);
    });
    start();
    write(sink, "1", "2");
    await vi.advanceTimersByTimeAsync(1_100);
    write(sink, "3", "4");
    failing = false;
    await vi.advanceTimersByTimeAsync(1_100);
    expect([batches, failures]).toEqual([[["1", "2", "3"], ["4"]], ["no"]]);
    expect(sink.statistics()).toEqual({ waiting: 0, waitingBytes: 0, sent: 4, dropped: 0 });
  });

  test("is left alone while the breaker is open", async () => {
    let asked = 0;
    const { sink, start, breaker } = sinkTo(async () => {
      asked += 1;
      throw new Error("no");
    });
    start();
    write(sink, "1");
    await vi.advanceTimersByTimeAsync(9_000);
    expect([breaker.status().state, asked]).toEqual(["OPEN", 2]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toBe(3);
    expect(sink.statistics()).toMatchObject({ waiting: 1, dropped: 0 });
  });

  test("at one batch again and again does not get it for ever: it is given up, and what is behind it goes", async () => {
    const { batches, send } = collector();
    const { sink, start } = sinkTo(
      async (batch) => {
        if (batch[0]?.line === "poison") throw new Error("no");
        return await send(batch);
      },
      { triesMax: 4 },
      { batchMax: 1 },
    );
    start();
    write(sink, "poison", "good");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(batches).toEqual([["good"]]);
    expect(sink.statistics()).toEqual({ waiting: 0, waitingBytes: 0, sent: 1, dropped: 1 });
  });

  test("to answer is given up after the breaker's time, and told to stop", async () => {
    const signals: AbortSignal[] = [];
    const { sink, start, failures } = sinkTo((_, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    start();
    write(sink, "1");
    await vi.advanceTimersByTimeAsync(6_100);
    expect([signals[0]?.aborted, failures]).toEqual([true, ["test did not answer within 5000 ms"]]);
    expect(sink.statistics()).toMatchObject({ waiting: 1, dropped: 0 });
  });

  test("to take some lines has them counted as lost", async () => {
    const { sink, start } = sinkTo(async () => 2);
    start();
    write(sink, "1", "2", "3");
    await vi.advanceTimersByTimeAsync(1_100);
    expect(sink.statistics()).toMatchObject({ waiting: 0, sent: 1, dropped: 2 });
  });
});

describe("at the end", () => {
  test("what is left is sent", async () => {
    const { batches, send } = collector();
    const { sink, start } = sinkTo(send);
    start();
    write(sink, "1", "2", "3", "4");
    await sink.close(1_000);
    expect(batches).toEqual([["1", "2", "3"], ["4"]]);
  });
  test("nobody waits longer than was said, and what remains is counted as lost", async () => {
    vi.useRealTimers();
    const { sink, start } = sinkTo(() => new Promise(() => undefined));
    start();
    write(sink, "1", "2");
    const startedAt = performance.now();
    await sink.close(100);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(sink.statistics()).toMatchObject({ waiting: 0, dropped: 2 });
  });
  test("a receiver that fails at once holds up nobody", async () => {
    const { sink, start } = sinkTo(async () => {
      throw new Error("no");
    });
    start();
    write(sink, "1");
    await sink.close(1_000);
    expect(sink.statistics()).toMatchObject({ waiting: 0, dropped: 1 });
  });
});
