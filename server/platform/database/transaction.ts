import { createHash } from "node:crypto";
import type { PoolClient } from "pg";
import type { CompanyTopic, LiveTopic, SiteTopic } from "#contract/live.ts";
import type { Change, HeardAt } from "#platform/live/change.ts";
import type { Tell } from "./after-commit.ts";
import { ask } from "./answer-limit.ts";
import { compile, type Query } from "./query-builder.ts";
import { sendTogether } from "./socket.ts";

/** A running transaction, bound to one tenant. What changes data asks for one in its signature. */
export interface Tx {
  many<Row>(query: Query<Row>): Promise<Row[]>;
  first<Row>(query: Query<Row>): Promise<Row | undefined>;
  /** Runs a query for its effect; answers how many rows it touched. */
  run(query: Query<unknown>): Promise<number>;
  /** Runs hand-written SQL with numbered parameters: for statements whose text never changes. */
  sql<Row>(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** The last query of a reading transaction: its end goes out right behind it, and nothing can be asked after it. */
  last<Row>(query: Query<Row>): Promise<Row[]>;
  /** The rows of a query, so many at a time: the next ones are read when they are asked for, and all see what there was at the first. */
  batches<Row>(query: Query<Row>, size?: number): AsyncIterable<Row[]>;
  /** Sends a last statement that nobody waits for: the commit goes out right behind it, and fails when it fails. */
  sqlBeforeCommit(text: string, values: readonly unknown[]): void;
  /**
   * What is to be told once the commit is over: once, though the work may run again, and never of what was undone. Of a commit whose
   * outcome stays unknown it is told as that.
   */
  afterCommit(tell: Tell): void;
  /** That there is something new, for whoever watches in the company, once it is committed: of a site's things only for the site's people. */
  changed(topic: SiteTopic, heardAt: HeardAt): void;
  changed(topic: CompanyTopic): void;
}

/** Told after each statement: for the query log and for tests that count statements. */
export type StatementObserver = (text: string, durationMs: number, values: readonly unknown[]) => void;

/** The name a statement is prepared under on every connection; undefined: it is not. `kind` says who wrote it. */
export type StatementNames = (text: string, kind: "hand-written" | "built") => string | undefined;

// Built statements differ with what a client filters and sorts by: whoever tries all of them must not take the places of the others.
const shareOfBuilt = 0.6;

/** Names for prepared statements: the first `limit` different texts get one, so no connection keeps more than that. */
export function createStatementNames(limit: number): StatementNames {
  const names = new Map<string, string>();
  return (text, kind) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= (kind === "built" ? limit * shareOfBuilt : limit)) return known;
    const name = `q${createHash("sha256").update(text).digest("base64url").slice(0, 20)}`;
    names.set(text, name);
    return name;
  };
}

const rowsPerBatch = 500;

interface TxEnd {
  /** Sends the transaction's end, where it may come early; says whether it did. */
  endEarly: () => boolean;
  /** Its first query is its last. */
  oneQuery: boolean;
  /** What tells of a change. */
  tellOf?: (change: Change) => Tell;
}

export function createTx(
  client: PoolClient,
  nameOf: StatementNames,
  observe: StatementObserver | undefined,
  { endEarly, oneQuery, tellOf }: TxEnd = { endEarly: () => false, oneQuery: false },
): Tx & { settled(): Promise<unknown>; toTell: readonly Tell[] } {
  const unwatched: Promise<unknown>[] = [];
  const toTell: Tell[] = [];
  let ended = false;
  let cursors = 0;
  const query = async (text: string, values: readonly unknown[], kind: "hand-written" | "built" = "hand-written", isLast = false) => {
    // It would run outside the transaction, where no tenant is set.
    if (ended) throw new Error("A statement after the last one of its transaction");
    const name = nameOf(text, kind);
    const startedAt = observe ? performance.now() : 0;
    sendTogether(client);
    const answer = ask(client, { text, values: values as unknown[], ...(name === undefined ? {} : { name }) });
    if (oneQuery || isLast) ended = endEarly();
    const result = await answer;
    observe?.(text, performance.now() - startedAt, values);
    return result;
  };
  const run = <Row>(built: Query<Row>, isLast = false) => {
    const { sql, parameters } = compile(built);
    return query(sql, parameters, "built", isLast);
  };
  async function* batches<Row>(built: Query<Row>, size = rowsPerBatch): AsyncGenerator<Row[]> {
    const { sql, parameters } = compile(built);
    const cursor = `batches_${++cursors}`;
    await query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, parameters, "built");
    for (;;) {
      const { rows } = await query(`FETCH ${size} FROM ${cursor}`, []);
      if (rows.length > 0) yield rows as Row[];
      if (rows.length < size) return;
    }
  }
  return {
    batches,
    many: async <Row>(built: Query<Row>) => (await run(built)).rows as Row[],
    first: async <Row>(built: Query<Row>) => (await run(built)).rows[0] as Row | undefined,
    run: async (built) => (await run(built)).rowCount ?? 0,
    sql: async <Row>(text: string, values: readonly unknown[]) => (await query(text, values)).rows as Row[],
    last: async <Row>(built: Query<Row>) => (await run(built, true)).rows as Row[],
    sqlBeforeCommit: (text, values) => {
      const sent = query(text, values);
      sent.catch(() => undefined);
      unwatched.push(sent);
    },
    settled: () => Promise.all(unwatched),
    afterCommit: (tell) => void toTell.push(tell),
    changed: (topic: LiveTopic, heardAt?: HeardAt) => {
      if (tellOf) toTell.push(tellOf({ topic, heardAt: heardAt ?? "everywhere" }));
    },
    toTell,
  };
}
