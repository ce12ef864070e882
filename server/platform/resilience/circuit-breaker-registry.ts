import type { Logger } from "#platform/logger.ts";
import {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitChange,
  type CircuitStatus,
  type CircuitSurroundings,
} from "./circuit-breaker.ts";

export interface CircuitBreakerRegistryOptions extends Omit<CircuitSurroundings, "onChange"> {
  log: Logger;
  breakersMax?: number;
}

export type CircuitBreakerRegistry = ReturnType<typeof createCircuitBreakerRegistry>;

/** The circuit breakers of this process by the name of what they guard. Each change of state is one line in the log and one metric. */
export function createCircuitBreakerRegistry({ log, breakersMax = 1_000, ...surroundings }: CircuitBreakerRegistryOptions) {
  const breakers = new Map<string, CircuitBreaker>();
  const keptByOthers = new Set<string>();
  const changed = (change: CircuitChange) => {
    const { name, from, to, reason } = change;
    log[to === "OPEN" ? "warn" : "info"](`Circuit breaker ${name} is ${to}: ${reason}`, { breaker: name, from, to });
    log.logPerformance("circuit-breaker.change", 1, "change", { breaker: name, from, to });
  };
  /** One breaker for each host of a webhook must not fill the memory: one at rest is forgotten, and made anew when it is needed. */
  const makeRoom = () => {
    for (const [name, breaker] of breakers) {
      if (breakers.size < breakersMax) return;
      const { state, failureCount } = breaker.status();
      if (!keptByOthers.has(name) && state === "CLOSED" && failureCount === 0) breakers.delete(name);
    }
    // One that an operator holds open must not begin anew as closed.
    const [oldest] = [...breakers].find(([name, breaker]) => !keptByOthers.has(name) && !breaker.status().heldOpen) ?? [];
    if (breakers.size >= breakersMax && oldest !== undefined) breakers.delete(oldest);
  };

  const getBreaker = (name: string, options: CircuitBreakerOptions = {}): CircuitBreaker => {
    const known = breakers.get(name);
    if (known) return known;
    makeRoom();
    const breaker = new CircuitBreaker(name, options, { ...surroundings, onChange: changed });
    breakers.set(name, breaker);
    return breaker;
  };

  return {
    /** The one of this name; made with these options when there is none yet. To be asked for at each use: it may be forgotten at rest. */
    getBreaker,

    /** The same for who keeps it for good: were it forgotten here, it would go on guarding where no operator sees or closes it. */
    keepBreaker(name: string, options: CircuitBreakerOptions = {}): CircuitBreaker {
      keptByOthers.add(name);
      return getBreaker(name, options);
    },

    /** The one of this name, if there is one: for an operator, who must not make one by a slip. */
    find: (name: string): CircuitBreaker | undefined => breakers.get(name),

    getHealthStatus: (): Record<string, CircuitStatus> =>
      Object.fromEntries([...breakers].map(([name, breaker]) => [name, breaker.status()])),
  };
}
