import { z } from "zod";
import {
  BlockAddress,
  BlockedAddress,
  BlockedAddressList,
  BlockedAddressQuery,
  CircuitBreaker,
  CircuitBreakerList,
  CircuitBreakerParams,
  SecurityOverview,
  UnblockAddress,
} from "#contract/operations.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { admins, type AnyRoute } from "#platform/http/route.ts";
import { blockAddress, listBlockedAddresses, unblockAddress } from "./blocked-addresses.ts";
import { type BreakerAction, listCircuitBreakers, setCircuitBreaker } from "./circuit-breakers.ts";

const setBreaker = (action: BreakerAction, summary: string) =>
  MiddlewarePresets.write({
    method: "POST",
    path: `/admin/circuit-breakers/{name}/${action}`,
    summary,
    operatorOnly: true,
    roles: admins,
    // Here and below: what is done to this process is no part of the transaction of its audit event, and follows its commit.
    transaction: "none",
    params: CircuitBreakerParams,
    body: z.strictObject({}),
    response: CircuitBreaker,
    handler: ({ context, services, params }) => setCircuitBreaker(services, context, params.name, action),
  });

export const operationsRoutes: readonly AnyRoute[] = [
  MiddlewarePresets.adminOnly({
    method: "GET",
    path: "/admin/security",
    summary: "How the rate limits are used, and how many addresses are blocked",
    operatorOnly: true,
    response: SecurityOverview,
    handler: async ({ services }) => {
      const { limits, ...totals } = await services.limiter.getRateLimitStats();
      return {
        since: new Date(Date.now() - process.uptime() * 1_000).toISOString(),
        ...totals,
        limits: Object.entries(limits).map(([name, counts]) => ({ name, ...counts })),
        blockedAddresses: services.ddosProtection.getBlockedIPs().length,
      };
    },
  }),
  MiddlewarePresets.adminOnly({
    method: "GET",
    path: "/admin/security/blocked-addresses",
    summary: "The addresses that are shut out, the newest first",
    operatorOnly: true,
    query: BlockedAddressQuery,
    response: BlockedAddressList,
    handler: async ({ services, query }) => listBlockedAddresses(services.ddosProtection, query),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/admin/security/blocked-addresses",
    summary: "Shut an address out of the whole installation for a while",
    operatorOnly: true,
    roles: admins,
    transaction: "none",
    body: BlockAddress,
    response: BlockedAddress,
    status: 201,
    handler: ({ context, services, body }) => blockAddress(services, context, body),
  }),
  MiddlewarePresets.write({
    method: "POST",
    path: "/admin/security/blocked-addresses/unblock",
    summary: "Let an address in again",
    operatorOnly: true,
    roles: admins,
    transaction: "none",
    body: UnblockAddress,
    response: z.null(),
    status: 204,
    handler: async ({ context, services, body }) => {
      await unblockAddress(services, context, body.address);
      return null;
    },
  }),
  MiddlewarePresets.adminOnly({
    method: "GET",
    path: "/admin/circuit-breakers",
    summary: "The circuit breakers of this process and their states",
    operatorOnly: true,
    response: CircuitBreakerList,
    handler: async ({ services }) => ({ items: listCircuitBreakers(services.circuitBreakers) }),
  }),
  setBreaker("open", "Stop calling a service until it is said otherwise"),
  setBreaker("close", "Call a service again"),
  setBreaker("automatic", "Let probes decide whether a service is called again"),
];
