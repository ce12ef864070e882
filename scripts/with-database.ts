import { existsSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { pendingMigrations } from "#platform/database/migrate.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { startEmbeddedPostgres } from "./embedded-postgres/start.ts";
import { onStopRequests } from "./start/stop-requests.ts";
import { appRole, databaseName, ownerRole, readOrMakeSettings, urlFor } from "./embedded-postgres/settings.ts";

export interface DatabaseUrls {
  /** As the application's restricted role. */
  appUrl: string;
  ownerUrl: string;
}

/** What a person has to put right, told without a stack. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs `use` with the database that `npm start` uses: the one of DATABASE_URL and DATABASE_OWNER_URL, or else the embedded one of
 * DATA_DIR, which is started when no server runs it, and stopped again. Throws `UsageError` when there is none.
 */
export async function withDatabase<T>(what: string, use: (urls: DatabaseUrls) => Promise<T>): Promise<T> {
  const { DATABASE_URL: appUrl = "", DATABASE_OWNER_URL: ownerUrl = "", DATA_DIR: dataDir = ".data" } = process.env;
  if (ownerUrl !== "") return await useCurrent({ appUrl, ownerUrl }, use);
  if (appUrl !== "") throw new UsageError("DATABASE_OWNER_URL is missing: with DATABASE_URL set, the owner's address is needed too");
  return await withEmbedded(dataDir, what, use);
}

async function withEmbedded<T>(dataDir: string, what: string, use: (urls: DatabaseUrls) => Promise<T>): Promise<T> {
  if (!existsSync(join(dataDir, "database.json"))) {
    throw new UsageError(
      `There is no database in ${dataDir} yet: npm start makes one. For another one set DATABASE_URL and DATABASE_OWNER_URL, or DATA_DIR`,
    );
  }
  const { port, appPassword, ownerPassword } = await readOrMakeSettings(dataDir);
  const running = {
    appUrl: urlFor(appRole, appPassword, port, databaseName),
    ownerUrl: urlFor(ownerRole, ownerPassword, port, databaseName),
  };
  if (await answers(running.ownerUrl)) return await useCurrent(running, use);

  const lock = await lockDataDir(dataDir, what);
  const starting = startEmbeddedPostgres({ dataDir, log: () => undefined, durable: true, lock });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= starting.then((postgres) => postgres.stop()).finally(() => lock.release()));
  let told = false;
  onStopRequests(
    () => {
      told = true;
      void stop().finally(() => process.exit(1));
    },
    () => process.exit(1),
  );
  // To listen for our parent's end is no reason to go on living.
  process.channel?.unref();
  try {
    return await useCurrent(await starting, use);
  } catch (error) {
    throw told ? new UsageError(`${what} was stopped before it had ended`, { cause: error }) : error;
  } finally {
    await stop();
  }
}

async function useCurrent<T>(urls: DatabaseUrls, use: (urls: DatabaseUrls) => Promise<T>): Promise<T> {
  await withOwner(urls.ownerUrl, async (client) => {
    if (!(await hasOurTables(client))) throw new UsageError("The database has none of our tables yet: npm start makes them");
    const missing = await pendingMigrations((text) => client.query(text), "server/migrations");
    if (missing.length > 0) throw new UsageError(`The database lacks ${missing.join(", ")}: npm start brings it up to date`);
  });
  return await use(urls);
}

async function hasOurTables(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>("SELECT to_regclass('schema_migration') IS NOT NULL AS there");
  return rows[0]?.there ?? false;
}

async function answers(url: string): Promise<boolean> {
  try {
    await withOwner(url, (client) => client.query("SELECT 1"));
    return true;
  } catch {
    return false;
  }
}

/** A connection as the database's owner, who sees every tenant. Throws `UsageError` when there is none. */
export function withOwner<T>(ownerUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return withConnection("DATABASE_OWNER_URL", ownerUrl, use);
}

/** The application's role gets in, and to the database that the owner has just migrated. Throws `UsageError`. */
export async function requireApplicationAccess(appUrl: string): Promise<void> {
  if (!(await withConnection("DATABASE_URL", appUrl, hasOurTables)))
    throw new UsageError("DATABASE_URL and DATABASE_OWNER_URL lead to two different databases: the first has none of our tables");
}

async function withConnection<T>(variable: string, url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: "warehouse-builder tool" });
  client.on("error", () => undefined);
  try {
    await client.connect().catch((error: unknown) => {
      throw new UsageError(notConnected(variable, url, error), { cause: error });
    });
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Says where we wanted to go, without the password. */
function notConnected(variable: string, url: string, error: unknown): string {
  const { username, host, pathname } = new URL(url);
  // Where a name has several addresses, each has an error of its own, and the whole has no text.
  const reason =
    error instanceof AggregateError ? error.errors.map(String).join("; ") : error instanceof Error ? error.message : String(error);
  return `No connection as ${decodeURIComponent(username)} to ${host}${pathname}: ${reason}. Does that server run, and is ${variable} right?`;
}
