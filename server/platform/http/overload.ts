import { ExternalServiceError } from "#platform/errors.ts";
import type { Logger } from "#platform/logger.ts";

/** Whose turn it is to be refused: health never, sign-in last. */
export type Importance = "normal" | "signIn" | "health";

export interface OverloadLimits {
  inFlightMax: number;
  eventLoopDelayMaxMs: number;
}

/** A request that was let in. */
export interface Slot {
  /** While it waits for the client, who may be slow to send a body, it is no load. What has come is refused like a request: `503`. */
  whileWaiting<T>(work: () => Promise<T>): Promise<T>;
  leave(): void;
}

export type Overload = ReturnType<typeof createOverload>;

/** `503`: more is asked at once than can be answered in time. */
export class OverloadError extends ExternalServiceError {
  constructor() {
    super("The server is busy: try again in a moment", "OVERLOADED");
  }
}

const tickMs = 100;
/** Sign-in goes on until twice the bound. */
const reserve: Record<Importance, number> = { normal: 1, signIn: 2, health: Infinity };

/**
 * Refuses what is beyond a bound of requests in flight, or of the delay of the event loop, as it is over about a second: one long
 * pause is no overload. Said in the log when it begins and when it is over, not at every request.
 */
export function createOverload({ inFlightMax, eventLoopDelayMaxMs }: OverloadLimits, log: Logger) {
  let inFlight = 0;
  let delayMs = 0;
  let shedding = false;
  let shed = 0;
  let lastTick = performance.now();
  const ticking = setInterval(() => {
    const now = performance.now();
    delayMs = 0.8 * delayMs + 0.2 * Math.max(0, now - lastTick - tickMs);
    lastTick = now;
    if (shedding && !isOver(1)) {
      shedding = false;
      log.warn("The load is borne again", { shed });
    }
  }, tickMs).unref();
  const isOver = (share: number) => inFlight >= inFlightMax * share || delayMs > eventLoopDelayMaxMs * share;
  const refuseBeyond = (importance: Importance) => {
    if (!isOver(reserve[importance])) return;
    if (!shedding) {
      [shedding, shed] = [true, 0];
      log.warn("Load is shed", { inFlight, eventLoopDelayMs: Math.round(delayMs) });
    }
    shed += 1;
    throw new OverloadError();
  };

  return {
    /** Lets a request in; throws `503`. */
    enter(importance: Importance): Slot {
      refuseBeyond(importance);
      inFlight += 1;
      return {
        async whileWaiting(work) {
          inFlight -= 1;
          try {
            const result = await work();
            refuseBeyond(importance);
            return result;
          } finally {
            inFlight += 1;
          }
        },
        leave: () => void (inFlight -= 1),
      };
    },
    /** Requests that are worked on. */
    inFlight: () => inFlight,
    close: () => clearInterval(ticking),
  };
}
