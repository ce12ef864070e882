import pg from "pg";
import { withTimeout } from "#platform/resilience/timeout.ts";
import { socketOf } from "./socket.ts";

export interface DatabaseHealth {
  healthy: boolean;
  responseTime: number;
  error?: string;
}

const limitMs = 2_000;

/** Asks the database over a connection of its own, which a busy pool cannot starve. Answers within 2 s. */
export function createDatabaseHealthCheck(url: string) {
  let current: { client: pg.Client; connected: Promise<unknown> } | undefined;
  const connection = () => {
    if (current) return current;
    // Two may ask at once, the state and the jobs: each is sent without waiting for the other's answer.
    const client = new pg.Client({ connectionString: url, keepAlive: true, pipeline: true, application_name: "warehouse-builder health" });
    const made = { client, connected: client.connect() };
    for (const ending of ["error", "end"] as const) client.on(ending, () => drop(made));
    return (current = made);
  };
  /** Without a farewell, which nobody may be there to hear. */
  const drop = (broken: typeof current) => {
    if (broken) socketOf(broken.client).destroy();
    if (current === broken) current = undefined;
  };
  const query = async <Row>(text: string): Promise<Row[]> => {
    const asked = connection();
    const ask = async () => {
      await asked.connected;
      // What nobody waits for any more shall not go on in the database either. In one piece, so that it holds behind a pooler.
      const answers: unknown = await asked.client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${limitMs}; ${text}; COMMIT`);
      return (answers as pg.QueryResult[])[2]?.rows as Row[];
    };
    try {
      return await withTimeout(ask, limitMs, `no answer within ${limitMs} ms`);
    } catch (error) {
      drop(asked);
      throw error;
    }
  };
  const look = async (): Promise<DatabaseHealth> => {
    const startedAt = performance.now();
    const responseTime = () => Math.round(performance.now() - startedAt);
    try {
      await query("SELECT 1");
      return { healthy: true, responseTime: responseTime() };
    } catch (error) {
      return { healthy: false, responseTime: responseTime(), error: error instanceof Error ? error.message : "unknown" };
    }
  };
  let looking: Promise<DatabaseHealth> | undefined;
  return {
    /** Whoever asks while it is being asked hears the same answer. */
    checkDatabaseHealth: (): Promise<DatabaseHealth> => (looking ??= look().finally(() => void (looking = undefined))),
    /** One statement that reads, over the same connection and within the same time. */
    query,
    close: (): void => void current?.client.end().catch(() => undefined),
  };
}
