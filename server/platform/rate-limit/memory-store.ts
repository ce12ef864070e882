/** What a limiter answers: admitted or not, how many are left, and when it is worth asking again. */
export interface Verdict {
  admitted: boolean;
  /** Under what and when it was counted, to give it back by. */
  key: string;
  at: number;
  remaining: number;
  /** Until the oldest counted request leaves the window: 0 when none is counted. */
  resetMs: number;
  /** Until a request is admitted again: 0 when one is admitted now. */
  retryAfterMs: number;
}

/** The admitted instants of one key, oldest first, at most `maxRequests` of them. */
interface Window {
  instants: number[];
  windowMs: number;
  /** The last instant at which a request was refused. */
  refusedAt: number;
}

const overflow = "overflow";

/**
 * An exact sliding-window log: in no span of `windowMs` are more than `maxRequests` admitted, at any alignment.
 * Bounded: the least recently used key leaves first, unless it is being refused; without room, new keys share one.
 */
export class MemoryRateLimitStore {
  readonly #windows = new Map<string, Window>();
  readonly #keysMax: number;
  readonly #now: () => number;
  #requests = 0;
  #refusals = 0;

  constructor({ keysMax = 100_000, now = () => performance.now() }: { keysMax?: number; now?: () => number } = {}) {
    this.#keysMax = keysMax;
    this.#now = now;
  }

  /** Counts a request when it is admitted; a refused one costs nothing. */
  take(key: string, maxRequests: number, windowMs: number): Verdict {
    const now = this.#now();
    const [countedUnder, window] = this.#windowOf(key, maxRequests, windowMs, now);
    this.#requests += 1;
    forgetBefore(window, now - windowMs);
    const admitted = window.instants.length < maxRequests;
    if (admitted) window.instants.push(now);
    else {
      window.refusedAt = now;
      this.#refusals += 1;
    }
    return { ...verdictOf(window, admitted, maxRequests, now), key: countedUnder };
  }

  /** Gives back one request that turned out not to count: a sign-in that succeeded. */
  giveBack(key: string, at: number): void {
    const instants = this.#windows.get(key)?.instants ?? [];
    const index = instants.lastIndexOf(at);
    if (index >= 0) instants.splice(index, 1);
  }

  statistics() {
    return { totalKeys: this.#windows.size, totalRequests: this.#requests, refused: this.#refusals };
  }

  /** Forgets keys whose whole window has passed. */
  cleanUp(): void {
    const now = this.#now();
    for (const [key, window] of this.#windows) {
      if ((window.instants.at(-1) ?? 0) <= now - window.windowMs) this.#windows.delete(key);
    }
  }

  #windowOf(key: string, maxRequests: number, windowMs: number, now: number): [key: string, window: Window] {
    const known = this.#windows.get(key);
    if (known) {
      // Moves the key to the end: a Map keeps its keys in the order they were set.
      this.#windows.delete(key);
      this.#windows.set(key, known);
      return [key, known];
    }
    // One bucket a limit: a shorter window would forget what a longer one still counts.
    const target = this.#windows.size < this.#keysMax || this.#makeRoom(now) ? key : `${overflow} ${maxRequests}/${windowMs}`;
    const window = this.#windows.get(target) ?? { instants: [], windowMs, refusedAt: -Infinity };
    this.#windows.set(target, window);
    return [target, window];
  }

  #makeRoom(now: number): boolean {
    let looked = 0;
    for (const [key, window] of this.#windows) {
      if (window.refusedAt <= now - window.windowMs && !key.startsWith(overflow)) return this.#windows.delete(key);
      // A bounded search keeps every request at constant cost.
      if (++looked >= 8) return false;
    }
    return false;
  }
}

function forgetBefore(window: Window, instant: number): void {
  let passed = 0;
  while (passed < window.instants.length && (window.instants[passed] ?? 0) <= instant) passed++;
  if (passed > 0) window.instants.splice(0, passed);
}

function verdictOf({ instants, windowMs }: Window, admitted: boolean, maxRequests: number, now: number): Omit<Verdict, "key"> {
  const oldest = instants[0];
  const nextAdmission = instants.length < maxRequests ? undefined : instants[instants.length - maxRequests];
  return {
    admitted,
    at: now,
    remaining: Math.max(0, maxRequests - instants.length),
    resetMs: oldest === undefined ? 0 : oldest + windowMs - now,
    retryAfterMs: admitted || nextAdmission === undefined ? 0 : nextAdmission + windowMs - now,
  };
}
