import { Instants } from "./instants.ts";

/** One key: what it has admitted, and its place in a queue. */
export interface KeyWindow {
  readonly key: string;
  readonly name: string;
  readonly windowMs: number;
  readonly instants: Instants;
  /** The last instant at which it refused a request. */
  refusedAt: number;
  queue: KeyQueue | undefined;
  before: KeyWindow | undefined;
  after: KeyWindow | undefined;
}

export const newWindow = (name: string, key: string, windowMs: number): KeyWindow => ({
  key,
  name,
  windowMs,
  instants: new Instants(),
  refusedAt: -Infinity,
  queue: undefined,
  before: undefined,
  after: undefined,
});

/** Keys in the order they were last moved to its end. Every step is O(1): a `Map` that is reordered pays for it when it grows. */
export class KeyQueue {
  #first: KeyWindow | undefined;
  #last: KeyWindow | undefined;

  get first(): KeyWindow | undefined {
    return this.#first;
  }

  /** Puts a key at the end, from wherever it was. */
  moveToEnd(window: KeyWindow): void {
    if (this.#last === window) return;
    window.queue?.remove(window);
    window.queue = this;
    window.before = this.#last;
    if (this.#last) this.#last.after = window;
    else this.#first = window;
    this.#last = window;
  }

  remove(window: KeyWindow): void {
    if (window.before) window.before.after = window.after;
    else this.#first = window.after;
    if (window.after) window.after.before = window.before;
    else this.#last = window.before;
    window.queue = undefined;
    window.before = undefined;
    window.after = undefined;
  }
}
