import { expect } from "vitest";
import { createLogger } from "#platform/logger.ts";
import { createBlockList } from "#platform/rate-limit/block-list.ts";
import { MemoryRateLimitStore } from "#platform/rate-limit/memory-store.ts";
import { createSharedBlocks } from "#platform/rate-limit/shared-blocks.ts";
import { SharedRateLimitStore } from "#platform/rate-limit/shared-store.ts";
import type { Claim } from "#platform/rate-limit/store.ts";
import { createStrikes } from "#platform/rate-limit/strikes.ts";
import { createRedis, type RedisConnection } from "#platform/redis.ts";

/** What one process has of limits and blocks. Patient unless said otherwise, so that a busy machine is no slow Redis. */
export async function connectProcess(url: string, slowMs = 5_000) {
  const lines: string[] = [];
  const log = createLogger({
    level: "info",
    destination: { write: (line) => void lines.push((JSON.parse(line) as { message: string }).message) },
  });
  const redis = createRedis({ url, log, slowMs });
  const shared = createSharedBlocks(redis);
  await isUp(redis);
  const store = new SharedRateLimitStore(redis, new MemoryRateLimitStore());
  const take = async (...claims: Claim[]) => (await store.take(claims)).admitted;
  const blockList = createBlockList({ trustedProxies: [], log, shared });
  const strikes = createStrikes(store, blockList, { maxRequests: 2, windowMs: 600_000 });
  const close = () => {
    shared.close();
    redis.close();
  };
  return { redis, store, take, blockList, strikes, lines, close };
}

export async function isUp(redis: RedisConnection): Promise<void> {
  await expect.poll(() => redis.health().up, { timeout: 15_000 }).toBe(true);
}
export async function isAway(redis: RedisConnection): Promise<void> {
  await expect.poll(() => redis.health().up, { timeout: 15_000 }).toBe(false);
}
