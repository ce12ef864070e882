import { migrate } from "#platform/database/migrate.ts";
import type { DataDirLock } from "../data-dir-lock.ts";
import { startEmbeddedPostgres } from "../embedded-postgres/start.ts";
import { requireApplicationAccess, withOwner } from "../with-database.ts";
import type { Environment, StartSettings } from "./settings.ts";

export interface Database {
  readonly appUrl: string;
  readonly ownerUrl: string;
  /** Where its files are, when they are ours. */
  readonly where: string | undefined;
  /** Calls `onEnd` when its process has ended without being told to; never for a server that is not ours. */
  watch(onEnd: () => void): void;
  stop(): Promise<void>;
}

/** The database to use, running and with the newest schema. */
export async function readyDatabase(settings: StartSettings, lock: DataDirLock, log: (line: string) => void): Promise<Database> {
  const database = settings.embedded ? await ownDatabase(settings, lock, log) : givenDatabase(settings.environment);
  try {
    await withOwner(database.ownerUrl, async () => undefined);
    await migrate({ ownerUrl: database.ownerUrl, appRole: userOf(database.appUrl), directory: "server/migrations", log });
    // Else the server would come up and answer 503 to everything.
    await requireApplicationAccess(database.appUrl);
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function ownDatabase({ dataDir }: StartSettings, lock: DataDirLock, log: (line: string) => void): Promise<Database> {
  const postgres = await startEmbeddedPostgres({ dataDir, log, durable: true, lock });
  if (postgres.moved) log(`PostgreSQL does not run as root and its user cannot enter ${dataDir}: the data is in ${postgres.where}`);
  const watch = (onEnd: () => void) => {
    const timer = setInterval(() => {
      if (postgres.isRunning()) return;
      clearInterval(timer);
      onEnd();
    }, 1_000);
  };
  return { ...postgres, watch };
}

function givenDatabase(environment: Environment): Database {
  const { DATABASE_URL: appUrl = "", DATABASE_OWNER_URL: ownerUrl = "" } = environment;
  return { appUrl, ownerUrl, where: undefined, watch: () => undefined, stop: async () => undefined };
}

function userOf(url: string): string {
  return decodeURIComponent(new URL(url).username);
}
