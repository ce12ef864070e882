import { queryOptions } from "@tanstack/react-query";
import type { Health } from "#contract/health.ts";
import type { BlockAddress, BlockedAddress, CircuitBreaker, CircuitBreakerList, SecurityOverview } from "#contract/operations.ts";
import type { ListOf } from "#contract/list.ts";
import { get, post } from "#web/api/client.ts";

// What it shows changes by itself: looked at again while someone looks.
const often = { refetchInterval: 15_000 } as const;

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: ({ signal }) => get<Health>("/health", {}, signal),
  ...often,
});

export const securityQuery = queryOptions({
  queryKey: ["security", "overview"],
  queryFn: ({ signal }) => get<SecurityOverview>("/admin/security", {}, signal),
  ...often,
});

export const blockedQuery = queryOptions({
  queryKey: ["security", "blocked"],
  queryFn: ({ signal }) => get<ListOf<BlockedAddress>>("/admin/security/blocked-addresses", { limit: 200, total: true }, signal),
  ...often,
});

export const breakersQuery = queryOptions({
  queryKey: ["security", "breakers"],
  queryFn: ({ signal }) => get<CircuitBreakerList>("/admin/circuit-breakers", {}, signal),
  ...often,
});

export const blockAddress = (request: BlockAddress, idempotencyKey: string) =>
  post<BlockedAddress>("/admin/security/blocked-addresses", request, { idempotencyKey });

export const unblockAddress = (address: string) => post<void>("/admin/security/blocked-addresses/unblock", { address });

export const setBreaker = (name: string, action: "open" | "close" | "automatic") =>
  post<CircuitBreaker>(`/admin/circuit-breakers/${encodeURIComponent(name)}/${action}`, {});
