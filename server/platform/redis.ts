import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type * as Client from "ioredis";
import type { Logger } from "./logger.ts";
import { watchRedis, type RedisHealth } from "./redis-watch.ts";

export type RedisConnection = ReturnType<typeof createRedis>;

/**
 * The one connection to what processes share. Nobody waits for it longer than `slowMs`: once it is slower, or gone, it counts as away,
 * nothing is asked of it, and it comes back by itself when it answers in time again. Each change is one line of the log.
 */
export function createRedis({ url, log, slowMs = 50 }: { url: string; log: Logger; slowMs?: number }) {
  const client: Client.Redis = new (loadClient().Redis)(url, {
    // What cannot be sent now is not sent later: whoever asked has decided without it.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
  });
  const watch = watchRedis(client, { log, slowMs });

  return {
    health: (): RedisHealth => watch.health(),
    /** Whenever it is back; also the first time. */
    onBack: (listener: () => void): void => watch.onBack(listener),
    /**
     * Asks, and answers undefined when it is away or too slow. `late` is told of an answer that came all the same: what was asked may
     * have been done.
     */
    async ask<T>(command: (client: Client.Redis) => Promise<T>, late?: (answer: T) => void): Promise<T | undefined> {
      if (!watch.health().up) return undefined;
      const answer = command(client);
      const inTime = await within(answer, slowMs);
      if (inTime.outcome === "answered") return inTime.value;
      watch.away(inTime.outcome === "slow" ? `slower than ${slowMs} ms` : inTime.reason);
      if (late && inTime.outcome === "slow") answer.then(late, () => undefined);
      return undefined;
    },
    close(): void {
      watch.close();
      client.disconnect();
    },
  };
}

/** Not before a Redis was set up: once it is loaded, reading the characters of texts is several times slower in the whole process. */
const loadClient = () => createRequire(import.meta.url)("ioredis") as typeof Client;

const hashes = new Map<string, string>();

/** Runs a Lua script: in one round trip, once Redis knows it. */
export async function runScript(
  client: Client.Redis,
  script: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const hash = hashes.get(script) ?? createHash("sha1").update(script).digest("hex");
  hashes.set(script, hash);
  try {
    return await client.evalsha(hash, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return await client.eval(script, keys.length, ...keys, ...args);
  }
}

type InTime<T> = { outcome: "answered"; value: T } | { outcome: "slow" } | { outcome: "failed"; reason: string };

function within<T>(answer: Promise<T>, ms: number): Promise<InTime<T>> {
  return new Promise((resolve) => {
    // After a pause of our own the timer is due before the answer, which is there already, was read: the turn is let end first.
    const timer = setTimeout(() => setImmediate(() => resolve({ outcome: "slow" })), ms);
    const settle = (result: InTime<T>) => {
      clearTimeout(timer);
      resolve(result);
    };
    answer.then(
      (value) => settle({ outcome: "answered", value }),
      (error: unknown) => settle({ outcome: "failed", reason: error instanceof Error ? error.message : String(error) }),
    );
  });
}
