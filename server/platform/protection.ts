import { type ClientAddress, clientAddressOf, type Received } from "./http/client-address.ts";
import { createOverload, type Overload, type OverloadLimits } from "./http/overload.ts";
import type { Network } from "./ip-address.ts";
import type { Logger } from "./logger.ts";
import { type Attempts, createAttempts } from "./rate-limit/attempts.ts";
import { createBlockList, type DdosProtection } from "./rate-limit/block-list.ts";
import { MemoryRateLimitStore } from "./rate-limit/memory-store.ts";
import { createRateLimiter, type RateLimiter, type RateLimitSetting, type RateLimitSettings } from "./rate-limit/rate-limit.ts";
import { createSharedBlocks } from "./rate-limit/shared-blocks.ts";
import { SharedRateLimitStore } from "./rate-limit/shared-store.ts";
import { createStrikes, type Strikes } from "./rate-limit/strikes.ts";
import { createRedis } from "./redis.ts";
import type { RedisHealth } from "./redis-watch.ts";

/** What stands between a request and the work it asks for. */
export interface Protection {
  clientAddress: (received: Received) => ClientAddress;
  ddosProtection: DdosProtection;
  /** Refusals of who is not signed in, which lead to a block. */
  strikes: Strikes;
  overload: Overload;
  limiter: RateLimiter;
  /** For what counts failures only. */
  attempts: Attempts;
  /** Undefined where no Redis was set up. */
  redisHealth: (() => RedisHealth) | undefined;
}

interface ProtectionSettings {
  redisUrl: string | undefined;
  trustedProxies: readonly Network[];
  rateLimits: RateLimitSettings & { BLOCK: RateLimitSetting };
  overload: OverloadLimits;
}

export function createProtection(settings: ProtectionSettings, log: Logger): { protection: Protection; close: () => void } {
  const { redisUrl, trustedProxies, rateLimits } = settings;
  const redis = redisUrl === undefined ? undefined : createRedis({ url: redisUrl, log });
  const sharedBlocks = redis && createSharedBlocks(redis);
  const local = new MemoryRateLimitStore();
  const store = redis ? new SharedRateLimitStore(redis, local) : local;
  const limiter = createRateLimiter(rateLimits, store);
  const blockList = createBlockList({ trustedProxies, log, shared: sharedBlocks });
  const overload = createOverload(settings.overload, log);
  return {
    protection: {
      clientAddress: (received) => clientAddressOf(received, trustedProxies),
      ddosProtection: blockList,
      strikes: createStrikes(store, blockList, rateLimits.BLOCK),
      overload,
      limiter,
      attempts: createAttempts(limiter),
      redisHealth: redis?.health,
    },
    close: () => {
      limiter.close();
      overload.close();
      sharedBlocks?.close();
      redis?.close();
    },
  };
}
