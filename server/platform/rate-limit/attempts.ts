import { ExternalServiceError, RateLimitError } from "#platform/errors.ts";
import type { RateLimitPreset } from "./limits.ts";
import type { RateLimiter } from "./rate-limit.ts";

const waitingMax = 200;

export type Attempts = ReturnType<typeof createAttempts>;

/** One attempt, from before it asks for its place until it has ended or was refused. */
interface Attempt {
  order: number;
  admitted: boolean;
  ended: Promise<void>;
}

/**
 * For what counts failures only, such as sign-in. An attempt holds a place while it is under way, so that many at once guess no more
 * than one after the other; who finds the places taken by attempts that may yet succeed waits for one to end, and is refused only by failures.
 */
export function createAttempts(limiter: Pick<RateLimiter, "admitKeys" | "countAttempt" | "forgive">) {
  const underWay = createPlaces();
  let waiting = 0;

  const admitted = async (preset: RateLimitPreset, keys: readonly string[], headers: Record<string, string>) => {
    for (;;) {
      const { attempt, end } = underWay.begin(keys);
      // Who holds a place now may have ended by the time the answer is here: it was refused for their sake all the same.
      const holders = underWay.before(attempt, keys).filter((other) => other.admitted);
      try {
        const counted = await limiter.admitKeys(preset, keys, headers);
        limiter.countAttempt(preset, "admitted");
        attempt.admitted = true;
        return { counted, end };
      } catch (error) {
        end();
        if (!(error instanceof RateLimitError)) throw error;
        holders.push(...underWay.before(attempt, keys));
        if (holders.length === 0) {
          limiter.countAttempt(preset, "refused");
          throw error;
        }
        if (waiting >= waitingMax)
          throw new ExternalServiceError("Too many people are signing in at the moment: try again", "SIGN_IN_BUSY");
        waiting += 1;
        await Promise.race(holders.map(({ ended }) => ended));
        waiting -= 1;
      }
    }
  };

  return {
    /** Runs `work`; it counts against every key when it fails in a way that `isFailure` says is the caller's. Throws `429`. */
    run: async <T>(
      {
        preset,
        keys,
        headers,
        isFailure,
      }: { preset: RateLimitPreset; keys: readonly string[]; headers: Record<string, string>; isFailure: (error: unknown) => boolean },
      work: () => Promise<T>,
    ): Promise<T> => {
      const { counted, end } = await admitted(preset, keys, headers);
      try {
        const result = await work();
        await limiter.forgive(counted);
        return result;
      } catch (error) {
        if (!isFailure(error)) await limiter.forgive(counted);
        throw error;
      } finally {
        end();
      }
    },
  };
}

function createPlaces() {
  const places = new Map<string, Set<Attempt>>();
  let begun = 0;
  return {
    begin: (keys: readonly string[]) => {
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const attempt: Attempt = { order: begun++, admitted: false, ended };
      for (const key of keys) places.set(key, (places.get(key) ?? new Set()).add(attempt));
      const end = () => {
        for (const key of keys) {
          const others = places.get(key);
          others?.delete(attempt);
          if (others?.size === 0) places.delete(key);
        }
        resolve();
      };
      return { attempt, end };
    },
    /** Who holds a place that may yet become free. Of those who still ask only who came before: two that wait for each other would wait for ever. */
    before: ({ order }: Attempt, keys: readonly string[]): Attempt[] =>
      keys.flatMap((key) => [...(places.get(key) ?? [])]).filter((other) => other.admitted || other.order < order),
  };
}
