import { TimeoutError } from "./errors.ts";

// What a timer of Node can hold; it would fire at once on more.
const timerMsMax = 2 ** 31 - 1;

/** Work that can be told to stop: it hands the signal on to what it waits for. */
export type Stoppable<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Ends the wait for `work` after `ms` with a `TimeoutError` of this message, or as soon as the caller's signal is aborted with that
 * one's reason, and aborts the work itself. `undefined` as `ms`: no limit. Leaves no timer and no listener behind.
 */
export async function withTimeout<T>(
  work: Stoppable<T>,
  ms: number | undefined,
  message = `This took longer than ${ms} ms`,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<T> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let abandon: () => void = () => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = (reason: unknown) => {
      stop.abort(reason);
      // The caller's own reason, whatever it is.
      reject(reason);
    };
    if (ms !== undefined && ms <= timerMsMax) timer = setTimeout(() => giveUp(new TimeoutError(message)), ms);
    abandon = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", abandon, { once: true });
  });
  // Work that throws before it begins leaves nobody to hear of it.
  givenUp.catch(() => undefined);
  try {
    return await Promise.race([work(stop.signal), givenUp]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abandon);
  }
}
