import { RateLimitError } from "#platform/errors.ts";
import type { RateLimiter, RateLimitPreset } from "./rate-limit.ts";

const waitingMax = 200;

export type Attempts = ReturnType<typeof createAttempts>;

/**
 * For what counts failures only, such as sign-in. An attempt holds a place while it is under way, so that many at once guess no more
 * than one after the other; who finds the places taken by attempts that may yet succeed waits for one to end, and is refused only by failures.
 */
export function createAttempts(limiter: Pick<RateLimiter, "admit" | "forgive">) {
  const underWay = new Map<string, Set<Promise<void>>>();
  let waiting = 0;

  const admitted = async (preset: RateLimitPreset, keys: readonly string[], headers: Record<string, string>) => {
    for (;;) {
      try {
        const counted = limiter.admit(preset, keys, headers);
        const { promise: ended, resolve: end } = Promise.withResolvers<void>();
        // In the same turn: whoever looks next must see that the place may yet become free.
        for (const key of keys) underWay.set(key, (underWay.get(key) ?? new Set()).add(ended));
        return { counted, ended, end };
      } catch (error) {
        const others = keys.flatMap((key) => [...(underWay.get(key) ?? [])]);
        if (!(error instanceof RateLimitError) || others.length === 0 || waiting >= waitingMax) throw error;
        waiting += 1;
        await Promise.race(others);
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
      const { counted, ended, end } = await admitted(preset, keys, headers);
      try {
        const result = await work();
        limiter.forgive(counted);
        return result;
      } catch (error) {
        if (!isFailure(error)) limiter.forgive(counted);
        throw error;
      } finally {
        for (const key of keys) {
          const others = underWay.get(key);
          others?.delete(ended);
          if (others?.size === 0) underWay.delete(key);
        }
        end();
      }
    },
  };
}
