import { addressKey, isLoopback, isWithin, type Network, parseIp } from "#platform/ip-address.ts";
import type { Logger } from "#platform/logger.ts";
import type { SharedBlocks } from "./shared-blocks.ts";

/** An address that gets no answer but `403` until `expiresAt`. */
export interface BlockedAddress {
  /** An IPv4 address, or the /64 of an IPv6 one. */
  address: string;
  reason: string;
  blockedAt: string;
  expiresAt: string;
}

/** As an operator has it in hand. What is changed holds in this process at once, and in all that share Redis within a second or two. */
export interface DdosProtection {
  /** Why this is never blocked: it is no address, loopback, or a proxy of ours. */
  whyNeverBlocked(ip: string): string | undefined;
  /** Blocks for so many milliseconds. Throws `RangeError` for what is never blocked. */
  blockIP(ip: string, ms: number, reason: string): Promise<void>;
  /** Whether it was blocked. */
  unblockIP(ip: string): Promise<boolean>;
  /** The oldest first. */
  getBlockedIPs(): BlockedAddress[];
  isBlocked(ip: string): boolean;
}

export interface BlockList extends DdosProtection {
  /**
   * For the limiter, which has judged the request already: also loopback, where that is a proxy which was not declared. A block that
   * stands stays as it is: one by hand may last longer.
   */
  blockByItself(key: string, ms: number, reason: string): Promise<void>;
}

/** A block as this process keeps it. */
export interface Block {
  reason: string;
  /** By the wall clock, for people. */
  blockedAt: number;
  /** By the monotonic clock. */
  until: number;
}

export const blocksMax = 10_000;
const longestMs = 10 * 365 * 24 * 3_600_000;

export function createBlockList({
  trustedProxies,
  log,
  shared,
  now = () => performance.now(),
}: {
  trustedProxies: readonly Network[];
  log: Logger;
  shared?: SharedBlocks | undefined;
  now?: () => number;
}): BlockList {
  const blocks = shared?.blocks ?? new Map<string, Block>();
  const standing = (key: string | undefined): Block | undefined => {
    const block = key === undefined ? undefined : blocks.get(key);
    if (!block || block.until > now()) return block;
    blocks.delete(key as string);
    return undefined;
  };
  const add = async (key: string, ms: number, reason: string, staysIfBlocked: boolean) => {
    const block = { reason, blockedAt: Date.now(), until: now() + ms };
    blocks.set(key, block);
    if (blocks.size > blocksMax) blocks.delete(firstToEnd(blocks));
    // Without the reason: someone may have typed it.
    log.logSecurityEvent("An address was blocked", "high", { blocked: key, milliseconds: ms });
    await shared?.block(key, block, staysIfBlocked);
  };

  const whyNeverBlocked = (ip: string) => reasonNotToBlock(ip, trustedProxies);

  return {
    async blockByItself(key, ms, reason) {
      if (!standing(key)) await add(key, ms, reason, true);
    },
    whyNeverBlocked,
    async blockIP(ip, ms, reason) {
      const why = whyNeverBlocked(ip);
      if (why !== undefined) throw new RangeError(why);
      if (!(ms >= 1 && ms <= longestMs)) throw new RangeError("A block lasts a millisecond at least, and ten years at most");
      await add(keyOf(ip) as string, ms, reason, false);
    },
    async unblockIP(ip) {
      const key = keyOf(ip);
      if (key === undefined || !standing(key)) return false;
      blocks.delete(key);
      log.logSecurityEvent("An address was let in again", "low", { blocked: key });
      await shared?.unblock(key);
      return true;
    },
    getBlockedIPs: () =>
      [...blocks.entries()]
        .toSorted(([, one], [, other]) => one.blockedAt - other.blockedAt)
        .flatMap(([address, block]) => {
          if (!standing(address)) return [];
          const expiresAt = new Date(Date.now() + block.until - now()).toISOString();
          return [{ address, reason: block.reason, blockedAt: new Date(block.blockedAt).toISOString(), expiresAt }];
        }),
    isBlocked: (ip) => blocks.size > 0 && standing(keyOf(ip)) !== undefined,
  };
}

/** Leaves where there are more than there may be: one by hand lasts longer than those that came by themselves. */
function firstToEnd(blocks: ReadonlyMap<string, Block>): string {
  const [first] = [...blocks].toSorted(([, one], [, other]) => one.until - other.until);
  return first?.[0] ?? "";
}

function reasonNotToBlock(ip: string, trustedProxies: readonly Network[]): string | undefined {
  const bytes = parseIp(ip);
  if (!bytes) return "Must be an IP address, such as 203.0.113.7";
  if (isLoopback(bytes)) return "Loopback is never blocked";
  return trustedProxies.some((network) => isWithin(network, bytes)) ? "A proxy of ours is never blocked" : undefined;
}

/** By what an address is blocked: an IPv4 address, or the /64 of an IPv6 one, however it is written. */
export function keyOf(ip: string): string | undefined {
  const bytes = parseIp(ip.replace(/\/64$/, ""));
  return bytes && addressKey(bytes);
}
