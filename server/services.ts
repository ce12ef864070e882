import { createDatabase, type DatabaseOptions } from "#platform/database/database.ts";
import { createDatabaseHealthCheck } from "#platform/database/health.ts";
import { pendingMigrations } from "#platform/database/migrate.ts";
import type { Logger } from "#platform/logger.ts";
import { createRateLimiter } from "#platform/rate-limit/rate-limit.ts";
import type { Services } from "#platform/services.ts";
import { createSessionCookies } from "#platform/session.ts";
import type { Config } from "./config.ts";

export const migrationsDirectory = new URL("./migrations", import.meta.url).pathname;

/** Builds what the process is made of from its configuration. `close` gives everything back. */
export function createServices(config: Config, log: Logger, overrides: Pick<DatabaseOptions, "observe"> = {}): { services: Services; close(): Promise<void> } {
  const database = createDatabase({ ...config.database, log, logQueries: config.log.queries, ...overrides });
  const databaseHealth = createDatabaseHealthCheck(config.database.url);
  const limiter = createRateLimiter(config.rateLimits);

  const services: Services = {
    settings: {
      environment: config.environment,
      production: config.production,
      version: config.version,
      ownOrigins: new Set([new URL(config.publicUrl).origin, ...config.corsOrigins]),
      session: config.session,
      cursorSecret: config.session.secrets[0] ?? "",
      databaseUrl: config.database.url,
    },
    database,
    databaseHealth: () => databaseHealth.check(),
    pendingMigrations: () => pendingMigrations(async (text) => ({ rows: await database.query(text) }), migrationsDirectory),
    limiter,
    sessions: createSessionCookies({ secrets: config.session.secrets, production: config.production }),
    lifecycle: { draining: false },
    log,
  };
  return {
    services,
    close: async () => {
      limiter.close();
      databaseHealth.close();
      await database.close();
    },
  };
}
