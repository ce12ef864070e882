const windowSeconds = 60;

export interface RetryBudget {
  /** A call was made. */
  called(): void;
  /** Whether one more may be tried again; it is counted when it may. */
  spend(): boolean;
}

/**
 * Retries are at most this share of the calls of the last minute, so that they cannot multiply an outage. A target that is hardly
 * ever asked has a few all the same.
 */
export function createRetryBudget({
  share = 0.1,
  retriesMin = 3,
  now = () => performance.now(),
}: { share?: number; retriesMin?: number; now?: () => number } = {}): RetryBudget {
  const seconds = Array.from({ length: windowSeconds }, () => ({ second: -Infinity, calls: 0, retries: 0 }));
  const current = () => {
    const second = Math.floor(now() / 1_000);
    const slot = seconds[second % windowSeconds] as (typeof seconds)[number];
    if (slot.second !== second) Object.assign(slot, { second, calls: 0, retries: 0 });
    return slot;
  };
  return {
    called: () => void (current().calls += 1),
    spend: () => {
      const slot = current();
      const recent = seconds.filter(({ second }) => second > slot.second - windowSeconds);
      const calls = recent.reduce((sum, each) => sum + each.calls, 0);
      const retries = recent.reduce((sum, each) => sum + each.retries, 0);
      if (retries >= Math.max(retriesMin, Math.floor(calls * share))) return false;
      slot.retries += 1;
      return true;
    },
  };
}
