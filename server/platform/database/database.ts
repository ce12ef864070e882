import type { Logger } from "#platform/logger.ts";
import { attempt, type TransactionOptions } from "./attempt.ts";
import { CommitUnknown } from "./commit-unknown.ts";
import { isConnectionError, isLockTimeout, isRetryable } from "./connection-errors.ts";
import { toAppError } from "./database-errors.ts";
import { createPool, type PoolOptions } from "./pool.ts";
import { createStatementNames, createTx, type StatementObserver, type Tx } from "./transaction.ts";

export interface DatabaseOptions extends PoolOptions {
  statementCacheSize: number;
  log: Logger;
  logQueries?: boolean;
  slowQueryMs?: number;
  /** For tests and benchmarks. */
  observe?: StatementObserver;
}

const retriesMax = 5;
// Whoever has waited in vain for a row has waited long: once more, then the client is told.
const lockRetriesMax = 1;
const connectionRetriesMax = 2;

export type Database = ReturnType<typeof createDatabase>;

/** The application's access to PostgreSQL: a bounded pool, transactions bound to a tenant, and errors that say what to do. */
export function createDatabase(options: DatabaseOptions) {
  const pool = createPool(options);
  const nameOf = createStatementNames(options.statementCacheSize);
  const observe = observer(options);

  return {
    /**
     * Runs `work` in one transaction in which only the tenant's rows exist. The whole of it is run again when the database
     * rolled it back for reasons of timing (40001, 40P01, 55P03) or the connection broke before the commit.
     * Throws `AppError`s; a commit whose outcome is unknown is `503 COMMIT_UNKNOWN`.
     */
    async transaction<T>(how: TransactionOptions, work: (tx: Tx) => Promise<T>): Promise<T> {
      for (let tries = 1; ; tries++) {
        try {
          const lend = how.readOnly ? pool.lend : pool.lendToWriter;
          return await lend((client) => attempt(client, how, nameOf, observe, work));
        } catch (error) {
          const again = error instanceof CommitUnknown ? how.repeatable : isRetryable(error) || isConnectionError(error);
          if (!again || tries > (isLockTimeout(error) ? lockRetriesMax : retriesMax))
            throw error instanceof CommitUnknown ? error.asAppError() : toAppError(error);
          await pause(Math.random() * 10 * 2 ** tries);
        }
      }
    },

    /** One statement outside any tenant: for the few functions that work before a tenant is known. */
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      for (let tries = 1; ; tries++) {
        try {
          return await pool.lend((client) => createTx(client, nameOf, observe).sql<Row>(text, values));
        } catch (error) {
          if (!isConnectionError(error) || tries > connectionRetriesMax) throw toAppError(error);
          await pause(20 * tries);
        }
      }
    },

    statistics: pool.statistics,
    close: pool.close,
  };
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

function observer({ log, logQueries, slowQueryMs = 1_000, observe }: DatabaseOptions): StatementObserver {
  return (text, duration, values) => {
    if (duration > slowQueryMs) log.slowQuery(text, duration);
    if (logQueries) log.logQuery(text, duration);
    observe?.(text, duration, values);
  };
}
