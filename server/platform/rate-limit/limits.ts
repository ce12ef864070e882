/** Who asks, as far as it is known. */
export interface Caller {
  /** An IPv4 address, or the /64 of an IPv6 one. */
  address: string;
  /** What a sign-in names, whether it exists or not. */
  account?: string;
  tenantId?: string;
  userId?: string;
  /** A session that is borne, and was not looked up. */
  session?: string;
  apiKeyId?: string;
}

type Counted = "address" | "account" | "user" | "tenant" | "apiKey";
/** One part, several together as one key, or a function; undefined leaves the caller uncounted by this limit. */
export type KeyBy = Counted | readonly Counted[] | ((caller: Caller) => string | undefined);

export interface RateLimit {
  /** Limits of one name share what they count. Without one, a route's limit is named by the route's pattern, never by a raw URL. */
  name?: string;
  windowMs: number;
  maxRequests: number;
  keyBy: KeyBy;
  /** Told of every refusal. */
  onLimitReached?: (reached: { name: string; key: string; retryAfterMs: number }) => void;
}

/** In no span of `windowMs` milliseconds are more than `maxRequests` admitted of one key. Throws `RangeError` for what limits nothing. */
export function rateLimit(limit: RateLimit): RateLimit {
  for (const bound of [limit.windowMs, limit.maxRequests]) {
    if (!Number.isInteger(bound) || bound < 1) throw new RangeError("A limit needs whole numbers of at least 1");
  }
  return limit;
}

/** Several at once: all must admit, and a refusal by one does not consume the others. */
export const compositeRateLimit = (...limits: readonly (RateLimit | readonly RateLimit[])[]): readonly RateLimit[] => limits.flat();

export const rateLimitPresets = ["AUTH", "API", "WRITE", "SENSITIVE"] as const;
export type RateLimitPreset = (typeof rateLimitPresets)[number];

/** What a route is limited by: a preset, or limits of its own. */
export type RouteLimit = RateLimitPreset | RateLimit | readonly RateLimit[];

/** Whether a route is limited at all: no preset's name that there is not, and no empty list. */
export const isRouteLimit = (given: RouteLimit | undefined): boolean => {
  const limits = [given].flat();
  const isLimit = (limit: RateLimitPreset | RateLimit | undefined) =>
    typeof limit === "string" ? rateLimitPresets.includes(limit) : limit !== undefined && limit.maxRequests >= 1 && limit.windowMs >= 1;
  return limits.length > 0 && limits.every(isLimit);
};

const minuteMs = 60_000;
/** A signed-in person, or an integration's key, wherever they are; everyone else by their address. */
const byCaller = ({ tenantId, userId, apiKeyId, session, address }: Caller) => {
  if (apiKeyId !== undefined) return `apiKey ${apiKeyId}`;
  if (userId !== undefined) return `user ${tenantId} ${userId}`;
  return session === undefined ? `address ${address}` : `session ${session}`;
};

/** The limits as they are unless set otherwise. `AUTH` counts failures only. */
export const RateLimitPresets = {
  AUTH: rateLimit({ name: "AUTH", maxRequests: 5, windowMs: 15 * minuteMs, keyBy: "address" }),
  API: rateLimit({ name: "API", maxRequests: 100, windowMs: minuteMs, keyBy: byCaller }),
  WRITE: rateLimit({ name: "WRITE", maxRequests: 30, windowMs: minuteMs, keyBy: byCaller }),
  SENSITIVE: rateLimit({ name: "SENSITIVE", maxRequests: 10, windowMs: 60 * minuteMs, keyBy: byCaller }),
} as const satisfies Record<RateLimitPreset, RateLimit>;

/** Under what `limit` counts the caller; undefined when it does not. */
export function keyOf({ keyBy }: RateLimit, caller: Caller): string | undefined {
  if (typeof keyBy === "function") return keyBy(caller);
  if (typeof keyBy === "string") return partOf(keyBy, caller);
  const parts = keyBy.map((counted) => partOf(counted, caller));
  return parts.includes(undefined) ? undefined : parts.join(" ");
}

function partOf(counted: Counted, { address, account, tenantId, userId, apiKeyId }: Caller): string | undefined {
  // A person may work for several companies, and is counted in each.
  const user = userId === undefined ? undefined : `${tenantId} ${userId}`;
  const part = { address, account, tenant: tenantId, user, apiKey: apiKeyId }[counted];
  return part === undefined ? undefined : `${counted} ${part}`;
}
