import { afterEach, expect, test } from "vitest";
import { RateLimitError } from "#platform/errors.ts";
import { MemoryRateLimitStore } from "./memory-store.ts";
import { createRateLimiter, type RateLimiter } from "./rate-limit.ts";

const clock = { now: 0 };
const settings = {
  AUTH: { maxRequests: 2, windowMs: 900_000 },
  API: { maxRequests: 100, windowMs: 60_000 },
  WRITE: { maxRequests: 3, windowMs: 60_000 },
  SENSITIVE: { maxRequests: 1, windowMs: 3_600_000 },
};
let limiter: RateLimiter;
const fresh = () => (limiter = createRateLimiter(settings, new MemoryRateLimitStore({ now: () => clock.now })));
afterEach(() => {
  limiter.close();
  clock.now = 0;
});

async function refusal(work: Promise<unknown>): Promise<RateLimitError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof RateLimitError) return error;
  }
  throw new Error("A RateLimitError was expected");
}

test("headers tell the limit, what is left, and when it is whole again", async () => {
  fresh();
  const headers: Record<string, string> = {};
  await limiter.admit("WRITE", ["user 1"], headers);
  expect(headers).toMatchObject({
    "X-RateLimit-Limit": "3",
    "X-RateLimit-Remaining": "2",
    "RateLimit-Policy": '"write";q=3;w=60',
    RateLimit: '"write";r=2;t=60',
  });
  expect(headers["X-RateLimit-Reset"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("a refusal is 429, and after its Retry-After a request really is admitted", async () => {
  fresh();
  for (let request = 0; request < 3; request++) {
    clock.now = request * 1_234;
    await limiter.admit("WRITE", ["user 1"], {});
  }
  const headers: Record<string, string> = {};
  const { statusCode, code, retryAfterSeconds = 0 } = await refusal(limiter.admit("WRITE", ["user 1"], headers));
  expect({ statusCode, code }).toEqual({ statusCode: 429, code: "RATE_LIMITED" });
  expect(headers["X-RateLimit-Remaining"]).toBe("0");
  clock.now += retryAfterSeconds * 1_000;
  await expect(limiter.admit("WRITE", ["user 1"], {})).resolves.toBeDefined();
});

test("all keys must admit, and a refusal by one does not consume the others", async () => {
  fresh();
  await limiter.admit("AUTH", ["account a"], {});
  await limiter.admit("AUTH", ["account a"], {});
  for (let request = 0; request < 10; request++) await refusal(limiter.admit("AUTH", ["address 1", "account a"], {}));
  await expect(limiter.admit("AUTH", ["address 1", "account b"], {})).resolves.toBeDefined();
});

test("what counts failures only is forgiven when it was none", async () => {
  fresh();
  for (let request = 0; request < 20; request++) await limiter.forgive(await limiter.admit("AUTH", ["address 1"], {}));
  await expect(limiter.admit("AUTH", ["address 1"], {})).resolves.toBeDefined();
});

test("presets do not share what they count", async () => {
  fresh();
  await limiter.admit("SENSITIVE", ["user 1"], {});
  await expect(limiter.admit("API", ["user 1"], {})).resolves.toBeDefined();
  expect(limiter.statistics()).toEqual({ totalKeys: 2, totalRequests: 2, refused: 0 });
});
