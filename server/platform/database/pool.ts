import pg from "pg";
import { ExternalServiceError } from "#platform/errors.ts";
import type { Logger } from "#platform/logger.ts";
import { type Bulkhead, createBulkhead } from "#platform/resilience/bulkhead.ts";
import type { CircuitBreaker } from "#platform/resilience/circuit-breaker.ts";
import { withTimeout } from "#platform/resilience/timeout.ts";
import { type AnswerLimits, limitAnswers } from "./answer-limit.ts";
import { createConnectingClient } from "./connecting-client.ts";
import { isConnectionError } from "./connection-errors.ts";
import { toAppError } from "./database-errors.ts";
import { valueParsers } from "./value-parsers.ts";

export interface PoolOptions extends Partial<AnswerLimits> {
  url: string;
  connectionLimit: number;
  poolTimeoutMs: number;
  log: Logger;
  /** Guards the making of connections; one of its own unless given. */
  connectBreaker?: CircuitBreaker;
}

const answerLimits: AnswerLimits = { answerTimeoutMs: 35_000, firstAnswerTimeoutMs: 5_000 };
const waitingPerConnectionMax = 50;
// Writers wait for each other's rows; a hot item must not take every connection from those who only read.
const shareOfWriters = 0.8;
// Who reads as slowly as a line lets them must not take them either.
const shareOfLongReaders = 0.25;

// Nothing that would be sent as a parameter of the session: a pooler between refuses those.
const connectionOptions = {
  idleTimeoutMillis: 60_000,
  types: valueParsers,
  application_name: "warehouse-builder",
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  // Statements go out without waiting for the answer to the one before: BEGIN costs no round trip.
  pipeline: true,
};

/** Lends connections, never more than its bound, and lets only so many wait for one: beyond that `503 DATABASE_BUSY` at once. */
export function createPool({ url, connectionLimit, poolTimeoutMs, log, connectBreaker, ...given }: PoolOptions) {
  const pool = new pg.Pool({
    ...connectionOptions,
    Client: createConnectingClient(connectBreaker),
    connectionString: withoutOwnParameters(url),
    max: connectionLimit,
    connectionTimeoutMillis: poolTimeoutMs,
  });
  // Of an idle connection the pool tells by itself, and nobody listening would end the process, too.
  pool.on("error", (error) => log.warn("An idle database connection was lost", { reason: error.message }));
  limitAnswers(pool, {
    answerTimeoutMs: given.answerTimeoutMs ?? answerLimits.answerTimeoutMs,
    firstAnswerTimeoutMs: given.firstAnswerTimeoutMs ?? answerLimits.firstAnswerTimeoutMs,
  });

  const bulkheadOf = (share: number) =>
    createBulkhead({
      limit: Math.max(1, Math.floor(connectionLimit * share)),
      waitingMax: connectionLimit * waitingPerConnectionMax,
      patienceMs: poolTimeoutMs,
      refusal: busy,
    });
  const writers = bulkheadOf(shareOfWriters);
  const longReaders = bulkheadOf(shareOfLongReaders);

  const connect = async (patienceMs: number) => {
    if (pool.waitingCount >= connectionLimit * waitingPerConnectionMax) throw busy();
    try {
      return await (patienceMs < poolTimeoutMs - 10 ? connectWithin(pool, patienceMs) : pool.connect());
    } catch (error) {
      // Who has waited as long as one may is told so, and not put in the queue again.
      if (error instanceof Error && error.message.startsWith("timeout exceeded"))
        throw pool.totalCount >= connectionLimit ? busy(error) : toAppError(error);
      throw error;
    }
  };

  const lend = async <T>(use: (client: pg.PoolClient) => Promise<T>, patienceMs = poolTimeoutMs): Promise<T> => {
    const client = await connect(patienceMs);
    let broken: Error | undefined;
    try {
      return await use(client);
    } catch (error) {
      if (isConnectionError(error)) broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  };

  const lendWithin = <T>(bulkhead: Bulkhead, use: (client: pg.PoolClient) => Promise<T>) => {
    const since = performance.now();
    return bulkhead.execute(() => lend(use, poolTimeoutMs - (performance.now() - since)));
  };

  return {
    /** Lends a connection to `use`. One that broke meanwhile is thrown away, not lent again. */
    lend: <T>(use: (client: pg.PoolClient) => Promise<T>) => lend(use),
    /** The same for a transaction that writes: some connections are kept for those who read. Both queues together take one patience. */
    lendToWriter: <T>(use: (client: pg.PoolClient) => Promise<T>) => lendWithin(writers, use),
    /** The same for a transaction that lasts as long as a client takes to read. */
    lendForLong: <T>(use: (client: pg.PoolClient) => Promise<T>) => lendWithin(longReaders, use),
    statistics: () => ({
      connections: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount + writers.waiting() + longReaders.waiting(),
    }),
    close: () => pool.end(),
  };
}

/** For who has waited already; a connection that comes too late goes back. */
async function connectWithin(pool: pg.Pool, patienceMs: number): Promise<pg.PoolClient> {
  const coming = pool.connect();
  try {
    return await withTimeout(() => coming, patienceMs, "timeout exceeded");
  } catch (error) {
    coming.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  }
}

const busy = (cause?: unknown) => new ExternalServiceError("The server is busy: try again in a moment", "DATABASE_BUSY", cause);

function withoutOwnParameters(url: string): string {
  const cleaned = new URL(url);
  cleaned.searchParams.delete("connection_limit");
  return cleaned.toString();
}
