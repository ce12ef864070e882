import { expect, test } from "vitest";
import { createGate } from "./gate.ts";

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const gate = (patienceMs = 1_000) => createGate({ limit: 2, waitingMax: 3, patienceMs, refusal: () => new Error("busy") });

test("no more are inside than the limit, and all get through in order", async () => {
  const { through } = gate();
  let [inside, most] = [0, 0];
  const order: number[] = [];
  const work = (n: number) =>
    through(async () => {
      most = Math.max(most, ++inside);
      await pause(2);
      order.push(n);
      inside -= 1;
    });
  await Promise.all([1, 2, 3, 4, 5].map(work));
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test("beyond the bound of those who wait: refused at once", async () => {
  const { through, waiting } = gate();
  const held = [1, 2, 3, 4, 5].map(() => through(() => pause(20)));
  expect(waiting()).toBe(3);
  await expect(through(() => pause(0))).rejects.toThrow("busy");
  await Promise.all(held);
});

test("who has waited long enough is refused, and takes no place", async () => {
  const { through, waiting } = gate(5);
  const held = [1, 2].map(() => through(() => pause(40)));
  await expect(through(() => pause(0))).rejects.toThrow("busy");
  expect(waiting()).toBe(0);
  await Promise.all(held);
  expect(await through(async () => "in")).toBe("in");
});

test("work that fails gives its place back", async () => {
  const { through } = gate();
  for (let tries = 0; tries < 5; tries++) await expect(through(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await through(async () => "in")).toBe("in");
});
