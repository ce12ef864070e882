import type { z } from "zod";
import type { BlockAddress, BlockedAddress, BlockedAddressQuery } from "#contract/operations.ts";
import type { ListOf } from "#contract/list.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { addressKey, parseIp } from "#platform/ip-address.ts";
import type { DdosProtection } from "#platform/rate-limit/block-list.ts";

/** The newest first. */
export function listBlockedAddresses(
  protection: DdosProtection,
  { limit, offset, total }: z.output<typeof BlockedAddressQuery>,
): ListOf<BlockedAddress> {
  const all = protection.getBlockedIPs().toReversed();
  const hasMore = all.length > offset + limit;
  return {
    items: all.slice(offset, offset + limit),
    page: { limit, offset, hasMore, nextCursor: null, ...(total ? { total: all.length } : {}) },
  };
}

/**
 * Shuts an address out of the whole installation. Throws `400` for what is no address, for one that is never blocked (loopback, a
 * proxy of ours), and for the one that asks: nobody could take that back.
 */
export async function blockAddress(
  tx: Tx,
  context: Context,
  protection: DdosProtection,
  { address, minutes, reason }: BlockAddress,
): Promise<BlockedAddress> {
  const refuse = (message: string) => new ValidationError([{ path: "address", message }]);
  const key = keyOf(address);
  if (key === undefined) throw refuse("Must be an IP address, such as 203.0.113.7");
  if (key === keyOf(context.ipAddress)) throw refuse("Is the address that you are asking from");
  await audit(tx, context, "address.blocked", key, { after: { address: key, minutes, reason } });
  try {
    await protection.blockIP(address, minutes * 60_000, reason);
  } catch (error) {
    if (error instanceof RangeError) throw refuse(error.message);
    throw error;
  }
  const blocked = protection.getBlockedIPs().find((candidate) => candidate.address === key);
  if (!blocked) throw new Error("An address was blocked and is not");
  return blocked;
}

/** Lets an address in again. Throws `404` for one that is not blocked. */
export async function unblockAddress(tx: Tx, context: Context, protection: DdosProtection, address: string): Promise<void> {
  const key = keyOf(address.replace(/\/64$/, ""));
  if (key === undefined || !protection.isBlocked(address)) throw new NotFoundError("This address is not blocked");
  await audit(tx, context, "address.unblocked", key, {});
  await protection.unblockIP(address);
}

function keyOf(address: string): string | undefined {
  const bytes = parseIp(address);
  return bytes && addressKey(bytes);
}
