import { rateLimitPresets } from "./limits.ts";
import type { Claim, Decision, KeyCounts } from "./store.ts";

export interface RateLimitStats {
  /** Keys that are counted at present. */
  totalKeys: number;
  /** Since the process began. */
  totalRequests: number;
  refused: number;
  /** By the limit's name. */
  limits: Record<string, { keys: number; requests: number; refusals: number }>;
}

/** Counts what was decided: each request once in all, and once for each limit that it was counted by. */
export function createTally() {
  const tally = new Map<string, { requests: number; refusals: number }>(
    rateLimitPresets.map((name) => [name, { requests: 0, refusals: 0 }]),
  );
  let totalRequests = 0;
  let refused = 0;
  const count = (name: string, isRefused: boolean) => {
    const counts = tally.get(name) ?? { requests: 0, refusals: 0 };
    counts.requests += 1;
    if (isRefused) counts.refusals += 1;
    tally.set(name, counts);
  };
  const countInAll = (isRefused: boolean) => {
    totalRequests += 1;
    if (isRefused) refused += 1;
  };
  return {
    add(claims: readonly Claim[], { admitted, verdicts }: Decision): void {
      countInAll(!admitted);
      for (const name of new Set(claims.map((claim) => claim.name))) {
        const refuses = claims.some((claim, index) => claim.name === name && (verdicts[index]?.retryAfterMs ?? 0) > 0);
        count(name, !admitted && refuses);
      }
    },
    /** One that was decided on more than once. */
    addAttempt(name: string, isRefused: boolean): void {
      countInAll(isRefused);
      count(name, isRefused);
    },
    statistics(keys: KeyCounts): RateLimitStats {
      const names = new Set([...tally.keys(), ...keys.keys()]);
      const limits = Object.fromEntries(
        [...names].map((name) => [name, { keys: keys.get(name) ?? 0, ...(tally.get(name) ?? { requests: 0, refusals: 0 }) }]),
      );
      const totalKeys = Object.values(limits).reduce((total, counts) => total + counts.keys, 0);
      return { totalKeys, totalRequests, refused, limits };
    },
  };
}
