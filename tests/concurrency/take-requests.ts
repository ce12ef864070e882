import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "#platform/logger.ts";
import { MemoryRateLimitStore } from "#platform/rate-limit/memory-store.ts";
import { SharedRateLimitStore } from "#platform/rate-limit/shared-store.ts";
import { createRedis } from "#platform/redis.ts";

// One of two processes that ask the same limits at the same time. As a process of its own it takes its patterns from its parent.

export interface Pattern {
  key: string;
  maxRequests: number;
  windowMs: number;
  /** Milliseconds before each request. */
  gaps: readonly number[];
}

/** Asks as each pattern says, many patterns at once, and answers the instants that were admitted, in microseconds of Redis's clock. */
export async function takeInPatterns(store: SharedRateLimitStore, patterns: readonly Pattern[], atOnce: number): Promise<number[][]> {
  const admitted: number[][] = [];
  for (let from = 0; from < patterns.length; from += atOnce) {
    const batch = patterns.slice(from, from + atOnce).map(async ({ key, maxRequests, windowMs, gaps }) => {
      const instants: number[] = [];
      for (const gap of gaps) {
        if (gap > 0) await sleep(gap);
        const decision = await store.take([{ name: "TEST", key, maxRequests, windowMs }]);
        const [shared] = decision.admitted ? ((await decision.counted.shared) ?? []) : [];
        if (decision.admitted) instants.push(shared?.at ?? Number.NaN);
      }
      return instants;
    });
    admitted.push(...(await Promise.all(batch)));
  }
  return admitted;
}

/** A store that never decides without Redis, nor, by a clock that runs ahead, by what it remembers itself. */
export async function connectPatiently(url: string): Promise<{ store: SharedRateLimitStore; close: () => void }> {
  const redis = createRedis({ url, log: createLogger({ level: "silent" }), slowMs: 20_000 });
  while (!redis.health().up) await sleep(20);
  return {
    store: new SharedRateLimitStore(redis, new MemoryRateLimitStore({ now: () => performance.now() * 1e6 })),
    close: () => redis.close(),
  };
}

const [url] = process.argv.slice(2);
if (process.send && url?.startsWith("redis://")) {
  const { store, close } = await connectPatiently(url);
  process.send("ready");
  const [message] = (await once(process, "message")) as [{ patterns: Pattern[]; atOnce: number }];
  process.send(await takeInPatterns(store, message.patterns, message.atOnce));
  close();
  process.disconnect();
}
