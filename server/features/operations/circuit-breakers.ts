import type { CircuitBreaker } from "#contract/operations.ts";
import { audit } from "#features/audit/audit.ts";
import { databaseBreaker } from "#platform/database/connecting-client.ts";
import { ConflictError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import type { CircuitStatus } from "#platform/resilience/circuit-breaker.ts";
import type { CircuitBreakerRegistry } from "#platform/resilience/circuit-breaker-registry.ts";
import type { Services } from "#platform/services.ts";

/** Those of this process: each guards its own calls. */
export function listCircuitBreakers(registry: CircuitBreakerRegistry): CircuitBreaker[] {
  return Object.entries(registry.getHealthStatus())
    .map(([name, status]) => toCircuitBreaker(name, status))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function toCircuitBreaker(name: string, { retryInMs, ...status }: CircuitStatus): CircuitBreaker {
  return { name, ...status, retryInSeconds: retryInMs === undefined ? null : Math.ceil(retryInMs / 1_000) };
}

/** The past tense of what an operator does by hand. */
const actions = {
  open: "circuit-breaker.opened",
  close: "circuit-breaker.closed",
  automatic: "circuit-breaker.made-automatic",
} as const;
export type BreakerAction = keyof typeof actions;

/**
 * Holds a breaker open, closes it, or lets probes decide again, once the audit trail tells of it for good. Throws `404` where no such
 * breaker is, `409` for opening the database's.
 */
export async function setCircuitBreaker(
  { database, circuitBreakers }: Services,
  context: Context,
  name: string,
  action: BreakerAction,
): Promise<CircuitBreaker> {
  const breaker = circuitBreakers.find(name);
  if (!breaker) throw new NotFoundError("There is no circuit breaker of this name");
  if (name === databaseBreaker && action === "open")
    throw new ConflictError("BREAKER_NEEDED", "Without the database nobody could sign in to close it again: stop the server instead");
  const before = breaker.status();
  await database.withTenant(context.tenantId, (tx) =>
    audit(tx, context, actions[action], name, { before: { state: before.state, heldOpen: before.heldOpen } }),
  );
  breaker[action]();
  context.log.logSecurityEvent("A circuit breaker was set by hand", "medium", { breaker: name, action });
  return toCircuitBreaker(name, breaker.status());
}
