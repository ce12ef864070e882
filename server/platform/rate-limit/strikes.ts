import { RateLimitError } from "#platform/errors.ts";
import { rateLimit } from "./limits.ts";
import type { BlockList } from "./block-list.ts";
import type { RateLimiter, RateLimitSetting } from "./rate-limit.ts";

const blockMs = 60 * 60_000;

export type Strikes = ReturnType<typeof createStrikes>;

/** Counts refusals of who is not signed in, and blocks an address that keeps asking all the same for an hour. */
export function createStrikes(limiter: Pick<RateLimiter, "admit">, blockList: Pick<BlockList, "blockKey">, setting: RateLimitSetting) {
  const limit = [rateLimit({ name: "BLOCK", ...setting, keyBy: "address" })];
  return {
    /** One refusal more of an address that may be blocked. */
    add: async (address: string): Promise<void> => {
      try {
        await limiter.admit(limit, { address }, {});
      } catch (error) {
        if (!(error instanceof RateLimitError)) throw error;
        await blockList.blockKey(address, blockMs, "It kept asking though it was refused by the rate limits");
      }
    },
  };
}
