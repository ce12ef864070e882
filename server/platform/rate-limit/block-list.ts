import { addressKey, isLoopback, isWithin, type Network, parseIp } from "#platform/ip-address.ts";
import type { Logger } from "#platform/logger.ts";

/** An address that gets no answer but `403` until `expiresAt`. */
export interface BlockedAddress {
  /** An IPv4 address, or the /64 of an IPv6 one. */
  address: string;
  reason: string;
  blockedAt: string;
  expiresAt: string;
}

/** As an operator has it in hand. */
export interface DdosProtection {
  /** Blocks for so many milliseconds. Throws `RangeError` for what is no address, for loopback, and for a proxy of ours. */
  blockIP(ip: string, ms: number, reason: string): Promise<void>;
  /** Whether it was blocked. */
  unblockIP(ip: string): Promise<boolean>;
  getBlockedIPs(): BlockedAddress[];
  isBlocked(ip: string): boolean;
}

export interface BlockList extends DdosProtection {
  /** For the limiter, which has judged the request already: also loopback, where that is a proxy which was not declared. */
  blockKey(key: string, ms: number, reason: string): Promise<void>;
}

interface Block {
  reason: string;
  blockedAt: number;
  /** By the monotonic clock. */
  until: number;
}

const blocksMax = 10_000;

export function createBlockList({
  trustedProxies,
  log,
  now = () => performance.now(),
}: {
  trustedProxies: readonly Network[];
  log: Logger;
  now?: () => number;
}): BlockList {
  const blocks = new Map<string, Block>();
  const keyOf = (ip: string) => {
    const bytes = parseIp(ip.replace(/\/64$/, ""));
    return bytes && addressKey(bytes);
  };
  const standing = (key: string | undefined): Block | undefined => {
    const block = key === undefined ? undefined : blocks.get(key);
    if (!block || block.until > now()) return block;
    blocks.delete(key as string);
    return undefined;
  };

  const blockKey = async (key: string, ms: number, reason: string) => {
    blocks.delete(key);
    blocks.set(key, { reason, blockedAt: Date.now(), until: now() + ms });
    for (const oldest of blocks.keys()) {
      if (blocks.size <= blocksMax) break;
      blocks.delete(oldest);
    }
    log.logSecurityEvent("An address was blocked", "high", { blocked: key, reason, milliseconds: ms });
  };

  return {
    blockKey,
    async blockIP(ip, ms, reason) {
      const bytes = parseIp(ip);
      if (!bytes) throw new RangeError("Not an address");
      if (isLoopback(bytes)) throw new RangeError("Loopback is never blocked");
      if (trustedProxies.some((network) => isWithin(network, bytes))) throw new RangeError("A proxy of ours is never blocked");
      await blockKey(addressKey(bytes), ms, reason);
    },
    async unblockIP(ip) {
      const key = keyOf(ip);
      const was = standing(key) !== undefined;
      if (key !== undefined && was) {
        blocks.delete(key);
        log.logSecurityEvent("An address was let in again", "low", { blocked: key });
      }
      return was;
    },
    getBlockedIPs: () =>
      [...blocks.keys()].flatMap((address) => {
        const block = standing(address);
        if (!block) return [];
        const expiresAt = new Date(Date.now() + block.until - now()).toISOString();
        return [{ address, reason: block.reason, blockedAt: new Date(block.blockedAt).toISOString(), expiresAt }];
      }),
    isBlocked: (ip) => blocks.size > 0 && standing(keyOf(ip)) !== undefined,
  };
}
