import type pg from "pg";
import { DatabaseError } from "#platform/errors.ts";
import type { Change } from "#platform/live/change.ts";
import type { Progress } from "#platform/resilience/database-retry.ts";
import type { Notices } from "./after-commit.ts";
import { ask } from "./answer-limit.ts";
import { sqlStateOf } from "./connection-errors.ts";
import { sendTogether } from "./socket.ts";
import { createTx, type StatementNames, type StatementObserver, type Tx } from "./transaction.ts";

export interface TransactionOptions {
  /** Nothing is written, and nobody waits for the commit. */
  readOnly?: boolean;
  /** Of a reading transaction: its first query is its last, as if asked by `tx.last`. */
  oneQuery?: boolean;
  /** It lasts as long as a client takes to read: only so many of these are open at once. */
  isLong?: boolean;
  /** Everything is done, deferred checks too, and then rolled back. */
  dryRun?: boolean;
  /** The work looks up by itself whether an earlier try was committed: then a commit whose outcome is unknown may be run again. */
  repeatable?: boolean;
  /** How often it is run again at most, when that is safe: 5 times. */
  retries?: number;
  /** What the log calls it when it is run again. */
  label?: string;
}

const statementTimeoutMs = 30_000;
const lockTimeoutMs = 3_000;
const idleInTransactionTimeoutMs = 60_000;

/** What one try is given besides its work: whose rows row-level security shows (null: only what is no tenant's), and how. */
export interface Try extends TransactionOptions {
  tenantId: string | null;
  progress: Progress;
  notices: Notices;
  tellChange?: ((tenantId: string, change: Change) => void) | undefined;
}

/** One try at a transaction on this connection: begin, work, and an end of the kind that was asked for. */
export async function attempt<T>(
  client: pg.PoolClient,
  how: Try,
  nameOf: StatementNames,
  observe: StatementObserver | undefined,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  sendTogether(client);
  const begun = begin(client, how, nameOf);
  // Looked at below; until then a failure must not count as unhandled.
  begun.catch(() => undefined);
  let ended = false;
  const endEarly = () => {
    if (how.readOnly) ask(client, "COMMIT").catch(() => undefined);
    return (ended = how.readOnly === true);
  };
  const { tenantId, tellChange } = how;
  const tellOf = (change: Change) => () => tenantId !== null && tellChange?.(tenantId, change);
  const tx = createTx(client, nameOf, observe, { endEarly, oneQuery: how.oneQuery === true, tellOf });
  let result: T;
  try {
    result = await work(tx);
    await begun;
    if (how.dryRun) await Promise.all([tx.settled(), ask(client, "SET CONSTRAINTS ALL IMMEDIATE")]);
  } catch (error) {
    // It may have failed after BEGIN, and then is what made the work fail too.
    const [beginning] = await Promise.allSettled([begun]);
    if (!ended) await ask(client, "ROLLBACK");
    const cause: unknown = beginning.status === "rejected" ? beginning.reason : error;
    // From a server that was demoted it asks for another connection; of a reading transaction it is our own mistake.
    throw how.readOnly && sqlStateOf(cause) === "25006" ? new DatabaseError("A reading transaction tried to write", cause) : cause;
  }
  if (ended) return result;
  if (how.readOnly) {
    // The answer stands already; the next borrower's statements queue behind this one.
    sendTogether(client);
    ask(client, "COMMIT").catch(() => undefined);
  } else if (how.dryRun) {
    await ask(client, "ROLLBACK");
  } else {
    how.progress.reached = "after-commit";
    how.notices.keep(tx.toTell);
    await Promise.all([tx.settled(), commit(client)]);
  }
  return result;
}

async function commit(client: pg.PoolClient) {
  const { command } = await ask(client, "COMMIT");
  // After a failed statement PostgreSQL answers COMMIT with ROLLBACK, and no error.
  if (command !== "COMMIT") throw new DatabaseError("The transaction was rolled back instead of saved");
}

/** The tenant ($1) and the limits in milliseconds of a statement ($2), a lock ($3) and idleness ($4), for this transaction only. */
export const settingsSql =
  "SELECT set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true), set_config('lock_timeout', $3, true), set_config('idle_in_transaction_session_timeout', $4, true)";
const timeouts = [statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs].map(String);

/** Settings of this transaction only: they hold behind a pooler too, and nothing of them is left for the next borrower. */
async function begin(client: pg.PoolClient, { tenantId, readOnly }: Try, nameOf: StatementNames): Promise<void> {
  const name = nameOf(settingsSql, "hand-written");
  await Promise.all([
    ask(client, readOnly ? "BEGIN READ ONLY" : "BEGIN"),
    ask(client, { text: settingsSql, values: [tenantId ?? "", ...timeouts], ...(name === undefined ? {} : { name }) }),
  ]);
}
