import { isConnectionError, isLockTimeout, isRetryable, sqlStateOf } from "#platform/database/connection-errors.ts";
import { ExternalServiceError } from "#platform/errors.ts";
import type { Logger } from "#platform/logger.ts";
import { pause } from "./pause.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** How far a transaction has come; whoever runs one says so as it goes. */
export interface Progress {
  reached: "connecting" | "before-commit" | "after-commit";
}

/**
 * What a failure asks for. `again`: the database rolled it back for reasons of timing. `reconnect`: the same on another connection.
 * `back-off`: the database takes nobody at the moment. `unknown`: it may be saved. `no`: it would fail again.
 */
type Verdict = "again" | "reconnect" | "back-off" | "unknown" | "no";

export interface DatabaseRetryOptions {
  /** The work looks up by itself whether an earlier try was saved: then an unknown outcome may be run again. */
  repeatable?: boolean | undefined;
  /** Retries at most: 5. */
  retries?: number | undefined;
  /** For new tries on other connections: they must not multiply an outage. */
  budget?: RetryBudget;
  log?: Logger;
}

/** 503 `COMMIT_UNKNOWN`: the connection was lost after COMMIT was sent. It may or may not have happened. */
export class CommitUnknownError extends ExternalServiceError {
  constructor(cause: unknown) {
    super(
      "The connection to the database was lost while saving: look whether it was saved before you try again, or send an Idempotency-Key",
      "COMMIT_UNKNOWN",
      cause,
    );
  }
}

// Whoever has waited in vain for a row has waited long: once more, then the client is told.
const lockRetriesMax = 1;
const patienceMs = 10_000;
// A database that is away is told within two seconds.
const connectingMs = 1_500;

/** What may be done after this failure at this point. */
export function verdictOn(error: unknown, reached: Progress["reached"]): Verdict {
  const lost = isConnectionError(error);
  if (reached === "connecting") return lost ? "back-off" : "no";
  if (isRetryable(error)) return "again";
  if (!lost) return "no";
  return reached === "before-commit" ? "reconnect" : "unknown";
}

/**
 * Runs a whole transaction, and runs it again, reads included, where that is safe: see `verdictOn`. `work` tells how far it has come.
 * Throws the last error as it is, or `CommitUnknownError` when any try may have been saved.
 */
export async function withDatabaseRetry<T>(
  work: (progress: Progress) => Promise<T>,
  label: string,
  { repeatable, retries = 5, budget, log }: DatabaseRetryOptions = {},
): Promise<T> {
  const startedAt = performance.now();
  let unknown = false;
  budget?.called();
  for (let tries = 1; ; tries++) {
    const progress: Progress = { reached: "connecting" };
    try {
      return await work(progress);
    } catch (error) {
      const verdict = verdictOn(error, progress.reached);
      unknown ||= verdict === "unknown";
      const retriesLeft = (isLockTimeout(error) ? Math.min(lockRetriesMax, retries) : retries) - tries + 1;
      const wait = Math.random() * (verdict === "back-off" ? 50 : 10) * 2 ** tries;
      const inTime = performance.now() - startedAt + wait < (verdict === "back-off" ? connectingMs : patienceMs);
      const allowed = verdict === "unknown" ? repeatable === true : verdict !== "no";
      if (!allowed || !inTime || retriesLeft <= 0 || (verdict !== "again" && budget?.spend() === false))
        throw unknown && (verdict !== "no" || progress.reached === "connecting") ? new CommitUnknownError(error) : error;
      log?.[verdict === "again" ? "debug" : "warn"]("A transaction is run again", { label, verdict, tries, code: sqlStateOf(error) });
      await pause(wait);
    }
  }
}
