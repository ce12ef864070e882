import pg from "pg";
import { withTimeout } from "#platform/resilience/timeout.ts";

export interface DatabaseHealth {
  healthy: boolean;
  responseTime: number;
  error?: string;
}

const limitMs = 2_000;

/** Asks the database over a connection of its own, which a busy pool cannot starve. Answers within 2 s. */
export function createDatabaseHealthCheck(url: string) {
  let client: pg.Client | undefined;
  const connected = async () => {
    if (client) return client;
    const fresh = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: limitMs,
      query_timeout: limitMs,
      application_name: "warehouse-builder health",
    });
    fresh.on("error", () => void (client = undefined));
    await fresh.connect();
    return (client = fresh);
  };
  const drop = () => {
    client?.end().catch(() => undefined);
    client = undefined;
  };
  const ask = async (): Promise<DatabaseHealth> => {
    const startedAt = performance.now();
    const responseTime = () => Math.round(performance.now() - startedAt);
    try {
      await withTimeout(async () => await (await connected()).query("SELECT 1"), limitMs, `no answer within ${limitMs} ms`);
      return { healthy: true, responseTime: responseTime() };
    } catch (error) {
      drop();
      return { healthy: false, responseTime: responseTime(), error: error instanceof Error ? error.message : "unknown" };
    }
  };
  let asked: Promise<DatabaseHealth> | undefined;
  return {
    /** Whoever asks while it is being asked hears the same answer. */
    checkDatabaseHealth: (): Promise<DatabaseHealth> => (asked ??= ask().finally(() => void (asked = undefined))),
    close: drop,
  };
}
