import { chmodSync, existsSync, mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { lockDataDir, type DataDirLock } from "../data-dir-lock.ts";
import { isStillRunning } from "../process-identity.ts";
import { findBinaries } from "./binaries.ts";
import { ensureCluster } from "./cluster.ts";
import { choosePlace, type Place } from "./place.ts";
import { answers, findPostmaster, startPostmaster, stopPostmaster } from "./postmaster.ts";
import { ensureRolesAndDatabase } from "./roles.ts";
import {
  appRole,
  databaseName,
  freePort,
  isPortFree,
  ownerRole,
  readOrMakeSettings,
  settingsFile,
  superuser,
  urlFor,
  writeSettings,
  type Settings,
} from "./settings.ts";

export interface EmbeddedPostgres {
  /** The application's restricted role, the owner of the database `warehouse`, and the superuser (maintenance database). */
  readonly appUrl: string;
  readonly ownerUrl: string;
  readonly superuserUrl: string;
  /** The folder that holds the database's files. */
  readonly where: string;
  /** The data is not below `dataDir`, because PostgreSQL's user cannot enter that folder. */
  readonly moved: boolean;
  isRunning(): boolean;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
  /** `false` trades safety in a crash of the machine for speed: for tests only. */
  readonly durable: boolean;
  /** How long to wait for a folder that another process holds. */
  readonly patienceMs?: number;
  /** The caller holds the folder already, and releases it. */
  readonly lock?: DataDirLock;
}

/**
 * Starts the PostgreSQL that npm brought, with its data in `dataDir`, or takes over the one that a killed server left running.
 * Throws `DataDirInUseError` when another living process uses the folder.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = makeDataDir(options.dataDir);
  const lock = options.lock ? undefined : await lockDataDir(dataDir, "another server", options.patienceMs);
  try {
    const place = choosePlace(dataDir, findBinaries());
    const settings = await bringUp(dataDir, place, options);
    await ensureRolesAndDatabase(settings).catch(async (error: unknown) => {
      await stopPostmaster(place, "fast");
      throw error;
    });
    return handle(place, settings, lock);
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function makeDataDir(wanted: string): string {
  if (!existsSync(wanted)) {
    mkdirSync(wanted, { recursive: true });
    chmodSync(wanted, 0o700);
  }
  return realpathSync(wanted);
}

async function bringUp(dataDir: string, place: Place, { log, durable }: EmbeddedPostgresOptions): Promise<Settings> {
  requirePasswords(dataDir, place.clusterDir);
  const settings = await readOrMakeSettings(dataDir);
  requireSamePlace(settings, place.clusterDir);
  const leftBehind = findPostmaster(place.clusterDir);
  if (leftBehind) {
    if (await answers(superuserUrl({ ...settings, port: leftBehind.port }))) {
      log(`The database was still running (process ${leftBehind.identity.pid}): taking it over`);
      return keepPlace(dataDir, settings, { port: leftBehind.port, clusterDir: place.clusterDir });
    }
    log(`A database process that no longer answers (${leftBehind.identity.pid}) is stopped`);
    await stopPostmaster(place, "immediate");
  }
  if ((await ensureCluster(place, settings.superuserPassword, durable)) === "made") log("A new database was made");
  const port = (await isPortFree(settings.port)) ? settings.port : await freePort();
  await startPostmaster(place, port, durable);
  return keepPlace(dataDir, settings, { port, clusterDir: place.clusterDir });
}

/** New passwords would not open an old cluster. */
function requirePasswords(dataDir: string, clusterDir: string): void {
  const file = settingsFile(dataDir);
  if (existsSync(file) || !existsSync(join(clusterDir, "PG_VERSION"))) return;
  throw new Error(
    `${clusterDir} holds a database whose passwords were in ${file}, which is gone. Put that file back, or move the database away to begin anew.`,
  );
}

/** Data outside DATA_DIR goes by its path, and does not come along when that is moved or copied: an empty database would seem to have lost everything. */
function requireSamePlace({ clusterDir: known }: Settings, clusterDir: string): void {
  if (known === undefined || known === clusterDir || existsSync(join(clusterDir, "PG_VERSION"))) return;
  throw new Error(
    `The database of this folder is in ${known}, since the folder had another path. Move it to ${clusterDir}, or start from the old path. To begin anew instead, remove database.json.`,
  );
}

function keepPlace(dataDir: string, settings: Settings, { port, clusterDir }: { port: number; clusterDir: string }): Settings {
  if (port === settings.port && clusterDir === settings.clusterDir) return settings;
  const moved = { ...settings, port, clusterDir };
  writeSettings(dataDir, moved);
  return moved;
}

function superuserUrl(settings: Settings): string {
  return urlFor(superuser, settings.superuserPassword, settings.port, "postgres");
}

function handle(place: Place, settings: Settings, lock: DataDirLock | undefined): EmbeddedPostgres {
  const running = findPostmaster(place.clusterDir);
  return {
    appUrl: urlFor(appRole, settings.appPassword, settings.port, databaseName),
    ownerUrl: urlFor(ownerRole, settings.ownerPassword, settings.port, databaseName),
    superuserUrl: superuserUrl(settings),
    where: place.clusterDir,
    moved: place.moved,
    isRunning: () => running !== undefined && isStillRunning(running.identity),
    stop: async () => {
      lock?.markStopping();
      await stopPostmaster(place, "fast");
      lock?.release();
    },
  };
}
