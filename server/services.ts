import { createHmac } from "node:crypto";
import { join } from "node:path";
import { connectBreakerOptions, databaseBreaker } from "#platform/database/connecting-client.ts";
import { createDatabase, type Database, type DatabaseOptions } from "#platform/database/database.ts";
import { createDatabaseHealthCheck } from "#platform/database/health.ts";
import { createMigrationCheck } from "#platform/database/migrate.ts";
import { type ChangeFeed, createChangeFeed } from "#platform/live/change-feed.ts";
import { findWatchersIn } from "#platform/live/find-watchers.ts";
import { createLiveStreams } from "#platform/live/live-streams.ts";
import { createLogSinks, type LogSinks } from "#platform/log-sinks/log-sinks.ts";
import type { Logger } from "#platform/logger.ts";
import { createMail } from "#platform/mail.ts";
import { createCircuitBreakerRegistry } from "#platform/resilience/circuit-breaker-registry.ts";
import { createProtection } from "#platform/protection.ts";
import type { JobFigures, Services } from "#platform/services.ts";
import { createSignInGuard } from "#platform/sign-in-guard.ts";
import { createSessionCookies } from "#platform/session.ts";
import type { Config } from "./config.ts";

export const migrationsDirectory = join(import.meta.dirname, "migrations");

/** Builds what the process is made of from its configuration. `close` gives everything back. */
export function createServices(
  config: Config,
  log: Logger,
  {
    logSinks = createLogSinks({}, config),
    ...overrides
  }: Pick<DatabaseOptions, "observe" | "answerTimeoutMs"> & { logSinks?: LogSinks } = {},
): { services: Services; close: () => Promise<void> } {
  const circuitBreakers = createCircuitBreakerRegistry({ log });
  const connectBreaker = circuitBreakers.keepBreaker(databaseBreaker, connectBreakerOptions);
  const database = createDatabase({
    ...config.database,
    log,
    logQueries: config.log.queries,
    connectBreaker,
    tellChange: (tenantId, change) => feed.tell(tenantId, change),
    ...overrides,
  });
  const { live, feed } = createLiveUpdates(database, config, log);
  const databaseHealth = createDatabaseHealthCheck(config.database.url);
  const migrationCheck = createMigrationCheck(migrationsDirectory);
  const { protection, close: endProtection } = createProtection(config, log);
  const mail = createMail({
    ...config.mail,
    folder: config.production ? undefined : join(config.dataDir, "mail"),
    breaker: (isFailure) => circuitBreakers.keepBreaker("email-service", { isFailure, probeTimeout: 30_000 }),
  });
  logSinks.start(circuitBreakers, log);

  const services: Services = {
    settings: settingsOf(config),
    database,
    checkDatabaseHealth: databaseHealth.checkDatabaseHealth,
    pendingMigrations: () => migrationCheck(async (text) => ({ rows: await databaseHealth.query(text) })),
    countJobs: async () => (await databaseHealth.query<JobFigures>("SELECT waiting, failed FROM count_jobs()"))[0],
    ...protection,
    live,
    tellChange: feed.tell,
    sessions: createSessionCookies({ secrets: config.session.secrets, production: config.production }),
    signInGuard: createSignInGuard({ database, secrets: derivedSecrets(config, "known sources"), limit: config.rateLimits.AUTH }),
    mail,
    circuitBreakers,
    logSinks,
    lifecycle: { draining: false },
    log,
  };
  return {
    services,
    close: async () => {
      endProtection();
      live.close();
      feed.close();
      databaseHealth.close();
      mail.close();
      await database.close();
    },
  };
}

const settingsOf = (config: Config): Services["settings"] => ({
  environment: config.environment,
  production: config.production,
  version: config.version,
  ownOrigins: new Set([new URL(config.publicUrl).origin]),
  corsOrigins: new Set(config.corsOrigins),
  publicUrl: config.publicUrl,
  session: config.session,
  cursorSecrets: derivedSecrets(config, "list cursors"),
  databaseUrl: config.database.url,
  operatorTenant: config.operatorTenant,
});

function createLiveUpdates(database: Database, { database: { url }, session }: Config, log: Logger) {
  const live = createLiveStreams({ findWatchers: findWatchersIn(database, session), onOpen: () => feed.listen(), log });
  const feed: ChangeFeed = createChangeFeed({
    url,
    onChange: live.hear,
    onGap: live.hearOfAll,
    log,
  });
  return { live, feed };
}

/** A secret for one purpose from each of the given ones, in their order. */
const derivedSecrets = ({ session }: Config, purpose: string): string[] =>
  session.secrets.map((secret) => createHmac("sha256", secret).update(purpose).digest("hex"));
