import { RejectedError } from "./errors.ts";
import { type Stoppable, withTimeout } from "./timeout.ts";

export interface BulkheadOptions {
  /** So many are inside at once. */
  limit: number;
  /** So many may wait; more are refused at once. */
  waitingMax: number;
  /** So long, in milliseconds, each of them waits at most. */
  patienceMs: number;
  refusal?: () => Error;
}

export interface CallLimits {
  /** Milliseconds for the work itself; none: as long as it takes. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

export type Bulkhead = ReturnType<typeof createBulkhead>;

/**
 * Lets only so many in at once; the others wait in order. A place is free when the work in it has ended: not already when its time is
 * over or its caller has gone, for until then it may still burden what it asks.
 */
export function createBulkhead({ limit, waitingMax, patienceMs, refusal = full }: BulkheadOptions) {
  const waiting: (() => void)[] = [];
  let inside = 0;

  const enter = async (signal: AbortSignal | undefined): Promise<void> => {
    if (inside < limit) {
      inside += 1;
      return;
    }
    if (waiting.length >= waitingMax) throw refusal();
    await new Promise<void>((resolve, reject) => {
      const called = () => {
        clearTimeout(impatience);
        signal?.removeEventListener("abort", gone);
        resolve();
      };
      const giveUp = (reason: unknown) => {
        clearTimeout(impatience);
        signal?.removeEventListener("abort", gone);
        waiting.splice(waiting.indexOf(called), 1);
        reject(reason);
      };
      const gone = () => giveUp(signal?.reason);
      const impatience = setTimeout(() => giveUp(refusal()), patienceMs);
      signal?.addEventListener("abort", gone);
      waiting.push(called);
    });
  };
  // The place goes straight to the next one: who comes anew cannot take it.
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else inside -= 1;
  };
  const occupy = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } finally {
      leave();
    }
  };

  return {
    waiting: () => waiting.length,
    inside: () => inside,
    /** Runs `work` when there is a place. Throws the refusal, a `TimeoutError`, or the reason of the caller's signal. */
    execute: async <T>(work: Stoppable<T>, { timeout, signal }: CallLimits = {}): Promise<T> => {
      signal?.throwIfAborted();
      await enter(signal);
      // It may have been let in and gone away in the same moment.
      if (signal?.aborted) leave();
      signal?.throwIfAborted();
      return await withTimeout((stop) => occupy(() => work(stop)), timeout, undefined, { signal });
    },
  };
}

const full = () => new RejectedError("Too much is being asked at once: try again in a moment", "BUSY");
