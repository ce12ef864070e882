import { KeyQueue, type KeyWindow, newWindow } from "./key-queue.ts";
import type { Claim, Counted, Decision, Entry, KeyCounts, RateLimitStore, Verdict } from "./store.ts";

const overflow = "overflow";

/** A decision of this process alone. */
export interface LocalDecision extends Decision {
  /** Refused by the bucket that keys without room of their own share: another's requests are counted there as well. */
  byOverflow: boolean;
}

/**
 * An exact sliding-window log: in no span of `windowMs` are more than `maxRequests` admitted, at any alignment.
 * Bounded: the least recently used key leaves first, unless it is being refused; without room, new keys share one.
 * O(1) a request, whatever the limit and however many keys. The clock is monotonic, in milliseconds.
 */
export class MemoryRateLimitStore implements RateLimitStore {
  readonly #windows = new Map<string, KeyWindow>();
  /** May leave when there is no room, the least recently used first. */
  readonly #leaving = new KeyQueue();
  /** Being refused, by the length of their window: in each the first is the first that is not refused any more. */
  readonly #refused = new Map<number, KeyQueue>();
  readonly #counts = new Map<string, number>();
  readonly #keysMax: number;
  readonly #now: () => number;

  constructor({ keysMax = 100_000, now = () => performance.now() }: { keysMax?: number; now?: () => number } = {}) {
    this.#keysMax = keysMax;
    this.#now = now;
  }

  take(claims: readonly Claim[]): LocalDecision {
    const now = this.#now();
    const windows: KeyWindow[] = [];
    let admitted = true;
    let byOverflow = false;
    const isRefusedAnyway = claims.length > 1 && claims.some((claim) => this.#isFull(claim, now));
    for (const claim of claims) {
      // What is refused anyway takes no room, and so pushes nobody out.
      const isNew = isRefusedAnyway && !this.#windows.has(claim.key);
      const window = isNew ? newWindow(claim.name, claim.key, claim.windowMs) : this.#windowOf(claim, now, windows);
      windows.push(window);
      window.instants.forgetUntil(now - claim.windowMs);
      if (window.instants.size < claim.maxRequests) continue;
      admitted = false;
      byOverflow ||= window.key !== claim.key;
      this.#refuse(window, now);
    }
    const local = admitted ? count(windows, now) : [];
    const verdicts: Verdict[] = [];
    for (let index = 0; index < windows.length; index++) {
      verdicts.push(verdictOf(windows[index] as KeyWindow, claims[index] as Claim, now));
    }
    return { admitted, byOverflow, verdicts, counted: { local } };
  }

  giveBack({ local }: Counted): void {
    for (const { key, at } of local) this.#windows.get(key)?.instants.remove(at);
  }

  forget({ key }: Pick<Claim, "key">): void {
    const window = this.#windows.get(key);
    if (window) this.#forget(window);
  }

  keyCounts(): KeyCounts {
    return this.#counts;
  }

  cleanUp(): void {
    const now = this.#now();
    for (const window of this.#windows.values()) {
      if ((window.instants.newest ?? -Infinity) <= now - window.windowMs) this.#forget(window);
    }
  }

  #isFull({ key, maxRequests, windowMs }: Claim, now: number): boolean {
    const known = this.#windows.get(key);
    known?.instants.forgetUntil(now - windowMs);
    return known !== undefined && known.instants.size >= maxRequests;
  }

  #windowOf(claim: Claim, now: number, inUse: readonly KeyWindow[]): KeyWindow {
    const known = this.#windows.get(claim.key);
    if (known) {
      if (known.queue === this.#leaving || !isRefused(known, now)) this.#leaving.moveToEnd(known);
      return known;
    }
    if (this.#windows.size < this.#keysMax || this.#makeRoom(now, inUse)) {
      const window = this.#add(claim.name, claim.key, claim.windowMs);
      this.#leaving.moveToEnd(window);
      return window;
    }
    // One bucket a limit: a shorter window would forget what a longer one still counts.
    const shared = `${overflow} ${claim.maxRequests}/${claim.windowMs}`;
    return this.#windows.get(shared) ?? this.#add(overflow, shared, claim.windowMs);
  }

  #refuse(window: KeyWindow, now: number): void {
    window.refusedAt = now;
    // The shared bucket is in no queue, so it never leaves.
    if (!window.queue) return;
    const queue = this.#refused.get(window.windowMs) ?? new KeyQueue();
    this.#refused.set(window.windowMs, queue);
    queue.moveToEnd(window);
  }

  #makeRoom(now: number, inUse: readonly KeyWindow[]): boolean {
    for (const queue of this.#refused.values()) {
      while (queue.first && !isRefused(queue.first, now)) this.#leaving.moveToEnd(queue.first);
    }
    const oldest = this.#leaving.first;
    if (!oldest || inUse.includes(oldest)) return false;
    this.#forget(oldest);
    return true;
  }

  #add(name: string, key: string, windowMs: number): KeyWindow {
    const window = newWindow(name, key, windowMs);
    this.#windows.set(key, window);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return window;
  }

  #forget(window: KeyWindow): void {
    window.queue?.remove(window);
    this.#windows.delete(window.key);
    this.#counts.set(window.name, (this.#counts.get(window.name) ?? 1) - 1);
  }
}

function count(windows: readonly KeyWindow[], at: number): Entry[] {
  const counted: Entry[] = [];
  for (let index = 0; index < windows.length; index++) {
    const window = windows[index] as KeyWindow;
    // Two keys without room of their own share one bucket, and one request is counted there once.
    if (windows.indexOf(window) < index) continue;
    window.instants.add(at);
    counted.push({ key: window.key, at });
  }
  return counted;
}

const isRefused = ({ refusedAt, windowMs }: KeyWindow, now: number) => refusedAt > now - windowMs;

function verdictOf({ instants }: KeyWindow, { maxRequests, windowMs }: Claim, now: number): Verdict {
  const { size, oldest } = instants;
  // Of a limit that was higher before, more may be counted than it admits now.
  const retryAfterMs = size < maxRequests ? 0 : instants.at(size - maxRequests) + windowMs - now;
  return { remaining: Math.max(0, maxRequests - size), resetMs: oldest === undefined ? 0 : oldest + windowMs - now, retryAfterMs };
}
