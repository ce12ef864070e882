import { z } from "zod";
import { Flag, listOf, Pagination } from "./list.ts";
import { GivenInstant } from "./primitives.ts";
import { cleanText } from "./text.ts";

// What the operator's Admins see and do: of the whole installation, not of one company.

/** How often each limit was asked and how often it refused, since this process began. */
export const RateLimitCounts = z
  .object({ name: z.string(), keys: z.int(), requests: z.int(), refusals: z.int() })
  .meta({ id: "RateLimitCounts" });
export type RateLimitCounts = z.infer<typeof RateLimitCounts>;

export const SecurityOverview = z
  .object({
    since: GivenInstant,
    totalKeys: z.int(),
    totalRequests: z.int(),
    refused: z.int(),
    limits: z.array(RateLimitCounts),
    blockedAddresses: z.int(),
  })
  .meta({ id: "SecurityOverview" });
export type SecurityOverview = z.infer<typeof SecurityOverview>;

/** An IPv4 address, or the /64 of an IPv6 one, that gets no answer but `403` until `expiresAt`. */
export const BlockedAddress = z
  .object({ address: z.string(), reason: z.string(), blockedAt: GivenInstant, expiresAt: GivenInstant })
  .meta({ id: "BlockedAddress" });
export type BlockedAddress = z.infer<typeof BlockedAddress>;
export const BlockedAddressList = listOf(BlockedAddress).meta({ id: "BlockedAddressList" });
export const BlockedAddressQuery = z.strictObject({ ...Pagination.shape, total: Flag.optional() });

const Address = z.string().trim().min(1, "Must not be empty").max(64);
export const blockMinutesMax = 30 * 24 * 60;
export const BlockAddress = z
  .strictObject({
    address: Address,
    minutes: z.int().min(1, "Must be at least 1").max(blockMinutesMax, `Must be at most ${blockMinutesMax}: 30 days`),
    reason: cleanText(200).min(1, "Must not be empty"),
  })
  .meta({ id: "BlockAddress" });
export type BlockAddress = z.infer<typeof BlockAddress>;
export const UnblockAddress = z.strictObject({ address: Address }).meta({ id: "UnblockAddress" });

/** `retryInSeconds`: until it is tried whether the service is back, where it opened by itself. `heldOpen`: an operator opened it. */
export const CircuitBreaker = z
  .object({
    name: z.string(),
    state: z.enum(["CLOSED", "OPEN", "HALF_OPEN"]),
    failureCount: z.int(),
    rejected: z.int(),
    heldOpen: z.boolean(),
    retryInSeconds: z.number().nullable(),
  })
  .meta({ id: "CircuitBreaker" });
export type CircuitBreaker = z.infer<typeof CircuitBreaker>;
export const CircuitBreakerList = z.object({ items: z.array(CircuitBreaker) }).meta({ id: "CircuitBreakerList" });
export type CircuitBreakerList = z.infer<typeof CircuitBreakerList>;
export const CircuitBreakerParams = z.strictObject({ name: z.string().min(1).max(255) });
