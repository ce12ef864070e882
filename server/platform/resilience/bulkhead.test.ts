import { expect, test } from "vitest";
import { RejectedError, TimeoutError } from "./errors.ts";
import { createBulkhead } from "./bulkhead.ts";

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const bulkhead = (patienceMs = 10_000) => createBulkhead({ limit: 2, waitingMax: 3, patienceMs });
/** Work that ends when the test says so. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: () => resolve() };
}

test("no more are inside than the limit, and all get through in order", async () => {
  const { execute } = bulkhead();
  let [inside, most] = [0, 0];
  const order: number[] = [];
  const work = (n: number) =>
    execute(async () => {
      most = Math.max(most, ++inside);
      await pause(2);
      order.push(n);
      inside -= 1;
    });
  await Promise.all([1, 2, 3, 4, 5].map(work));
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test("beyond the bound of those who wait: refused at once, with an error that no breaker counts", async () => {
  const { execute, waiting } = bulkhead();
  const works = [1, 2, 3, 4, 5].map(held);
  const under = works.map(({ work }) => execute(work));
  expect(waiting()).toBe(3);
  await expect(execute(held().work)).rejects.toThrow(RejectedError);
  for (const { end } of works) end();
  await Promise.all(under);
});

test("who has waited long enough is refused, and takes no place", async () => {
  const { execute, waiting } = bulkhead(5);
  const works = [held(), held()];
  const under = works.map(({ work }) => execute(work));
  await expect(execute(held().work)).rejects.toThrow("Too much is being asked at once");
  expect(waiting()).toBe(0);
  for (const { end } of works) end();
  await Promise.all(under);
  expect(await execute(async () => "in")).toBe("in");
});

test("who goes away while waiting leaves the queue, and is never served", async () => {
  const { execute, waiting, inside } = bulkhead();
  const works = [held(), held()];
  const under = works.map(({ work }) => execute(work));
  const caller = new AbortController();
  let served = false;
  const third = execute(async () => void (served = true), { signal: caller.signal });
  expect(waiting()).toBe(1);
  caller.abort(new Error("gone"));
  await expect(third).rejects.toThrow("gone");
  for (const { end } of works) end();
  await Promise.all(under);
  expect([waiting(), inside(), served]).toEqual([0, 0, false]);
});

test("who goes away in the moment in which it is let in leaves its place to the next", async () => {
  const { execute, inside } = createBulkhead({ limit: 1, waitingMax: 3, patienceMs: 10_000 });
  const first = held();
  const caller = new AbortController();
  const under = execute(first.work);
  const second = execute(async () => "in", { signal: caller.signal });
  await pause(1);
  // Right behind the one that hands the place over.
  void first.work().then(() => caller.abort(new Error("gone")));
  first.end();
  await expect(second).rejects.toThrow("gone");
  await under;
  expect([inside(), await execute(async () => "next")]).toEqual([0, "next"]);
});

test("a place is free when the work ends, not already when its time is over: two never become more", async () => {
  const { execute, inside } = createBulkhead({ limit: 2, waitingMax: 0, patienceMs: 10_000 });
  const works = [held(), held()];
  const late = works.map(({ work }) => execute(work, { timeout: 1 }));
  for (const { reason } of (await Promise.allSettled(late)) as PromiseRejectedResult[]) expect(reason).toBeInstanceOf(TimeoutError);
  expect(inside()).toBe(2);
  await expect(execute(async () => "in")).rejects.toThrow(RejectedError);
  works[0]?.end();
  await expect.poll(inside).toBe(1);
  expect(await execute(async () => "in")).toBe("in");
});

test("work that fails gives its place back, also when it fails before it began", async () => {
  const { execute, inside } = bulkhead();
  for (let tries = 0; tries < 5; tries++) {
    await expect(execute(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(
      execute(() => {
        throw new Error("not even begun");
      }),
    ).rejects.toThrow("begun");
  }
  expect(inside()).toBe(0);
});
