import { describe, expect, test } from "vitest";
import { RateLimitError } from "#platform/errors.ts";
import { createAttempts } from "./attempts.ts";
import { MemoryRateLimitStore } from "./memory-store.ts";
import { createRateLimiter } from "./rate-limit.ts";

class WrongPassword extends Error {}

const setting = { maxRequests: 5, windowMs: 900_000 };
function attempts() {
  const limiter = createRateLimiter({ AUTH: setting, API: setting, WRITE: setting, SENSITIVE: setting }, new MemoryRateLimitStore());
  const { run } = createAttempts(limiter);
  const headers: Record<string, string> = {};
  const how = {
    preset: "AUTH" as const,
    keys: ["address 192.0.2.1"],
    headers,
    isFailure: (error: unknown) => error instanceof WrongPassword,
  };
  return {
    limiter,
    right: () => run(how, () => new Promise<string>((done) => setTimeout(() => done("in"), 5))),
    wrong: () => run(how, () => new Promise<string>((_, fail) => setTimeout(() => fail(new WrongPassword()), 5))),
    busy: () => run(how, () => Promise.reject(new Error("busy"))),
  };
}
const outcome = (attempt: Promise<string>) =>
  attempt.then(
    () => "in",
    (error: unknown) => (error instanceof RateLimitError ? "limited" : "refused"),
  );

describe("attempts of which only failures count", () => {
  test("any number of right ones at once all get in", async () => {
    const { right } = attempts();
    expect(await Promise.all(Array.from({ length: 50 }, () => outcome(right())))).toEqual(Array.from({ length: 50 }, () => "in"));
  });

  test("more than can wait are told that we are busy, which is no refusal of theirs", async () => {
    const { right } = attempts();
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => outcome(right())));
    expect(outcomes.filter((each) => each === "in").length).toBeGreaterThanOrEqual(200);
    expect(outcomes.filter((each) => each === "limited")).toEqual([]);
  });

  test("an attempt that waited is one request in the figures", async () => {
    const { right, limiter } = attempts();
    await Promise.all(Array.from({ length: 20 }, () => right()));
    expect((await limiter.getRateLimitStats()).limits["AUTH"]).toMatchObject({ requests: 20, refusals: 0 });
  });

  test("of many wrong ones at once no more are tried than one after the other", async () => {
    const { wrong } = attempts();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(wrong())));
    expect(outcomes.filter((each) => each === "refused")).toHaveLength(5);
    expect(outcomes.filter((each) => each === "limited")).toHaveLength(45);
  });

  test("after five wrong ones even a right one waits for its time", async () => {
    const { wrong, right } = attempts();
    for (let tries = 0; tries < 5; tries++) await outcome(wrong());
    expect(await outcome(right())).toBe("limited");
  });

  test("a failure that is not the caller's does not count", async () => {
    const { busy, right } = attempts();
    for (let tries = 0; tries < 20; tries++) expect(await outcome(busy())).toBe("refused");
    expect(await outcome(right())).toBe("in");
  });
});
