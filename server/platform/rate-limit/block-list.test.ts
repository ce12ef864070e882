import { beforeEach, describe, expect, test } from "vitest";
import { type Network, parseNetwork } from "#platform/ip-address.ts";
import { createLogger } from "#platform/logger.ts";
import { type BlockList, createBlockList } from "./block-list.ts";
import { MemoryRateLimitStore } from "./memory-store.ts";
import { createStrikes } from "./strikes.ts";

const clock = { now: 0 };
let lines: Record<string, unknown>[];
let list: BlockList;
beforeEach(() => {
  clock.now = 0;
  lines = [];
  const log = createLogger({
    level: "info",
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  list = createBlockList({ trustedProxies: [parseNetwork("10.0.0.0/8") as Network], log, now: () => clock.now });
});
const blocked = () => list.getBlockedIPs().map(({ address }) => address);

describe("a blocked address", () => {
  test("is blocked for its time and no longer", async () => {
    await list.blockIP("192.0.2.1", 1_000, "Guessing");
    clock.now = 999;
    expect(list.isBlocked("192.0.2.1")).toBe(true);
    clock.now = 1_000;
    expect(list.isBlocked("192.0.2.1")).toBe(false);
    expect(blocked()).toEqual([]);
  });

  test("is one however it is spelled", async () => {
    await list.blockIP("::FFFF:192.0.2.1", 1_000, "Guessing");
    expect(blocked()).toEqual(["192.0.2.1"]);
    expect(["192.0.2.1", "::ffff:c000:201", "0:0:0:0:0:ffff:192.0.2.1"].map((ip) => list.isBlocked(ip))).toEqual([true, true, true]);
  });

  test("of IPv6 is its whole /64, and not the next one", async () => {
    await list.blockIP("2001:db8:1:2:3::4", 1_000, "Guessing");
    expect(blocked()).toEqual(["2001:db8:1:2::/64"]);
    expect(list.isBlocked("2001:db8:1:2:ffff::")).toBe(true);
    expect(list.isBlocked("2001:db8:1:3::4")).toBe(false);
  });

  test("is told with reason and times, the newest block counting", async () => {
    await list.blockIP("192.0.2.1", 1_000, "Guessing");
    await list.blockIP("192.0.2.1", 60_000, "Still guessing");
    const [{ blockedAt, expiresAt, ...block } = { blockedAt: "", expiresAt: "" }, ...more] = list.getBlockedIPs();
    expect([block, more]).toEqual([{ address: "192.0.2.1", reason: "Still guessing" }, []]);
    expect(Math.round((Date.parse(expiresAt) - Date.parse(blockedAt)) / 1_000)).toBe(60);
  });

  test.each(["192.0.2.1", "::ffff:192.0.2.1"])("is let in again as %s", async (spelling) => {
    await list.blockIP("192.0.2.1", 1_000, "Guessing");
    expect(await list.unblockIP(spelling)).toBe(true);
    expect(list.isBlocked("192.0.2.1")).toBe(false);
    expect(await list.unblockIP(spelling)).toBe(false);
  });

  test("of IPv6 is let in by what the list calls it", async () => {
    await list.blockIP("2001:db8:1:2:3::4", 1_000, "Guessing");
    expect(await list.unblockIP("2001:db8:1:2::/64")).toBe(true);
  });

  test("is a security event, and so is its end", async () => {
    await list.blockIP("192.0.2.1", 1_000, "Guessing");
    await list.unblockIP("192.0.2.1");
    expect(lines).toMatchObject([
      {
        message: "An address was blocked",
        metadata: { eventType: "security", severity: "high", blocked: "192.0.2.1" },
      },
      { message: "An address was let in again", metadata: { eventType: "security", blocked: "192.0.2.1" } },
    ]);
  });
});

test.each([
  ["127.0.0.1", "Loopback is never blocked"],
  ["127.9.9.9", "Loopback is never blocked"],
  ["::1", "Loopback is never blocked"],
  ["::ffff:127.0.0.1", "Loopback is never blocked"],
  ["10.1.2.3", "A proxy of ours is never blocked"],
  ["::ffff:10.1.2.3", "A proxy of ours is never blocked"],
  ["stock.example", "Must be an IP address, such as 203.0.113.7"],
  ["192.0.2.0/24", "Must be an IP address, such as 203.0.113.7"],
  ["", "Must be an IP address, such as 203.0.113.7"],
])("%o cannot be blocked: %s", async (ip, message) => {
  await expect(list.blockIP(ip, 1_000, "Guessing")).rejects.toThrow(new RangeError(message));
  expect(blocked()).toEqual([]);
});

test.each([0, -1, Number.NaN, Infinity, 1e15])("nor for %o ms", async (ms) => {
  await expect(list.blockIP("192.0.2.1", ms, "Guessing")).rejects.toThrow(RangeError);
  expect(blocked()).toEqual([]);
});

test("memory is bounded: of more than 10,000 the first to end leaves early, one by hand for long does not", async () => {
  await list.blockIP("192.0.2.1", 2_000_000, "Guessing");
  for (let n = 0; n < 10_050; n++) await list.blockIP(`203.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`, 1_000_000, "Flood");
  expect(blocked()).toHaveLength(10_000);
  expect(["203.0.0.50", "203.0.0.51", "192.0.2.1"].map((ip) => list.isBlocked(ip))).toEqual([false, true, true]);
});

describe("who keeps asking after a refusal", () => {
  const setting = { maxRequests: 3, windowMs: 60_000 };
  const strikes = () => createStrikes(new MemoryRateLimitStore({ now: () => clock.now }), list, setting);

  test("is blocked for an hour, by itself", async () => {
    const { add } = strikes();
    for (let refusal = 0; refusal < 3; refusal++) await add("192.0.2.1");
    expect(list.isBlocked("192.0.2.1")).toBe(false);
    await add("192.0.2.1");
    clock.now = 3_599_999;
    expect(list.isBlocked("192.0.2.1")).toBe(true);
    clock.now = 3_600_000;
    expect(list.isBlocked("192.0.2.1")).toBe(false);
  });

  test("let in again by hand, it is not blocked by its next refusal", async () => {
    const { add } = strikes();
    for (let refusal = 0; refusal < 4; refusal++) await add("192.0.2.1");
    await list.unblockIP("192.0.2.1");
    for (let refusal = 0; refusal < 3; refusal++) await add("192.0.2.1");
    expect(list.isBlocked("192.0.2.1")).toBe(false);
    await add("192.0.2.1");
    expect(list.isBlocked("192.0.2.1")).toBe(true);
  });

  test("leaves a block by hand as it is, which may last longer, and is told of once", async () => {
    const { add } = strikes();
    await list.blockIP("192.0.2.1", 30 * 24 * 3_600_000, "Guesses passwords");
    // What was on its way already when the operator blocked it.
    for (let refusal = 0; refusal < 10; refusal++) await add("192.0.2.1");
    clock.now = 3_600_001;
    expect(list.getBlockedIPs()).toMatchObject([{ address: "192.0.2.1", reason: "Guesses passwords" }]);
    expect(lines).toHaveLength(1);
  });

  test("but not who is refused now and then", async () => {
    const { add } = strikes();
    for (let refusal = 0; refusal < 100; refusal++) {
      clock.now += 20_000;
      await add("192.0.2.1");
    }
    expect(blocked()).toEqual([]);
  });

  test("and nobody else with them", async () => {
    const { add } = strikes();
    for (let refusal = 0; refusal < 4; refusal++) await add("192.0.2.1");
    await add("192.0.2.2");
    expect(blocked()).toEqual(["192.0.2.1"]);
  });
});
