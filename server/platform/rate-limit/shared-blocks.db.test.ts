import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectProcess, isAway, isUp } from "#tests/support/redis-process.ts";
import { startRedis, type TestRedis } from "#tests/support/redis-server.ts";

let server: TestRedis;
let direct: Redis;
const open: { close: () => void }[] = [];
beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  direct = new Redis(server.url);
  direct.on("error", () => undefined);
  open.push({ close: () => direct.disconnect() });
  await direct.flushall();
});
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});
afterAll(() => server.close());

const startProcess = async () => {
  const started = await connectProcess(server.url);
  open.push(started);
  return started;
};
type Process = Awaited<ReturnType<typeof startProcess>>;
const minutesLeft = ({ blockList }: Process, ip: string) => {
  const block = blockList.getBlockedIPs().find(({ address }) => address === ip);
  return block && Math.round((Date.parse(block.expiresAt) - Date.now()) / 60_000);
};
const blockedAt = ({ blockList }: Process) => blockList.getBlockedIPs().map(({ address }) => address);

describe("a block", () => {
  test("in one process holds in the other, and so does its end", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    await one.blockList.blockIP("203.0.113.1", 60_000, "Guessing ; at 1 2 3");
    await expect.poll(() => other.blockList.isBlocked("203.0.113.1"), { timeout: 10_000 }).toBe(true);
    expect(other.blockList.getBlockedIPs()).toMatchObject([{ address: "203.0.113.1", reason: "Guessing ; at 1 2 3" }]);
    await other.blockList.unblockIP("203.0.113.1");
    await expect.poll(() => one.blockList.isBlocked("203.0.113.1"), { timeout: 10_000 }).toBe(false);
  });

  test("that a later process did not see is known to it from its start", async () => {
    const one = await startProcess();
    await one.blockList.blockIP("2001:db8::1", 60_000, "Guessing");
    const later = await startProcess();
    await expect.poll(() => later.blockList.isBlocked("2001:db8::ffff"), { timeout: 10_000 }).toBe(true);
  });

  test("that was made while Redis was away is told when it is back, and one from before is not lost with its memory", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    await one.blockList.blockIP("203.0.113.2", 60_000, "Before");
    await server.kill();
    await isAway(one.redis);
    await one.blockList.blockIP("203.0.113.3", 60_000, "Meanwhile");
    expect(one.blockList.isBlocked("203.0.113.3")).toBe(true);
    await server.start();
    await Promise.all([isUp(one.redis), isUp(other.redis)]);
    await expect
      .poll(() => ["203.0.113.2", "203.0.113.3"].map((ip) => other.blockList.isBlocked(ip)), { timeout: 10_000 })
      .toEqual([true, true]);
    expect(one.blockList.isBlocked("203.0.113.2")).toBe(true);
  });

  test("ends everywhere with its time", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    await one.blockList.blockIP("203.0.113.4", 2_500, "Guessing");
    await expect.poll(() => other.blockList.isBlocked("203.0.113.4"), { timeout: 2_400 }).toBe(true);
    await expect.poll(() => other.blockList.isBlocked("203.0.113.4"), { timeout: 10_000 }).toBe(false);
  });

  test("by hand is not shortened by one that another process makes by itself before it has heard of it", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    await one.blockList.blockIP("203.0.113.5", 30 * 24 * 3_600_000, "Guesses passwords");
    for (let refusal = 0; refusal < 3; refusal++) await other.strikes.add("203.0.113.5");
    await expect.poll(() => minutesLeft(other, "203.0.113.5"), { timeout: 10_000 }).toBe(30 * 24 * 60);
    expect(minutesLeft(one, "203.0.113.5")).toBe(30 * 24 * 60);
  });

  test("that was ended by hand is not brought back by a process whose own connection was lost meanwhile", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    await one.blockList.blockIP("203.0.113.6", 600_000, "A mistake");
    await expect.poll(() => other.blockList.isBlocked("203.0.113.6"), { timeout: 10_000 }).toBe(true);
    await other.redis.ask((client) => Promise.resolve(client.disconnect(true)));
    await isAway(other.redis);
    await one.blockList.unblockIP("203.0.113.6");
    await isUp(other.redis);
    await expect.poll(() => other.blockList.isBlocked("203.0.113.6"), { timeout: 10_000 }).toBe(false);
    expect(one.blockList.isBlocked("203.0.113.6")).toBe(false);
  });

  test("that came by itself and was ended by hand is not made again by the next refusal, in whichever process", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    for (let refusal = 0; refusal < 3; refusal++) await one.strikes.add("203.0.113.9");
    expect(one.blockList.isBlocked("203.0.113.9")).toBe(true);
    await one.blockList.unblockIP("203.0.113.9");
    await one.strikes.add("203.0.113.9");
    await other.strikes.add("203.0.113.9");
    expect([one, other].map(({ blockList }) => blockList.isBlocked("203.0.113.9"))).toEqual([false, false]);
    await one.strikes.add("203.0.113.9");
    expect(one.blockList.isBlocked("203.0.113.9")).toBe(true);
  });

  test("outlives a Redis that is emptied under a connection that stays", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    await one.blockList.blockIP("203.0.113.7", 600_000, "Guessing");
    await expect.poll(() => other.blockList.isBlocked("203.0.113.7"), { timeout: 10_000 }).toBe(true);
    await direct.flushall();
    await expect.poll(() => direct.exists("warehouse:{limits}:blocks"), { timeout: 10_000 }).toBe(1);
    expect([one, other].map(({ blockList }) => blockList.isBlocked("203.0.113.7"))).toEqual([true, true]);
  });

  test("stands in the list by when it was made, in every process", async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const addresses = Array.from({ length: 40 }, (_, index) => `198.51.100.${(index * 37) % 200}`);
    for (const address of addresses) {
      await one.blockList.blockIP(address, 600_000, "A reason that is so long that Redis keeps the whole in no order of its own");
      await new Promise((done) => setTimeout(done, 2));
    }
    await expect.poll(() => blockedAt(other), { timeout: 10_000 }).toEqual(addresses);
    await expect.poll(() => blockedAt(one), { timeout: 10_000 }).toEqual(addresses);
  });
});

describe("of more blocks than there may be", () => {
  const address = (n: number) => `198.18.${n >> 8}.${n & 255}`;

  test("those that end first leave, in Redis as well: one of 30 days by hand stays", { timeout: 60_000 }, async () => {
    const one = await startProcess();
    await one.blockList.blockIP("203.0.113.8", 30 * 24 * 3_600_000, "Guesses passwords");
    await Promise.all(Array.from({ length: 10_050 }, (_, n) => one.blockList.blockIP(address(n), 3_600_000 + n, "Flood")));
    expect(one.blockList.getBlockedIPs()).toHaveLength(10_000);
    const other = await startProcess();
    await expect.poll(() => other.blockList.getBlockedIPs().length, { timeout: 20_000 }).toBe(10_000);
    for (const each of [one, other]) {
      expect(["203.0.113.8", address(0), address(10_049)].map((ip) => each.blockList.isBlocked(ip))).toEqual([true, false, true]);
    }
  });

  test("made while Redis was away they are told when it is back, without keeping it busy", { timeout: 60_000 }, async () => {
    const one = await startProcess();
    await server.kill();
    await isAway(one.redis);
    await Promise.all(Array.from({ length: 10_050 }, (_, n) => one.blockList.blockIP(address(n), 3_600_000 + n, "Flood")));
    await server.start();
    await isUp(one.redis);
    const backAt = performance.now();
    await expect.poll(() => direct.hlen("warehouse:{limits}:blocks").catch(() => 0), { timeout: 30_000 }).toBe(10_000);
    expect(performance.now() - backAt).toBeLessThan(5_000);
  });
});
