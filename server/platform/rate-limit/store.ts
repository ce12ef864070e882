/** One key that a request is counted under. */
export interface Claim {
  /** The limit's name: the key's first part. */
  name: string;
  key: string;
  maxRequests: number;
  windowMs: number;
}

/** How one claim stands after the decision. */
export interface Verdict {
  remaining: number;
  /** Until the oldest counted request leaves the window: 0 when none is counted. */
  resetMs: number;
  /** Until this key admits a request again: 0 when it would admit one now. */
  retryAfterMs: number;
}

/** Under what and when a request was counted, by the store's own clock. */
export interface Entry {
  key: string;
  at: number;
}

/** To give a request back by: what this process counted, and what is shared. */
export interface Counted {
  local: readonly Entry[];
  shared?: readonly Entry[] | Promise<readonly Entry[]>;
}

export interface Decision {
  /** All claims admit, and have counted the request; or none has. */
  admitted: boolean;
  /** One for each claim. */
  verdicts: readonly Verdict[];
  counted: Counted;
}

/** How many keys are counted at present, by the limits' names. */
export type KeyCounts = ReadonlyMap<string, number>;

/** Where requests are counted: in this process, or in Redis for all of them. */
export interface RateLimitStore {
  /** Counts a request under every claim, or under none. Never fails. */
  take(claims: readonly Claim[]): Decision | Promise<Decision>;
  /** Takes out what turned out not to count: a sign-in that succeeded. */
  giveBack(counted: Counted): void | Promise<void>;
  /** Begins a key anew. */
  forget(claim: Pick<Claim, "name" | "key">): void | Promise<void>;
  keyCounts(): KeyCounts | Promise<KeyCounts>;
  /** Forgets keys whose whole window has passed; called once a minute. */
  cleanUp(): void;
}
