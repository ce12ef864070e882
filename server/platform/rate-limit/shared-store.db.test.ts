import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, beforeAll, describe, expect, test } from "vitest";
import { createLogger } from "#platform/logger.ts";
import { createRedis } from "#platform/redis.ts";
import { connectProcess, isAway, isUp } from "#tests/support/redis-process.ts";
import { startRedis, type TestRedis } from "#tests/support/redis-server.ts";
import { MemoryRateLimitStore } from "./memory-store.ts";
import { clockKey } from "./redis-scripts.ts";
import { SharedRateLimitStore } from "./shared-store.ts";
import type { Claim } from "./store.ts";

let server: TestRedis;
let direct: Redis;
const open: { close: () => void }[] = [];
beforeAll(async () => {
  server = await startRedis();
});
beforeEach(() => {
  direct = new Redis(server.url, { lazyConnect: true });
  direct.on("error", () => undefined);
  open.push({ close: () => direct.disconnect() });
});
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});
afterAll(() => server.close());

const startProcess = async (slowMs?: number) => {
  const started = await connectProcess(server.url, slowMs);
  open.push(started);
  return started;
};
let keys = 0;
const newClaim = (maxRequests: number, windowMs = 60_000): Claim => ({ name: "TEST", key: `key ${keys++}`, maxRequests, windowMs });

describe("two processes that share Redis", () => {
  test("count as one", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const claim = newClaim(3);
    expect([await one.take(claim), await other.take(claim), await one.take(claim)]).toEqual([true, true, true]);
    expect([await other.take(claim), await one.take(claim)]).toEqual([false, false]);
  });

  test("all of a request's keys admit it, or none counts it", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const [full, free] = [newClaim(1), newClaim(2)];
    await one.take(full);
    for (let request = 0; request < 5; request++) expect(await other.take(free, full)).toBe(false);
    expect([await other.take(free), await one.take(free), await other.take(free)]).toEqual([true, true, false]);
  });

  test("one key is not used up by requests on their way that another key refuses", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const [full, free] = [newClaim(1), newClaim(2)];
    await other.take(full);
    expect(await Promise.all([one.take(free, full), one.take(full, free), one.take(free), one.take(free), one.take(free)])).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  test("are told what is left, and when to come again, by what both have used", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const claim = newClaim(2, 10_000);
    await one.take(claim);
    expect((await other.store.take([claim])).verdicts).toMatchObject([{ remaining: 0 }]);
    const { verdicts, admitted } = await other.store.take([claim]);
    expect(admitted).toBe(false);
    expect(verdicts[0]?.retryAfterMs).toBeGreaterThan(5_000);
    expect(verdicts[0]?.retryAfterMs).toBeLessThanOrEqual(10_050);
  });

  test("a decision is one command, once Redis knows the script", async () => {
    const { take } = await startProcess();
    const [a, b] = [newClaim(5), newClaim(5)];
    await take(a, b);
    const calls = async () => {
      const told = await direct.info("commandstats");
      // What a script calls itself is told as well: only what came from outside is a round trip.
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(told)?.[1] ?? 0) + Number(/cmdstat_eval:calls=(\d+)/.exec(told)?.[1] ?? 0);
    };
    const readings = await calls();
    for (let request = 0; request < 4; request++) expect(await take(a, b)).toBe(true);
    expect((await calls()) - readings).toBeGreaterThanOrEqual(4);
    expect(await direct.client("LIST")).not.toMatch(/cmd=(lpop|rpush|llen)/);
  });

  test("give back what was no failure, to both", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const claim = newClaim(1);
    for (let request = 0; request < 3; request++) {
      const { admitted, counted } = await one.store.take([claim]);
      expect(admitted).toBe(true);
      await one.store.giveBack(counted);
    }
    expect([await other.take(claim), await one.take(claim)]).toEqual([true, false]);
  });

  test("a refused request costs nothing there either, and keys leave with their window", async () => {
    const { take } = await startProcess();
    const other = await startProcess();
    const claim = newClaim(1, 300);
    await take(claim);
    const name = `warehouse:{limits}:count:TEST|${claim.key}`;
    expect(await direct.llen(name)).toBe(1);
    expect(await other.take(claim)).toBe(false);
    expect(await direct.llen(name)).toBe(1);
    await expect.poll(() => direct.exists(name)).toBe(0);
    expect(await other.take(claim)).toBe(true);
  });

  test("count the keys of both", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const name = `COUNTED ${keys}`;
    for (let key = 0; key < 30; key++) await (key % 2 ? one : other).take({ ...newClaim(1), name });
    expect((await one.store.keyCounts()).get(name)).toBe(30);
  });

  test("a clock of Redis's that is set back frees no one and blocks no one", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const [claim, single] = [newClaim(2, 1_000), newClaim(1, 1_000)];
    await one.take(claim, single);
    // As if the clock had been an hour ahead until now: it, and what was counted by it.
    const hour = 3_600_000_000;
    const ahead = async (value: string | null) => String(Number(value) + hour);
    await direct.hset(clockKey, "raw", await ahead(await direct.hget(clockKey, "raw")));
    for (const { key } of [claim, single]) {
      const name = `warehouse:{limits}:count:TEST|${key}`;
      await direct.lset(name, 0, await ahead(await direct.lindex(name, 0)));
      // Its end was told by that clock too, and is an hour away now.
      await direct.pexpire(name, hour / 1_000);
    }
    expect([await other.take(claim), await other.take(claim), await other.take(single)]).toEqual([true, false, false]);
    await sleep(1_100);
    expect([await other.take(claim), await other.take(single)]).toEqual([true, true]);
  });
});

describe("without Redis", () => {
  test("killed: every request is decided, by what this process knows, and said once", async () => {
    const { redis, take, lines } = await startProcess();
    const claim = newClaim(3);
    expect([await take(claim), await take(claim)]).toEqual([true, true]);
    await server.kill();
    const decided: boolean[] = [];
    for (let request = 0; request < 20; request++) decided.push(await take(claim));
    // No limit begins anew: of three, two were used.
    expect(decided.filter(Boolean)).toHaveLength(1);
    await isAway(redis);
    await server.start();
    await isUp(redis);
    expect(lines.filter((line) => line.startsWith("Redis is away"))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith("Redis is there"))).toHaveLength(2);
  });

  test("back again, empty: nobody who was refused is let in by that", async () => {
    const { redis, take } = await startProcess();
    const claim = newClaim(2);
    await take(claim);
    await server.kill();
    await isAway(redis);
    await take(claim);
    await server.start();
    await isUp(redis);
    expect(await take(claim)).toBe(false);
  });

  test("paused: one request waits for it, none fails, and it comes back by itself", async () => {
    const { redis, take, lines } = await startProcess(300);
    const claim = newClaim(5);
    await take(claim);
    server.pause();
    try {
      const startedAt = performance.now();
      expect(await Promise.all(Array.from({ length: 10 }, () => take(claim)))).toEqual([
        ...Array.from({ length: 4 }, () => true),
        ...Array.from({ length: 6 }, () => false),
      ]);
      expect(redis.health()).toEqual({ up: false, reason: "slower than 300 ms" });
      const waited = performance.now() - startedAt;
      expect(await take(claim)).toBe(false);
      expect(performance.now() - startedAt - waited).toBeLessThan(300);
    } finally {
      server.resume();
    }
    await isUp(redis);
    expect(lines).toEqual([
      expect.stringMatching(/^Redis is there/),
      expect.stringMatching(/^Redis is away/),
      expect.stringMatching(/^Redis is there/),
    ]);
  });

  test("what was given back while it was slow is given back there, too, when it answers at last", async () => {
    const { redis, store } = await startProcess(300);
    const other = await startProcess();
    const claim = newClaim(1);
    server.pause();
    const { admitted, counted } = await store.take([claim]);
    expect(admitted).toBe(true);
    await store.giveBack(counted);
    server.resume();
    await isUp(redis);
    await expect.poll(() => other.take(claim)).toBe(true);
  });

  test("what was given back while the connection was lost is given back there, too, when it is back", async () => {
    const { redis, store } = await startProcess();
    const other = await startProcess();
    const claim = newClaim(1);
    const { counted } = await store.take([claim]);
    await redis.ask((client) => Promise.resolve(client.disconnect(true)));
    await isAway(redis);
    await store.giveBack(counted);
    await isUp(redis);
    await expect.poll(() => other.take(claim)).toBe(true);
  });

  test("one that only reads is away as well", async () => {
    const { redis, take } = await startProcess();
    await direct.config("SET", "min-replicas-to-write", "3");
    try {
      expect(await take(newClaim(1))).toBe(true);
      expect(redis.health().up).toBe(false);
    } finally {
      await direct.config("SET", "min-replicas-to-write", "0");
    }
    await isUp(redis);
  });

  test("from the beginning: it is said, and every request is decided", async () => {
    await server.kill();
    try {
      const lines: string[] = [];
      const log = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
      const redis = createRedis({ url: server.url, log });
      open.push(redis);
      const store = new SharedRateLimitStore(redis, new MemoryRateLimitStore());
      const claim = newClaim(1);
      expect([(await store.take([claim])).admitted, (await store.take([claim])).admitted]).toEqual([true, false]);
      await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(1);
      expect(lines[0]).toContain("Redis cannot be reached");
    } finally {
      await server.start();
    }
  });
});
