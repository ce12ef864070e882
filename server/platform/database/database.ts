import type { Logger } from "#platform/logger.ts";
import { CommitUnknownError, type Progress, withDatabaseRetry } from "#platform/resilience/database-retry.ts";
import type { Change } from "#platform/live/change.ts";
import { createRetryBudget } from "#platform/resilience/retry-budget.ts";
import { createNotices } from "./after-commit.ts";
import { attempt, type TransactionOptions } from "./attempt.ts";
import { toAppError } from "./database-errors.ts";
import { createPool, type PoolOptions } from "./pool.ts";
import { createStatementNames, createTx, type StatementObserver, type Tx } from "./transaction.ts";

export interface DatabaseOptions extends PoolOptions {
  statementCacheSize: number;
  log: Logger;
  /** At which level every statement is logged; none is unless said. */
  logQueries?: "debug" | "info" | undefined;
  slowQueryMs?: number;
  /** Told of what a transaction has changed, once it is saved or may be. */
  tellChange?: (tenantId: string, change: Change) => void;
  /** For tests and benchmarks. */
  observe?: StatementObserver;
}

const connectionRetriesMax = 2;

export type Database = ReturnType<typeof createDatabase>;

/** The application's access to PostgreSQL: a bounded pool, transactions bound to a tenant, and errors that say what to do. */
export function createDatabase(options: DatabaseOptions) {
  const { log } = options;
  const pool = createPool(options);
  const nameOf = createStatementNames(options.statementCacheSize);
  const observe = observer(options);
  // Every connection of the pool may have been lost once before anyone knows.
  const budget = createRetryBudget({ retriesMin: 2 * options.connectionLimit });

  const run = async <T>(tenantId: string | null, work: (tx: Tx) => Promise<T>, how: TransactionOptions): Promise<T> => {
    const lend = how.isLong ? pool.lendForLong : how.readOnly ? pool.lend : pool.lendToWriter;
    const notices = createNotices();
    const once = (progress: Progress) =>
      lend((client) => {
        progress.reached = "before-commit";
        return attempt(client, { ...how, tenantId, progress, notices, tellChange: options.tellChange }, nameOf, observe, work);
      });
    try {
      const result = await withDatabaseRetry(once, how.label ?? "transaction", { ...how, budget, log });
      notices.tell("saved");
      return result;
    } catch (error) {
      if (error instanceof CommitUnknownError) notices.tell("unknown");
      throw toAppError(error);
    }
  };

  return {
    /**
     * Runs `work` in one transaction in which only the tenant's rows exist. The whole of it is run again when the database
     * rolled it back for reasons of timing (40001, 40P01, 55P03) or the connection broke before the commit.
     * Throws `AppError`s; a commit whose outcome is unknown is `503 COMMIT_UNKNOWN`.
     */
    withTenant: <T>(tenantId: string, work: (tx: Tx) => Promise<T>, how: TransactionOptions = {}): Promise<T> => run(tenantId, work, how),

    /** The same without a tenant: only what is no tenant's exists. A number says how often it is run again at most. */
    withTransaction: <T>(work: (tx: Tx) => Promise<T>, how: number | TransactionOptions = {}): Promise<T> =>
      run(null, work, typeof how === "number" ? { retries: how } : how),

    /** One statement outside any tenant: for the few functions that work before a tenant is known, and may be run twice. */
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      const once = (progress: Progress) =>
        pool.lend((client) => {
          progress.reached = "before-commit";
          return createTx(client, nameOf, observe).sql<Row>(text, values);
        });
      try {
        return await withDatabaseRetry(once, "query", { retries: connectionRetriesMax, budget, log });
      } catch (error) {
        throw toAppError(error);
      }
    },

    statistics: pool.statistics,
    close: pool.close,
  };
}

function observer({ log, logQueries, slowQueryMs = 1_000, observe }: DatabaseOptions): StatementObserver {
  return (text, duration, values) => {
    if (duration > slowQueryMs) log.slowQuery(text, duration, values.map(typeOf));
    if (logQueries) log.logQuery(text, "primary", duration, logQueries);
    observe?.(text, duration, values);
  };
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Buffer.isBuffer(value) ? "bytes" : typeof value;
}
