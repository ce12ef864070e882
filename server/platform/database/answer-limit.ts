import type { PoolClient, QueryConfig, QueryResult } from "pg";
import { socketOf } from "./socket.ts";

interface Watch {
  unanswered: number;
  timer: NodeJS.Timeout;
}

const watches = new WeakMap<PoolClient, Watch>();

/**
 * Gives the connection up when statements wait for an answer and none comes for so long: the other end is gone without a word, or the
 * link to it. A wait that only its caller gave up would leave the connection to the next borrower with the old answer still to come.
 */
export function limitAnswers(client: PoolClient, answerTimeoutMs: number): void {
  const watch: Watch = {
    unanswered: 0,
    timer: setTimeout(() => {
      if (watch.unanswered > 0) socketOf(client).destroy(new Error("Connection terminated: the database does not answer"));
    }, answerTimeoutMs).unref(),
  };
  watches.set(client, watch);
}

/** Sends a statement; its answer is waited for no longer than the connection's limit says. */
export async function ask(client: PoolClient, statement: string | QueryConfig): Promise<QueryResult> {
  const watch = watches.get(client);
  if (!watch) return await client.query(statement);
  if (watch.unanswered++ === 0) watch.timer.refresh();
  try {
    return await client.query(statement);
  } finally {
    watch.unanswered -= 1;
    watch.timer.refresh();
  }
}
