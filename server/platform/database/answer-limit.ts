import type { Pool, PoolClient, QueryConfig, QueryResult } from "pg";
import { socketOf } from "./socket.ts";

export interface AnswerLimits {
  /** How long, in milliseconds, a connection may owe an answer: longer than a statement may take. */
  answerTimeoutMs: number;
  /** The same for the first answer to each borrower, which a database that is there gives at once: it is that to BEGIN, or a look-up. */
  firstAnswerTimeoutMs: number;
}

interface Watch {
  isLent: boolean;
  /** What its borrower has come to: a first statement is asked, and then answered. */
  first: "to be asked" | "asked" | "answered";
  askedAt: number;
  answeredAt: number;
  unanswered: number;
  timer: NodeJS.Timeout;
  firstTimer: NodeJS.Timeout;
}

const watches = new WeakMap<PoolClient, Watch>();

/**
 * Gives a connection up when statements wait for an answer and none comes for so long: the other end is gone without a word, or the
 * link to it. A wait that only its caller gave up would leave the connection to the next borrower with the old answer still to come.
 * With one whose borrower hears nothing at all go those that idle and were not heard of since: each would cost a request the same wait.
 */
export function limitAnswers(pool: Pool, { answerTimeoutMs, firstAnswerTimeoutMs }: AnswerLimits): void {
  const open = new Map<PoolClient, Watch>();
  const giveUpIdle = (silentSince: number) => {
    for (const [client, { isLent, answeredAt }] of open) if (!isLent && answeredAt < silentSince) giveUp(client);
  };
  pool.on("connect", (client) => {
    const watch: Watch = {
      isLent: true,
      first: "to be asked",
      askedAt: 0,
      answeredAt: performance.now(),
      unanswered: 0,
      timer: afterReading(answerTimeoutMs, () => watch.unanswered > 0 && giveUp(client)),
      firstTimer: afterReading(firstAnswerTimeoutMs, () => {
        if (watch.first !== "asked") return;
        giveUp(client);
        giveUpIdle(watch.askedAt);
      }),
    };
    open.set(client, watch);
    watches.set(client, watch);
  });
  pool.on("acquire", (client) => {
    const watch = open.get(client);
    if (watch) Object.assign(watch, { isLent: true, first: "to be asked" } satisfies Partial<Watch>);
  });
  pool.on("release", (_, client) => {
    const watch = open.get(client);
    if (watch) watch.isLent = false;
  });
  pool.on("remove", (client) => void open.delete(client));
}

const giveUp = (client: PoolClient) => socketOf(client).destroy(new Error("Connection terminated: the database does not answer"));

/** When we were busy ourselves, the answer may be there and not read yet. */
const afterReading = (ms: number, look: () => unknown) => setTimeout(() => void setImmediate(look), ms).unref();

/** Sends a statement; its answer is waited for no longer than the connection's limits say. */
export async function ask(client: PoolClient, statement: string | QueryConfig): Promise<QueryResult> {
  const watch = watches.get(client);
  if (!watch) return await client.query(statement);
  if (watch.unanswered++ === 0) watch.timer.refresh();
  if (watch.first === "to be asked") {
    watch.first = "asked";
    watch.askedAt = performance.now();
    watch.firstTimer.refresh();
  }
  try {
    return await client.query(statement);
  } finally {
    if (watch.first === "asked") watch.first = "answered";
    watch.answeredAt = performance.now();
    watch.unanswered -= 1;
    watch.timer.refresh();
  }
}
