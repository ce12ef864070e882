import type { Redis } from "ioredis";
import { type RedisConnection, runScript } from "#platform/redis.ts";
import type { MemoryRateLimitStore } from "./memory-store.ts";
import { clockKey, countedKey, countedKeys, nameOf, takeScript } from "./redis-scripts.ts";
import type { Claim, Counted, Decision, Entry, KeyCounts, RateLimitStore } from "./store.ts";

/** Between two counts of the keys in Redis, which walk through all of them. */
const countEveryMs = 10_000;
/** What a clock of ours may be ahead of Redis's after it has answered. */
const lagMs = 50;
/** Entries that are kept for a Redis that is away: of no more requests than were on their way when it went. */
const owedMax = 10_000;

/**
 * Counted in Redis for all processes, in one round trip. The memory store is asked first and counts along: it knows a part of what was
 * admitted, so its refusal is right and needs no round trip; and when Redis is away or slow it decides alone, from what it knows:
 * never an outage, and no limit begins anew, neither when Redis goes nor when it comes back.
 */
export class SharedRateLimitStore implements RateLimitStore {
  readonly #redis: RedisConnection;
  readonly #local: MemoryRateLimitStore;
  /** Keys of requests on their way, which this process counts already though they may yet be refused. */
  readonly #asking = new Map<string, number>();
  /** What Redis is to forget when it is back. */
  #owed: Entry[] = [];
  #counts: { at: number; keys: Promise<KeyCounts> } | undefined;

  constructor(redis: RedisConnection, local: MemoryRateLimitStore) {
    this.#redis = redis;
    this.#local = local;
    redis.onBack(() => void this.#giveBackShared(this.#owed.splice(0)));
  }

  take(claims: readonly Claim[]): Decision | Promise<Decision> {
    const own = this.#local.take(claims);
    if (!this.#redis.health().up) return own;
    // What several keys share in memory for want of room is no reason to refuse any of them.
    if (!own.admitted && !own.byOverflow && !this.#isUnsure(claims, own)) return later(own);
    return this.#takeShared(claims, own);
  }

  /** Refused by what this process counts and Redis may not. */
  #isUnsure(claims: readonly Claim[], { verdicts }: Decision): boolean {
    return claims.some(({ key }, index) => (verdicts[index]?.retryAfterMs ?? 0) > 0 && this.#asking.has(key));
  }

  #setOut(own: Decision, change: 1 | -1): void {
    for (const { key } of own.counted.local) {
      const asking = (this.#asking.get(key) ?? 0) + change;
      if (asking > 0) this.#asking.set(key, asking);
      else this.#asking.delete(key);
    }
  }

  async #takeShared(claims: readonly Claim[], own: Decision): Promise<Decision> {
    const keys = claims.map(({ name, key }) => countedKey(name, key));
    const limits = claims.flatMap(({ maxRequests, windowMs }) => [maxRequests, windowMs * 1_000]);
    const { promise: late, resolve } = Promise.withResolvers<readonly Entry[]>();
    this.#setOut(own, 1);
    const answer = await this.#redis.ask(
      async (client) => decisionOf(claims, keys, (await runScript(client, takeScript, [clockKey, ...keys], limits)) as number[]),
      ({ entries }) => resolve(entries),
    );
    this.#setOut(own, -1);
    if (!answer) {
      if (!own.admitted) void late.then((entries) => this.#giveBackShared(entries));
      return { ...own, counted: { ...own.counted, shared: late } };
    }
    if (!answer.admitted) this.#local.giveBack(own.counted);
    const { entries, ...decision } = answer;
    return { ...decision, counted: { local: answer.admitted ? own.counted.local : [], shared: entries } };
  }

  async giveBack(counted: Counted): Promise<void> {
    this.#local.giveBack(counted);
    if (!counted.shared) return;
    if (counted.shared instanceof Promise) void counted.shared.then((entries) => this.#giveBackShared(entries));
    else await this.#giveBackShared(counted.shared);
  }

  async #giveBackShared(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const takeOut = (client: Redis) => Promise.all(entries.map(({ key, at }) => client.lrem(key, -1, String(at))));
    const done = await this.#redis.ask(takeOut);
    if (done === undefined && this.#owed.length < owedMax) this.#owed.push(...entries);
  }

  async forget({ name, key }: Pick<Claim, "name" | "key">): Promise<void> {
    this.#local.forget({ key });
    await this.#redis.ask((client) => client.del(countedKey(name, key)));
  }

  /** Of all processes, as it was at most ten seconds ago; of this one alone while Redis is away. */
  async keyCounts(): Promise<KeyCounts> {
    if (!this.#redis.health().up) return this.#local.keyCounts();
    if (!this.#counts || performance.now() - this.#counts.at > countEveryMs) {
      this.#counts = { at: performance.now(), keys: this.#countKeys() };
    }
    return await this.#counts.keys;
  }

  async #countKeys(): Promise<KeyCounts> {
    const counts = new Map<string, number>();
    let cursor = "0";
    do {
      const page = await this.#redis.ask((client) => client.scan(cursor, "MATCH", countedKeys, "COUNT", 1_000));
      if (!page) return this.#local.keyCounts();
      cursor = page[0];
      for (const key of page[1]) counts.set(nameOf(key), (counts.get(nameOf(key)) ?? 0) + 1);
    } while (cursor !== "0");
    return counts;
  }

  cleanUp(): void {
    this.#local.cleanUp();
  }
}

/** Redis counted a moment after us, and so admits a moment later. */
const later = (own: Decision): Decision => ({
  ...own,
  verdicts: own.verdicts.map((verdict) =>
    verdict.retryAfterMs > 0 ? { ...verdict, retryAfterMs: verdict.retryAfterMs + lagMs } : verdict,
  ),
});

function decisionOf(claims: readonly Claim[], keys: readonly string[], answer: readonly number[]) {
  const [admitted, at = 0, ...rest] = answer;
  return {
    admitted: admitted === 1,
    verdicts: claims.map(({ maxRequests }, index) => {
      const [size = 0, resetMicros = 0, waitMicros = 0] = rest.slice(3 * index, 3 * index + 3);
      return { remaining: Math.max(0, maxRequests - size), resetMs: resetMicros / 1_000, retryAfterMs: waitMicros / 1_000 };
    }),
    entries: admitted === 1 ? keys.map((key) => ({ key, at })) : [],
  };
}
