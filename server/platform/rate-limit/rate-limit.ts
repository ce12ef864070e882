import { RateLimitError } from "#platform/errors.ts";
import {
  type Caller,
  compositeRateLimit,
  keyOf,
  rateLimit,
  type RateLimit,
  type RateLimitPreset,
  RateLimitPresets,
  rateLimitPresets,
  type RouteLimit,
} from "./limits.ts";
import { createTally, type RateLimitStats } from "./tally.ts";
import { setRateLimitHeaders } from "./rate-limit-headers.ts";
import type { Claim, Counted, RateLimitStore, Verdict } from "./store.ts";

export interface RateLimitSetting {
  maxRequests: number;
  windowMs: number;
}
export type RateLimitSettings = Readonly<Record<RateLimitPreset, RateLimitSetting>> & {
  /** Of all people and keys of one company together, where it is set. */
  readonly TENANT?: RateLimitSetting | undefined;
};

export type RateLimiter = ReturnType<typeof createRateLimiter>;

/** Decides over requests by limits and callers, and counts what it decided. */
export function createRateLimiter(settings: RateLimitSettings, store: RateLimitStore) {
  const cleaning = setInterval(() => store.cleanUp(), 60_000).unref();
  const tally = createTally();
  const presets = Object.fromEntries(rateLimitPresets.map((name) => [name, { ...RateLimitPresets[name], ...settings[name] }])) as Record<
    RateLimitPreset,
    RateLimit
  >;
  const tenant: readonly RateLimit[] = settings.TENANT ? [rateLimit({ name: "TENANT", ...settings.TENANT, keyBy: "tenant" })] : [];

  const windows = new Map(Object.values(presets).map(({ name, windowMs }) => [name, windowMs]));

  const decide = async (asked: readonly Asked[], headers: Record<string, string>, isRequest: boolean): Promise<Counted> => {
    const claims = asked.map(({ claim }) => claim);
    const decision = await store.take(claims);
    if (isRequest) tally.add(claims, decision);
    setRateLimitHeaders(headers, claims, decision.verdicts);
    if (decision.admitted) return decision.counted;
    for (const [index, { limit, claim }] of asked.entries()) {
      const { retryAfterMs } = decision.verdicts[index] as Verdict;
      if (retryAfterMs > 0) limit.onLimitReached?.({ name: claim.name, key: claim.key, retryAfterMs });
    }
    const waitMs = Math.max(...decision.verdicts.map(({ retryAfterMs }) => retryAfterMs));
    throw new RateLimitError(Math.max(1, Math.ceil(waitMs / 1_000)));
  };

  return {
    /**
     * Counts one request of `caller` under every limit that counts them, or throws `429` and counts none. Headers are set either way.
     * Whom none of the limits counts, since they are not signed in, say, is counted as an address.
     */
    admit(limits: readonly RateLimit[], caller: Caller, headers: Record<string, string>): Promise<Counted> {
      const asked = limits.flatMap((limit) => claimOf(limit, keyOf(limit, caller)));
      return decide(asked.length > 0 ? asked : claimOf(presets.API, keyOf({ ...presets.API, keyBy: "address" }, caller)), headers, true);
    },
    /** The same under keys of one's own, for an attempt that may ask several times and is one request in the figures. */
    admitKeys: (preset: RateLimitPreset, keys: readonly string[], headers: Record<string, string>): Promise<Counted> =>
      decide(
        keys.flatMap((key) => claimOf(presets[preset], key)),
        headers,
        false,
      ),
    countAttempt: (preset: RateLimitPreset, outcome: "admitted" | "refused"): void => tally.addAttempt(preset, outcome === "refused"),
    /** The limits that a route names, and that of the caller's company where one is set. The route's own are named by its pattern. */
    limitsOf: (limit: RouteLimit, pattern: string): readonly RateLimit[] => {
      const own = [limit]
        .flat()
        .map((one, index) =>
          typeof one === "string" ? presets[one] : { name: index === 0 ? pattern : `${pattern} ${index + 1}`, ...one },
        );
      return checked(compositeRateLimit(own, tenant), windows);
    },
    /** For what counts failures only: takes back what `admit` counted. */
    forgive: async (counted: Counted): Promise<void> => await store.giveBack(counted),
    getRateLimitStats: async (): Promise<RateLimitStats> => tally.statistics(await store.keyCounts()),
    close: () => clearInterval(cleaning),
  };
}

/** Limits of one name share what they count: of two windows, the shorter one would forget what the longer one still counts. */
function checked(limits: readonly RateLimit[], windows: Map<string | undefined, number>): readonly RateLimit[] {
  for (const [index, { name, windowMs }] of limits.entries()) {
    if (limits.findIndex((other) => other.name === name) < index) throw new RangeError(`Two limits of a route are named ${name}`);
    if ((windows.get(name) ?? windowMs) !== windowMs) throw new RangeError(`The limit ${name} has another window elsewhere`);
    windows.set(name, windowMs);
  }
  return limits;
}

interface Asked {
  limit: RateLimit;
  claim: Claim;
}

function claimOf(limit: RateLimit, key: string | undefined): Asked[] {
  if (key === undefined) return [];
  const { maxRequests, windowMs, name = "unnamed" } = limit;
  return [{ limit, claim: { name, key: `${name} ${key}`, maxRequests, windowMs } }];
}
