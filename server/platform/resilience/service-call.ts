import type { Bulkhead } from "./bulkhead.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { type RetryOptions, withRetry } from "./retry.ts";
import type { Stoppable } from "./timeout.ts";

export interface ServiceCallOptions {
  breaker: CircuitBreaker;
  bulkhead: Bulkhead;
  /** Milliseconds for one try. */
  timeout: number;
  retry?: Omit<RetryOptions, "signal" | "deadline">;
}

/** How a service outside is asked. The order is the point, outermost first: retry, breaker, bulkhead, timeout. Only this layer retries. */
export function createServiceCall({ breaker, bulkhead, timeout, retry }: ServiceCallOptions) {
  return async <T>(work: Stoppable<T>, limits: Pick<RetryOptions, "signal" | "deadline"> = {}): Promise<T> => {
    const once = () => breaker.execute((signal) => bulkhead.execute(work, { timeout, signal }), { signal: limits.signal });
    return await withRetry(once, { ...retry, ...limits });
  };
}
