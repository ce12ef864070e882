import type { Claim, Verdict } from "./store.ts";

/**
 * Tells every limit that was asked: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11) name each, the
 * `X-RateLimit-…` headers the one with the least left. Where one limit counts two keys, the tighter one speaks for it.
 */
export function setRateLimitHeaders(headers: Record<string, string>, claims: readonly Claim[], verdicts: readonly Verdict[]): void {
  const tightest = new Map<string, { claim: Claim; verdict: Verdict }>();
  for (const [index, claim] of claims.entries()) {
    const verdict = verdicts[index] as Verdict;
    const known = tightest.get(claim.name);
    if (!known || isTighter(verdict, known.verdict)) tightest.set(claim.name, { claim, verdict });
  }
  const all = [...tightest.values()];
  const [first] = all.toSorted((one, other) => (isTighter(one.verdict, other.verdict) ? -1 : 1));
  if (!first) return;
  headers["X-RateLimit-Limit"] = String(first.claim.maxRequests);
  headers["X-RateLimit-Remaining"] = String(first.verdict.remaining);
  headers["X-RateLimit-Reset"] = new Date(Date.now() + secondsLeft(first.verdict) * 1_000).toISOString();
  headers["RateLimit-Policy"] = all
    .map(({ claim }) => `${quoted(claim.name)};q=${claim.maxRequests};w=${Math.ceil(claim.windowMs / 1_000)}`)
    .join(", ");
  headers["RateLimit"] = all
    .map(({ claim, verdict }) => `${quoted(claim.name)};r=${verdict.remaining};t=${secondsLeft(verdict)}`)
    .join(", ");
}

/** Of a limit that is counted elsewhere: nothing is left of it. */
export function setRefusalHeaders(headers: Record<string, string>, limit: Omit<Claim, "key">, waitSeconds: number): void {
  const waitMs = waitSeconds * 1_000;
  setRateLimitHeaders(headers, [{ ...limit, key: "" }], [{ remaining: 0, resetMs: waitMs, retryAfterMs: waitMs }]);
}

const isTighter = (one: Verdict, other: Verdict) =>
  one.remaining === other.remaining ? one.retryAfterMs > other.retryAfterMs : one.remaining < other.remaining;

/** Until a request is admitted again; where one is admitted now, until one more is left. */
const secondsLeft = ({ resetMs, retryAfterMs }: Verdict) => Math.ceil((retryAfterMs > 0 ? retryAfterMs : resetMs) / 1_000);

const quoted = (name: string) => `"${name.toLowerCase()}"`;
