import { expect, test } from "vitest";
import { bulkExecute } from "./bulk.ts";

const turn = () => new Promise<void>((done) => void setImmediate(done));

test("results and errors come in the order of the items, whatever order they end in", async () => {
  const { results, errors } = await bulkExecute(
    [5, 1, 4, 2, 3, 0],
    async (item) => {
      for (let wait = 0; wait < item; wait++) await turn();
      if (item % 2 === 0) throw new Error(`even: ${item}`);
      return item * 10;
    },
    { concurrency: 6 },
  );
  expect(results).toEqual([50, 10, 30]);
  expect(errors).toEqual([4, 2, 0].map((item) => ({ item, index: [5, 1, 4, 2, 3, 0].indexOf(item), error: new Error(`even: ${item}`) })));
});

test("no more at once than was said, and as many as that", async () => {
  let [inside, most] = [0, 0];
  const items = Array.from({ length: 50 }, (_, index) => index);
  const { results } = await bulkExecute(
    items,
    async (item) => {
      most = Math.max(most, ++inside);
      await turn();
      inside -= 1;
      return item;
    },
    { concurrency: 7 },
  );
  expect([most, results]).toEqual([7, items]);
});

test("takes an item from the stream only when it can begin with it: what waits takes no memory", async () => {
  let [taken, ended, ahead] = [0, 0, 0];
  async function* stream() {
    while (taken < 1_000) {
      taken += 1;
      ahead = Math.max(ahead, taken - ended);
      yield taken;
    }
  }
  const { results } = await bulkExecute(
    stream(),
    async () => {
      await turn();
      ended += 1;
    },
    { concurrency: 4 },
  );
  expect([results.length, ahead]).toEqual([1_000, 4]);
});

test("without going on after an error: what has begun ends, told to stop, and nothing more begins", async () => {
  const begun: number[] = [];
  const stopped: number[] = [];
  let closed = false;
  function* items() {
    try {
      for (let item = 0; ; item++) yield item;
    } finally {
      closed = true;
    }
  }
  const { results, errors } = await bulkExecute(
    items(),
    async (item, signal) => {
      begun.push(item);
      await turn();
      if (item === 1) throw new Error("no");
      await turn();
      if (signal.aborted) stopped.push(item);
      return item;
    },
    { concurrency: 3, continueOnError: false },
  );
  expect([begun, stopped, results, closed]).toEqual([[0, 1, 2], [0, 2], [0, 2], true]);
  expect(errors).toEqual([{ item: 1, index: 1, error: new Error("no") }]);
});

test("a signal stops what is under way, begins nothing more, and comes out as its reason: also while the stream has nothing to give", async () => {
  const caller = new AbortController();
  let inside = 0;
  async function* stream() {
    yield 1;
    await new Promise(() => undefined);
  }
  const asked = bulkExecute(
    stream(),
    async (_, signal) => {
      inside += 1;
      await new Promise((done) => signal.addEventListener("abort", done));
      inside -= 1;
    },
    { signal: caller.signal },
  );
  await turn();
  expect(inside).toBe(1);
  caller.abort(new Error("gone"));
  await expect(asked).rejects.toThrow("gone");
  expect(inside).toBe(0);
});

test.each([0, -1, 0.5, NaN])("%d at once is a mistake that is told, not a wait without end", async (concurrency) => {
  await expect(bulkExecute([1], async (item) => item, { concurrency })).rejects.toThrow(RangeError);
});

test("a stream that breaks: its error, after what had begun has ended", async () => {
  let ended = 0;
  async function* stream() {
    yield 1;
    throw new Error("cut off");
  }
  const asked = bulkExecute(stream(), async () => {
    await turn();
    await turn();
    ended += 1;
  });
  await expect(asked).rejects.toThrow("cut off");
  expect(ended).toBe(1);
});
