import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RateLimitError } from "#platform/errors.ts";
import { type Caller, compositeRateLimit, keyOf, type KeyBy, rateLimit, type RateLimit, RateLimitPresets } from "./limits.ts";
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
const begin = (more: { TENANT?: RateLimit } = {}) =>
  (limiter = createRateLimiter({ ...settings, ...more }, new MemoryRateLimitStore({ now: () => clock.now })));
beforeEach(() => void begin());
afterEach(() => {
  limiter.close();
  clock.now = 0;
});

const ann: Caller = { address: "192.0.2.1", tenantId: "acme", userId: "ann" };
const bob: Caller = { address: "192.0.2.1", tenantId: "acme", userId: "bob" };
const stranger: Caller = { address: "192.0.2.1" };
const ask = (limits: readonly RateLimit[], caller: Caller, headers: Record<string, string> = {}) => limiter.admit(limits, caller, headers);
const write = () => limiter.limitsOf("WRITE", "");

async function refusal(work: Promise<unknown>): Promise<RateLimitError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof RateLimitError) return error;
  throw new Error("A RateLimitError was expected", { cause: error });
}
const admitted = async (work: Promise<unknown>) =>
  await work.then(
    () => true,
    (error: unknown) => !(error instanceof RateLimitError),
  );

describe("the presets", () => {
  test.each([
    ["AUTH", 5, 15 * 60],
    ["API", 100, 60],
    ["WRITE", 30, 60],
    ["SENSITIVE", 10, 3_600],
  ] as const)("%s is %i in %i seconds", (name, maxRequests, seconds) => {
    expect(RateLimitPresets[name]).toMatchObject({ maxRequests, windowMs: seconds * 1_000 });
  });

  test("do not share what they count", async () => {
    await ask(limiter.limitsOf("SENSITIVE", ""), ann);
    expect(await admitted(ask(write(), ann))).toBe(true);
    expect(await admitted(ask(limiter.limitsOf("SENSITIVE", ""), ann))).toBe(false);
  });

  test("can each be set, and hold as they are set", async () => {
    for (let request = 0; request < 3; request++) expect(await admitted(ask(write(), ann))).toBe(true);
    expect(await admitted(ask(write(), ann))).toBe(false);
  });
});

describe("who is counted", () => {
  const integration: Caller = { ...ann, apiKeyId: "key 7" };
  test.each<[KeyBy, Caller, string | undefined]>([
    ["address", ann, "address 192.0.2.1"],
    ["user", ann, "user acme ann"],
    ["tenant", ann, "tenant acme"],
    ["apiKey", integration, "apiKey key 7"],
    ["apiKey", ann, undefined],
    ["user", stranger, undefined],
    [["tenant", "address"], ann, "tenant acme address 192.0.2.1"],
    [["user", "address"], stranger, undefined],
    ["account", { ...stranger, account: "a@b.test" }, "account a@b.test"],
    [({ tenantId }) => `shift of ${tenantId}`, ann, "shift of acme"],
    [RateLimitPresets.API.keyBy, ann, "user acme ann"],
    [RateLimitPresets.API.keyBy, integration, "apiKey key 7"],
    [RateLimitPresets.API.keyBy, stranger, "address 192.0.2.1"],
  ])("by %o, %o is %o", (keyBy, caller, key) => {
    expect(keyOf({ keyBy, maxRequests: 1, windowMs: 1 }, caller)).toBe(key);
  });

  test("one person's requests are not another's behind the same address", async () => {
    for (let request = 0; request < 3; request++) await ask(write(), ann);
    expect(await admitted(ask(write(), ann))).toBe(false);
    expect(await admitted(ask(write(), bob))).toBe(true);
    expect(await admitted(ask(write(), stranger))).toBe(true);
  });

  test("whom the limits do not count is counted by address, under API", async () => {
    const byUser = [rateLimit({ name: "OWN", maxRequests: 1, windowMs: 1_000, keyBy: "user" })];
    const headers: Record<string, string> = {};
    await ask(byUser, stranger, headers);
    expect(headers["RateLimit-Policy"]).toBe('"api";q=100;w=60');
  });

  test("where a limit of the whole company is set, it holds for all of its people together", async () => {
    begin({ TENANT: { maxRequests: 4, windowMs: 60_000, keyBy: "tenant" } });
    for (const caller of [ann, ann, bob, bob]) expect(await admitted(ask(write(), caller))).toBe(true);
    const headers: Record<string, string> = {};
    expect(await admitted(ask(write(), bob, headers))).toBe(false);
    expect(headers["RateLimit"]).toBe('"write";r=1;t=60, "tenant";r=0;t=60');
    expect(await admitted(ask(write(), { ...bob, tenantId: "globex" }))).toBe(true);
  });

  test("a route's own limit without a name is named by the route's pattern", async () => {
    const headers: Record<string, string> = {};
    await ask(limiter.limitsOf({ maxRequests: 7, windowMs: 1_500, keyBy: "address" }, "GET /items/{id}"), stranger, headers);
    expect(headers["RateLimit-Policy"]).toBe('"get /items/{id}";q=7;w=2');
  });
});

describe("several limits at once", () => {
  const byAddress = rateLimit({ name: "A", maxRequests: 5, windowMs: 1_000, keyBy: "address" });
  const byUser = rateLimit({ name: "U", maxRequests: 2, windowMs: 10_000, keyBy: "user" });

  test("all must admit, and a refusal by one does not consume the others", async () => {
    const both = compositeRateLimit(byAddress, [byUser]);
    for (let request = 0; request < 2; request++) await ask(both, ann);
    for (let request = 0; request < 10; request++) await refusal(ask(both, ann));
    for (let request = 0; request < 3; request++) expect(await admitted(ask([byAddress], stranger))).toBe(true);
    expect(await admitted(ask([byAddress], stranger))).toBe(false);
  });

  test("the wait that is told is the longest of those who refuse", async () => {
    const both = compositeRateLimit(rateLimit({ ...byAddress, maxRequests: 2 }), byUser);
    for (let request = 0; request < 2; request++) await ask(both, ann);
    expect((await refusal(ask(both, ann))).retryAfterSeconds).toBe(10);
  });

  test("two keys of one limit are one line of it: the tighter one's", async () => {
    await limiter.admitKeys("AUTH", ["account a"], {});
    const headers: Record<string, string> = {};
    await limiter.admitKeys("AUTH", ["address 1", "account a"], headers);
    expect(headers).toMatchObject({ RateLimit: '"auth";r=0;t=900', "X-RateLimit-Remaining": "0" });
  });
});

describe("what the answer tells", () => {
  test("the limit, what is left, and when more is left again", async () => {
    const headers: Record<string, string> = {};
    await ask(write(), ann);
    clock.now = 20_000;
    await ask(write(), ann, headers);
    expect(headers).toMatchObject({
      "X-RateLimit-Limit": "3",
      "X-RateLimit-Remaining": "1",
      "RateLimit-Policy": '"write";q=3;w=60',
      RateLimit: '"write";r=1;t=40',
    });
    expect(Math.abs(Date.parse(headers["X-RateLimit-Reset"] ?? "") - Date.now() - 40_000)).toBeLessThan(2_000);
    expect(headers["X-RateLimit-Reset"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test("a refusal is 429, and after its Retry-After a request really is admitted", async () => {
    for (let request = 0; request < 3; request++) {
      clock.now = request * 1_234;
      await ask(write(), ann);
    }
    const headers: Record<string, string> = {};
    const { statusCode, code, retryAfterSeconds = 0 } = await refusal(ask(write(), ann, headers));
    expect({ statusCode, code }).toEqual({ statusCode: 429, code: "RATE_LIMITED" });
    expect(headers).toMatchObject({ "X-RateLimit-Remaining": "0", RateLimit: `"write";r=0;t=${retryAfterSeconds}` });
    clock.now += retryAfterSeconds * 1_000;
    expect(await admitted(ask(write(), ann))).toBe(true);
  });

  test("the wait is never told as nothing", async () => {
    const limit = [rateLimit({ name: "SHORT", maxRequests: 1, windowMs: 5, keyBy: "address" })];
    await ask(limit, stranger);
    expect((await refusal(ask(limit, stranger))).retryAfterSeconds).toBe(1);
  });
});

test.each([
  ["another window under a name that is taken", { name: "API", maxRequests: 1, windowMs: 1_000, keyBy: "user" }],
  [
    "one name twice",
    [
      { name: "OWN", maxRequests: 1, windowMs: 1_000, keyBy: "user" },
      { name: "OWN", maxRequests: 9, windowMs: 1_000, keyBy: "user" },
    ],
  ],
] as const)("%s would spoil what is counted, and stops the start", (_, limit) => {
  expect(() => limiter.limitsOf(limit, "GET /reports")).toThrow(RangeError);
});

test("what counts failures only is forgiven when it was none", async () => {
  for (let request = 0; request < 20; request++) await limiter.forgive(await limiter.admitKeys("AUTH", ["address 1"], {}));
  expect(await admitted(limiter.admitKeys("AUTH", ["address 1"], {}))).toBe(true);
});

test("whoever made the limit is told of each refusal", async () => {
  const told: unknown[] = [];
  const limit = [
    rateLimit({ name: "OWN", maxRequests: 1, windowMs: 500, keyBy: "user", onLimitReached: (reached) => void told.push(reached) }),
  ];
  await ask(limit, ann);
  expect(told).toEqual([]);
  await refusal(ask(limit, ann));
  expect(told).toEqual([{ name: "OWN", key: "OWN user acme ann", retryAfterMs: 500 }]);
});

test.each([
  [0, 1_000],
  [-1, 1_000],
  [1.5, 1_000],
  [1, 0],
  [1, Number.NaN],
  [Infinity, 1_000],
])("%o requests in %o ms limit nothing, and are refused when they are written down", (maxRequests, windowMs) => {
  expect(() => rateLimit({ maxRequests, windowMs, keyBy: "address" })).toThrow(RangeError);
});

test("a request that two limits count is one request", async () => {
  begin({ TENANT: { maxRequests: 4, windowMs: 60_000, keyBy: "tenant" } });
  for (let request = 0; request < 4; request++) await admitted(ask(write(), ann));
  expect(await limiter.getRateLimitStats()).toMatchObject({
    totalKeys: 2,
    totalRequests: 4,
    refused: 1,
    limits: { WRITE: { requests: 4, refusals: 1 }, TENANT: { requests: 4, refusals: 0 } },
  });
});

test("statistics tell keys, requests and refusals, by limit and in all", async () => {
  for (let request = 0; request < 5; request++) await admitted(ask(write(), ann));
  await ask(write(), bob);
  await ask(limiter.limitsOf("API", ""), ann);
  await limiter.admitKeys("AUTH", ["address 1", "account a"], {});
  limiter.countAttempt("AUTH", "admitted");
  expect(await limiter.getRateLimitStats()).toEqual({
    totalKeys: 5,
    totalRequests: 8,
    refused: 2,
    limits: {
      AUTH: { keys: 2, requests: 1, refusals: 0 },
      API: { keys: 1, requests: 1, refusals: 0 },
      WRITE: { keys: 2, requests: 6, refusals: 2 },
      SENSITIVE: { keys: 0, requests: 0, refusals: 0 },
    },
  });
});
