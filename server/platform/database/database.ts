import pg from "pg";
import { DatabaseError, ExternalServiceError } from "#platform/errors.ts";
import type { Logger } from "#platform/logger.ts";
import { isConnectionError, isRetryable } from "./connection-errors.ts";
import { toAppError } from "./database-errors.ts";
import { createStatementNames, createTx, sendTogether, type StatementObserver, type Tx } from "./transaction.ts";
import { valueParsers } from "./value-parsers.ts";

export interface DatabaseOptions {
  url: string;
  connectionLimit: number;
  poolTimeoutMs: number;
  statementCacheSize: number;
  log: Logger;
  logQueries?: boolean;
  slowQueryMs?: number;
  /** For tests and benchmarks. */
  observe?: StatementObserver;
}

export interface TransactionOptions {
  /** Whose rows row-level security shows; none: only what is no tenant's. */
  tenantId: string | null;
  /** Nothing is written, and nobody waits for the commit. */
  readOnly?: boolean;
  /** Everything is done, deferred checks too, and then rolled back. */
  dryRun?: boolean;
  /** The work looks up by itself whether an earlier try was committed: then a commit whose outcome is unknown may be run again. */
  repeatable?: boolean;
}

const retriesMax = 5;
const waitingPerConnectionMax = 50;
const statementTimeoutMs = 30_000;
const lockTimeoutMs = 10_000;
const idleInTransactionTimeoutMs = 60_000;

export type Database = ReturnType<typeof createDatabase>;

/** The application's access to PostgreSQL: a bounded pool, transactions bound to a tenant, and errors that say what to do. */
export function createDatabase(options: DatabaseOptions) {
  const pool = new pg.Pool({
    connectionString: withoutOwnParameters(options.url),
    max: options.connectionLimit,
    connectionTimeoutMillis: options.poolTimeoutMs,
    idleTimeoutMillis: 60_000,
    types: valueParsers,
    application_name: "warehouse-builder",
    keepAlive: true,
    // Statements go out without waiting for the answer to the one before: BEGIN costs no round trip.
    pipeline: true,
  } as pg.PoolConfig);
  // An idle connection that the server closes would otherwise end the process.
  pool.on("error", (error) => options.log.warn("An idle database connection was lost", { reason: error.message }));

  const nameOf = createStatementNames(options.statementCacheSize);
  const observe = observer(options);
  const waitingMax = options.connectionLimit * waitingPerConnectionMax;

  const connect = async () => {
    if (pool.waitingCount >= waitingMax) throw busy();
    try {
      return await pool.connect();
    } catch (error) {
      // Who has waited as long as one may is told so, and not put in the queue again.
      if (error instanceof Error && error.message.startsWith("timeout exceeded")) throw pool.totalCount >= options.connectionLimit ? busy(error) : toAppError(error);
      throw error;
    }
  };

  const attempt = async <T>(how: TransactionOptions, work: (tx: Tx) => Promise<T>): Promise<T> => {
    const client = await connect();
    let broken: Error | undefined;
    const onError = (error: Error) => void (broken = error);
    client.on("error", onError);
    try {
      sendTogether(client);
      const begun = begin(client, how, nameOf);
      // Looked at below; until then a failure must not count as unhandled.
      begun.catch(() => undefined);
      const tx = createTx(client, nameOf, observe);
      let result: T;
      try {
        result = await work(tx);
        await begun;
        if (how.dryRun) await Promise.all([tx.settled(), client.query("SET CONSTRAINTS ALL IMMEDIATE")]);
      } catch (error) {
        await begun;
        await client.query("ROLLBACK");
        throw error;
      }
      if (how.readOnly) {
        // The answer stands already; the next borrower's statements queue behind this one.
        sendTogether(client);
        client.query("COMMIT").catch(() => undefined);
      } else if (how.dryRun) {
        await client.query("ROLLBACK");
      } else {
        await Promise.all([tx.settled().catch(unknownWhenLost), commit(client)]);
      }
      return result;
    } catch (error) {
      if (isConnectionError(error) || error instanceof CommitUnknown) broken = error as Error;
      throw error;
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  };

  return {
    /**
     * Runs `work` in one transaction in which only the tenant's rows exist. The whole of it is run again when the database
     * rolled it back for reasons of timing (40001, 40P01, 55P03) or the connection broke before the commit.
     * Throws `AppError`s; a commit whose outcome is unknown is `503 COMMIT_UNKNOWN`.
     */
    async transaction<T>(how: TransactionOptions, work: (tx: Tx) => Promise<T>): Promise<T> {
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(how, work);
        } catch (error) {
          const again = error instanceof CommitUnknown ? how.repeatable : isRetryable(error) || isConnectionError(error);
          if (!again || tries > retriesMax) throw error instanceof CommitUnknown ? error.asAppError() : toAppError(error);
          await new Promise((done) => setTimeout(done, Math.random() * 10 * 2 ** tries));
        }
      }
    },

    /** One statement outside any tenant: for the few functions that work before a tenant is known. */
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      for (let tries = 1; ; tries++) {
        try {
          const client = await connect();
          let broken: Error | undefined;
          const onError = (error: Error) => void (broken = error);
          client.on("error", onError);
          try {
            return await createTx(client, nameOf, observe).sql<Row>(text, values);
          } catch (error) {
            if (isConnectionError(error)) broken = error as Error;
            throw error;
          } finally {
            client.off("error", onError);
            client.release(broken);
          }
        } catch (error) {
          if (!isConnectionError(error) || tries > 2) throw toAppError(error);
          await new Promise((done) => setTimeout(done, 20 * tries));
        }
      }
    },

    statistics: () => ({ connections: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  };
}

const busy = (cause?: unknown) => new ExternalServiceError("The server is busy: try again in a moment", "DATABASE_BUSY", cause);

/** The connection was lost after COMMIT was sent: it may or may not have happened. */
class CommitUnknown extends Error {
  asAppError() {
    return new ExternalServiceError(
      "The connection to the database was lost while saving: look whether it was saved before you try again, or send an Idempotency-Key",
      "COMMIT_UNKNOWN",
      this.cause,
    );
  }
}

/** COMMIT was on its way already. */
function unknownWhenLost(error: unknown): never {
  throw isConnectionError(error) ? new CommitUnknown("commit", { cause: error }) : error;
}

async function commit(client: pg.PoolClient) {
  const { command } = await client.query("COMMIT").catch(unknownWhenLost);
  // After a failed statement PostgreSQL answers COMMIT with ROLLBACK, and no error.
  if (command !== "COMMIT") throw new DatabaseError("The transaction was rolled back instead of saved");
}

const settingsSql =
  "SELECT set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true), set_config('lock_timeout', $3, true), set_config('idle_in_transaction_session_timeout', $4, true)";
const timeouts = [statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs].map(String);

/** Settings of this transaction only: they hold behind a pooler too, and nothing of them is left for the next borrower. */
async function begin(client: pg.PoolClient, { tenantId, readOnly }: TransactionOptions, nameOf: (text: string) => string | undefined): Promise<void> {
  const name = nameOf(settingsSql);
  await Promise.all([
    client.query(readOnly ? "BEGIN READ ONLY" : "BEGIN"),
    client.query({ text: settingsSql, values: [tenantId ?? "", ...timeouts], ...(name === undefined ? {} : { name }) }),
  ]);
}

function observer({ log, logQueries, slowQueryMs = 1_000, observe }: DatabaseOptions): StatementObserver {
  return (text, duration, values) => {
    if (duration > slowQueryMs) log.slowQuery(text, duration);
    if (logQueries) log.logQuery(text, duration);
    observe?.(text, duration, values);
  };
}

function withoutOwnParameters(url: string): string {
  const cleaned = new URL(url);
  cleaned.searchParams.delete("connection_limit");
  return cleaned.toString();
}
