import type { BlockList } from "./block-list.ts";
import type { RateLimitSetting } from "./rate-limit.ts";
import type { RateLimitStore } from "./store.ts";

const blockMs = 60 * 60_000;

export type Strikes = ReturnType<typeof createStrikes>;

/** Counts refusals of who is not signed in, and blocks an address that keeps asking all the same for an hour. */
export function createStrikes(
  store: Pick<RateLimitStore, "take" | "forget">,
  blockList: Pick<BlockList, "blockByItself">,
  setting: RateLimitSetting,
) {
  return {
    /** One refusal more of an address that may be blocked. */
    add: async (address: string): Promise<void> => {
      const claim = { name: "BLOCK", key: `BLOCK address ${address}`, ...setting };
      const { admitted } = await store.take([claim]);
      if (admitted) return;
      await blockList.blockByItself(address, blockMs, "It kept asking though it was refused by the rate limits");
      // Let in again by hand, it would be blocked again by its next refusal.
      await store.forget(claim);
    },
  };
}
