import type pg from "pg";
import { DatabaseError } from "#platform/errors.ts";
import { unknownWhenLost } from "./commit-unknown.ts";
import { createTx, sendTogether, type StatementNames, type StatementObserver, type Tx } from "./transaction.ts";

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

const statementTimeoutMs = 30_000;
const lockTimeoutMs = 3_000;
const idleInTransactionTimeoutMs = 60_000;

/** One try at a transaction on this connection: begin, work, and an end of the kind that was asked for. */
export async function attempt<T>(
  client: pg.PoolClient,
  how: TransactionOptions,
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
    if (how.readOnly) client.query("COMMIT").catch(() => undefined);
    return (ended = how.readOnly === true);
  };
  const tx = createTx(client, nameOf, observe, endEarly);
  let result: T;
  try {
    result = await work(tx);
    await begun;
    if (how.dryRun) await Promise.all([tx.settled(), client.query("SET CONSTRAINTS ALL IMMEDIATE")]);
  } catch (error) {
    // It may have failed after BEGIN, and then is what made the work fail too.
    const [beginning] = await Promise.allSettled([begun]);
    if (!ended) await client.query("ROLLBACK");
    throw beginning.status === "rejected" ? beginning.reason : error;
  }
  if (ended) return result;
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
}

async function commit(client: pg.PoolClient) {
  const { command } = await client.query("COMMIT").catch(unknownWhenLost);
  // After a failed statement PostgreSQL answers COMMIT with ROLLBACK, and no error.
  if (command !== "COMMIT") throw new DatabaseError("The transaction was rolled back instead of saved");
}

/** The tenant ($1) and the limits in milliseconds of a statement ($2), a lock ($3) and idleness ($4), for this transaction only. */
export const settingsSql =
  "SELECT set_config('app.tenant_id', $1, true), set_config('statement_timeout', $2, true), set_config('lock_timeout', $3, true), set_config('idle_in_transaction_session_timeout', $4, true)";
const timeouts = [statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs].map(String);

/** Settings of this transaction only: they hold behind a pooler too, and nothing of them is left for the next borrower. */
async function begin(client: pg.PoolClient, { tenantId, readOnly }: TransactionOptions, nameOf: StatementNames): Promise<void> {
  const name = nameOf(settingsSql, "hand-written");
  await Promise.all([
    client.query(readOnly ? "BEGIN READ ONLY" : "BEGIN"),
    client.query({ text: settingsSql, values: [tenantId ?? "", ...timeouts], ...(name === undefined ? {} : { name }) }),
  ]);
}
