import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLogger } from "#platform/logger.ts";
import { createOverload, type Importance, type Overload, OverloadError } from "./overload.ts";

let lines: string[];
let overload: Overload;
const begin = (inFlightMax: number, eventLoopDelayMaxMs = 60_000) => {
  const log = createLogger({
    level: "info",
    destination: { write: (line) => void lines.push((JSON.parse(line) as { message: string }).message) },
  });
  overload = createOverload({ inFlightMax, eventLoopDelayMaxMs }, log);
};
beforeEach(() => {
  lines = [];
});
afterEach(() => overload.close());
const isLetIn = (importance: Importance) => {
  try {
    overload.enter(importance);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(OverloadError);
    return false;
  }
};

describe("beyond the bound of requests in flight", () => {
  test("requests are refused with 503 and a time to come again", () => {
    begin(1);
    overload.enter("normal");
    expect(() => overload.enter("normal")).toThrow(
      expect.objectContaining({ statusCode: 503, code: "OVERLOADED", retryAfterSeconds: 1 }) as Error,
    );
  });

  test("one that has ended makes room for one", () => {
    begin(2);
    const first = overload.enter("normal");
    overload.enter("normal");
    expect(isLetIn("normal")).toBe(false);
    first.leave();
    expect([isLetIn("normal"), isLetIn("normal")]).toEqual([true, false]);
  });

  test("sign-in is refused at twice as many, health never", () => {
    begin(3);
    const letIn = (importance: Importance) => Array.from({ length: 10 }, () => isLetIn(importance)).filter(Boolean).length;
    expect([letIn("normal"), letIn("signIn"), letIn("health")]).toEqual([3, 3, 10]);
  });

  test("who is slow to send a body holds nobody up", async () => {
    begin(1);
    const slow = overload.enter("normal");
    const { promise: body, resolve } = Promise.withResolvers<string>();
    const reading = slow.whileWaiting(() => body);
    const other = overload.enter("normal");
    expect(overload.inFlight()).toBe(1);
    other.leave();
    resolve("sent");
    expect([await reading, overload.inFlight()]).toEqual(["sent", 1]);
    expect(isLetIn("normal")).toBe(false);
  });

  test("but beyond the bound a body that has come at last is refused like any other request", async () => {
    begin(1);
    const slow = overload.enter("normal");
    const { promise: body, resolve } = Promise.withResolvers<string>();
    const reading = slow.whileWaiting(() => body);
    const other = overload.enter("normal");
    resolve("sent");
    await expect(reading).rejects.toThrow(OverloadError);
    slow.leave();
    expect(overload.inFlight()).toBe(1);
    other.leave();
    expect(isLetIn("normal")).toBe(true);
  });

  test("a body that fails is waited for no longer", async () => {
    begin(1);
    const slot = overload.enter("normal");
    await expect(slot.whileWaiting(() => Promise.reject(new Error("aborted")))).rejects.toThrow("aborted");
    slot.leave();
    expect(overload.inFlight()).toBe(0);
  });

  test("it is said when it begins and when it is over, not at every request", async () => {
    begin(1);
    const slot = overload.enter("normal");
    for (let request = 0; request < 100; request++) expect(isLetIn("normal")).toBe(false);
    slot.leave();
    await expect.poll(() => lines).toEqual(["Load is shed", "The load is borne again"]);
  });
});

describe("when the event loop is late", () => {
  const hold = (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };
  const turn = () => new Promise((done) => setTimeout(done, 1));

  test("for about a second, requests are refused until it is not any more", { timeout: 30_000 }, async () => {
    begin(1_000, 100);
    let refused = false;
    for (let pause = 0; pause < 30 && !refused; pause++) {
      hold(250);
      await turn();
      refused = !isLetIn("normal");
    }
    expect([refused, isLetIn("health")]).toEqual([true, true]);
    await expect.poll(() => isLetIn("normal"), { timeout: 20_000 }).toBe(true);
  });

  test("one long pause is no overload", async () => {
    begin(1_000, 400);
    hold(500);
    await turn();
    expect(isLetIn("normal")).toBe(true);
  });
});
