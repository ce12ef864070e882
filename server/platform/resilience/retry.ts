import { AppError } from "#platform/errors.ts";
import { RejectedError, TimeoutError } from "./errors.ts";
import { pause } from "./pause.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** All times in milliseconds. */
export interface RetryOptions {
  /** 3. */
  maxRetries?: number;
  /** 1 s; each next one is `backoffMultiplier` (2) times as long, up to `maxDelay` (30 s), and a random part of that is waited. */
  initialDelay?: number;
  maxDelay?: number;
  backoffMultiplier?: number;
  /** Which errors are worth another try. Unless said otherwise all, except a client's mistakes and our own rejections. */
  retryableErrors?: (error: unknown) => boolean;
  /** Told before each retry, which is the first, second … */
  onRetry?: (attempt: number, error: unknown) => void;
  signal?: AbortSignal | undefined;
  /** By `performance.now()`: what could not begin before is not tried. */
  deadline?: number;
  /** What the calls of one target share. */
  budget?: RetryBudget;
  random?: () => number;
}

/**
 * Tries again with exponential backoff and full jitter, at most three times, and not before a `Retry-After` of the error. For work
 * that is idempotent or carries a key only, and in one layer only. Throws the last error, or the signal's reason.
 */
export async function withRetry<T>(work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { maxRetries = 3, initialDelay = 1_000, maxDelay = 30_000, backoffMultiplier = 2, random = Math.random } = options;
  const { retryableErrors = isWorthATry, onRetry, signal, deadline = Infinity, budget } = options;
  budget?.called();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (attempt > maxRetries || signal?.aborted || !retryableErrors(error)) throw error;
      const backoff = random() * Math.min(maxDelay, initialDelay * backoffMultiplier ** (attempt - 1));
      const asked = retryAfterOf(error);
      const delay = Math.max(backoff, asked);
      // To come earlier than asked would be no help, to wait longer than agreed neither.
      if (asked > maxDelay || performance.now() + delay >= deadline || budget?.spend() === false) throw error;
      onRetry?.(attempt, error);
      await pause(delay, signal);
    }
  }
}

/** What a service asks for. A time limit of ours asks for nothing: all who ran into it would come again at the same moment. */
const retryAfterOf = (error: unknown) =>
  error instanceof AppError && !(error instanceof TimeoutError) ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;

const isWorthATry = (error: unknown) => !(error instanceof RejectedError) && !(error instanceof AppError && error.statusCode < 500);
