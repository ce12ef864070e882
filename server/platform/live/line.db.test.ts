import { afterAll, beforeAll, expect, test } from "vitest";
import { createLogger } from "#platform/logger.ts";
import { type FaultProxy, startFaultProxy } from "#tests/support/fault-proxy.ts";
import { createTestDatabase, type TestDatabase } from "#tests/support/test-database.ts";
import { keepLine } from "./line.ts";

let database: TestDatabase;
let proxy: FaultProxy;
beforeAll(async () => {
  database = await createTestDatabase("line");
  proxy = await startFaultProxy(database.appUrl);
});
afterAll(() => proxy.close());

const lines: { end(): void }[] = [];
afterAll(() => lines.forEach((line) => line.end()));
function lineOn(url: string, pingMs = 20_000) {
  const heard: string[] = [];
  const warned: string[] = [];
  let begun = 0;
  const log = createLogger({ level: "warn", destination: { write: (text) => void warned.push(text) } });
  const line = keepLine({ url, channel: "line_test", onText: (text) => heard.push(text), onBegin: () => (begun += 1), pingMs, log });
  lines.push(line);
  return { ...line, heard, warned, begun: () => begun };
}

test("what one process says every process hears, itself too", async () => {
  const [one, other] = [lineOn(database.appUrl), lineOn(database.appUrl)];
  one.begin();
  other.begin();
  await expect.poll(() => one.isUp() && other.isUp()).toBe(true);
  one.say("hello");
  await expect.poll(() => [one.heard, other.heard]).toEqual([["hello"], ["hello"]]);
});

test("a line that falls silent without a word is found out, and made anew; it is said once in the log", async () => {
  const line = lineOn(proxy.through(database.appUrl), 300);
  line.begin();
  await expect.poll(line.isUp).toBe(true);
  proxy.goSilent();
  await expect.poll(line.isUp, { timeout: 5_000 }).toBe(false);
  proxy.speakAgain();
  await expect.poll(line.begun, { timeout: 15_000 }).toBe(2);
  line.say("again");
  await expect.poll(() => line.heard).toEqual(["again"]);
  expect(line.warned.filter((text) => text.includes("Live updates wait for the database"))).toHaveLength(1);
}, 30_000);

test("a line that breaks is made anew, and never after its end", async () => {
  const line = lineOn(proxy.through(database.appUrl));
  line.begin();
  await expect.poll(line.begun).toBe(1);
  proxy.cutAll();
  await expect.poll(line.begun, { timeout: 10_000 }).toBe(2);
  line.end();
  proxy.cutAll();
  expect(line.isUp()).toBe(false);
  expect(line.begun()).toBe(2);
});
