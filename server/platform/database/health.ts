import pg from "pg";

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
  return {
    async check(): Promise<DatabaseHealth> {
      const startedAt = performance.now();
      try {
        await (await connected()).query("SELECT 1");
        return { healthy: true, responseTime: Math.round(performance.now() - startedAt) };
      } catch (error) {
        drop();
        return {
          healthy: false,
          responseTime: Math.round(performance.now() - startedAt),
          error: error instanceof Error ? error.message : "unknown",
        };
      }
    },
    close: drop,
  };
}
