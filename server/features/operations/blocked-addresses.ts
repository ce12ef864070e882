import type { z } from "zod";
import type { BlockAddress, BlockedAddress, BlockedAddressQuery } from "#contract/operations.ts";
import type { ListOf } from "#contract/list.ts";
import { audit } from "#features/audit/audit.ts";
import { NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { type DdosProtection, keyOf } from "#platform/rate-limit/block-list.ts";
import type { Services } from "#platform/services.ts";

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
 * Shuts an address out of the whole installation, once the audit trail tells of it for good: a block that nobody told of could not be
 * explained, and Redis is not asked while a transaction waits. Throws `400` for what is no address, for one that is never blocked
 * (loopback, a proxy of ours), and for the one that asks: nobody could take that back.
 */
export async function blockAddress(
  { database, ddosProtection }: Services,
  context: Context,
  { address, minutes, reason }: BlockAddress,
): Promise<BlockedAddress> {
  const refuse = (message: string) => new ValidationError([{ path: "address", message }]);
  const never = ddosProtection.whyNeverBlocked(address);
  if (never !== undefined) throw refuse(never);
  const key = keyOf(address) ?? address;
  if (key === keyOf(context.ipAddress)) throw refuse("Is the address that you are asking from");
  await database.withTenant(context.tenantId, (tx) =>
    audit(tx, context, "address.blocked", key, { after: { address: key, minutes, reason } }),
  );
  await ddosProtection.blockIP(address, minutes * 60_000, reason);
  const blocked = ddosProtection.getBlockedIPs().find((candidate) => candidate.address === key);
  if (!blocked) throw new Error("An address was blocked and is not");
  return blocked;
}

/** Lets an address in again, in the same order. Throws `404` for one that is not blocked. */
export async function unblockAddress({ database, ddosProtection }: Services, context: Context, address: string): Promise<void> {
  const key = keyOf(address);
  if (key === undefined || !ddosProtection.isBlocked(address)) throw new NotFoundError("This address is not blocked");
  await database.withTenant(context.tenantId, (tx) => audit(tx, context, "address.unblocked", key, {}));
  await ddosProtection.unblockIP(address);
}
