import { RateLimitError } from "#platform/errors.ts";
import { MemoryRateLimitStore, type Verdict } from "./memory-store.ts";

export const rateLimitPresets = ["AUTH", "API", "WRITE", "SENSITIVE"] as const;
export type RateLimitPreset = (typeof rateLimitPresets)[number];

export type RateLimitSettings = Readonly<Record<RateLimitPreset, { maxRequests: number; windowMs: number }>>;

/** What `admit` counted, to take it back by. */
export type Counted = { key: string; at: number }[];

export type RateLimiter = ReturnType<typeof createRateLimiter>;

/** Limits by preset and by who is counted. A refusal by one key does not consume the others. */
export function createRateLimiter(settings: RateLimitSettings, store = new MemoryRateLimitStore()) {
  const cleaning = setInterval(() => store.cleanUp(), 60_000);
  cleaning.unref();

  return {
    /** Counts one request under every key, or throws `429` and counts none. Headers are set either way. */
    async admit(preset: RateLimitPreset, keys: readonly string[], headers: Record<string, string>): Promise<Counted> {
      const { maxRequests, windowMs } = settings[preset];
      const counted: Counted = [];
      for (const name of keys) {
        const key = `${preset} ${name}`;
        const verdict = store.take(key, maxRequests, windowMs);
        setHeaders(headers, preset, maxRequests, windowMs, verdict);
        if (verdict.admitted) {
          counted.push(verdict);
          continue;
        }
        await this.forgive(counted);
        throw new RateLimitError(Math.max(1, Math.ceil(verdict.retryAfterMs / 1_000)));
      }
      return counted;
    },
    /** For what counts failures only: takes back what `admit` counted. */
    async forgive(counted: Counted): Promise<void> {
      for (const { key, at } of counted) store.giveBack(key, at);
    },
    statistics: () => store.statistics(),
    close: () => clearInterval(cleaning),
  };
}

function setHeaders(
  headers: Record<string, string>,
  preset: RateLimitPreset,
  maxRequests: number,
  windowMs: number,
  verdict: Verdict,
): void {
  const name = preset.toLowerCase();
  const secondsLeft = Math.ceil((verdict.admitted ? verdict.resetMs : verdict.retryAfterMs) / 1_000);
  headers["X-RateLimit-Limit"] = String(maxRequests);
  headers["X-RateLimit-Remaining"] = String(verdict.remaining);
  headers["X-RateLimit-Reset"] = new Date(Date.now() + secondsLeft * 1_000).toISOString();
  headers["RateLimit-Policy"] = `"${name}";q=${maxRequests};w=${Math.round(windowMs / 1_000)}`;
  headers["RateLimit"] = `"${name}";r=${verdict.remaining};t=${secondsLeft}`;
}
