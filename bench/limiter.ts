import { RateLimiterMemory } from "rate-limiter-flexible";
import { MemoryRateLimitStore } from "#platform/rate-limit/memory-store.ts";
import type { RateLimitStore } from "#platform/rate-limit/store.ts";
import type { Row } from "./row.ts";

const decisions = 300_000;
const rounds = 9;

type Decide = (key: string) => Promise<boolean>;

/** One decision of the limiter in memory, awaited as a request awaits it, against rate-limiter-flexible, whose windows are fixed. */
export async function benchLimiter(): Promise<Row[]> {
  const manyKeys = Array.from({ length: 100_000 }, (_, index) => `API user ${index}`);
  return [
    await compare("One decision, 100,000 keys in turn", manyKeys, { maxRequests: 100, windowMs: 60_000 }),
    await compare("One decision, one hot key that is admitted", ["API user 1"], { maxRequests: 1_000_000, windowMs: 1_000 }),
    await compare("One decision, one hot key that is refused", ["API user 1"], { maxRequests: 100, windowMs: 60_000 }),
  ];
}

async function compare(what: string, keys: readonly string[], limit: { maxRequests: number; windowMs: number }): Promise<Row> {
  const ours: number[] = [];
  const theirs: number[] = [];
  // In turn, and the best of each: what else the machine does can only slow them.
  for (let round = 0; round < rounds; round++) {
    ours.push(await perSecond(decideOurs(limit), keys));
    theirs.push(await perSecond(decideTheirs(limit), keys));
  }
  return {
    what,
    against: "rate-limiter-flexible, in memory",
    unit: "decisions/s",
    ours: Math.max(...ours),
    baseline: Math.max(...theirs),
    note: "",
  };
}

function decideOurs({ maxRequests, windowMs }: { maxRequests: number; windowMs: number }): Decide {
  const store: RateLimitStore = new MemoryRateLimitStore();
  return async (key) => (await store.take([{ name: "API", key, maxRequests, windowMs }])).admitted;
}

function decideTheirs({ maxRequests, windowMs }: { maxRequests: number; windowMs: number }): Decide {
  const limiter = new RateLimiterMemory({ points: maxRequests, duration: windowMs / 1_000 });
  // Theirs refuses by throwing.
  return async (key) => {
    try {
      await limiter.consume(key);
      return true;
    } catch {
      return false;
    }
  };
}

/** Of the processor's time. */
async function perSecond(decide: Decide, keys: readonly string[]): Promise<number> {
  const before = process.cpuUsage();
  for (let decision = 0; decision < decisions; decision++) await decide(keys[decision % keys.length] ?? "");
  const { user, system } = process.cpuUsage(before);
  return (decisions / (user + system)) * 1_000_000;
}
