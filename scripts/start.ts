import { ConfigError } from "#server/config.ts";
import { buildWeb, webRoot } from "./build-web.ts";
import { lockDataDir, type DataDirLock } from "./data-dir-lock.ts";
import { fillDemoCompany } from "./demo-data.ts";
import { announce } from "./start/announce.ts";
import { firstCompany } from "./start/first-company.ts";
import { readyDatabase, type Database } from "./start/database.ts";
import { endLeftBehindServer, requireFreePort, startServer, type ServerProcess } from "./start/server-process.ts";
import { startSettings, type StartSettings } from "./start/settings.ts";
import { onStopRequests } from "./start/stop-requests.ts";

// npm start: checks the settings, brings up the database, and keeps the server running until it is told to stop.

const log = (line: string) => console.log(line);
const stop = new AbortController();
let lock: DataDirLock | undefined;
let server: ServerProcess | undefined;

onStopRequests(
  () => {
    stop.abort();
    lock?.markStopping();
    void server?.drain();
  },
  () => server?.kill(),
);

try {
  process.exitCode = await start(await startSettings(process.env, process.argv.slice(2)));
} catch (error) {
  // What breaks off because we were told to stop is no failure.
  process.exitCode = stop.signal.aborted ? 0 : 1;
  if (!stop.signal.aborted) for (const line of problemsOf(error)) console.error(line);
}
process.exit();

async function start(settings: StartSettings): Promise<number> {
  const held = await lockDataDir(settings.dataDir, `the server on port ${settings.port}`);
  lock = held;
  try {
    await endLeftBehindServer(settings.dataDir, log);
    await requireFreePort(settings.host, settings.port);
    return await run(settings, held);
  } finally {
    held.release();
  }
}

async function run(settings: StartSettings, held: DataDirLock): Promise<number> {
  const database = await both(readyDatabase(settings, held, log), buildWeb(log));
  try {
    if (settings.demo && !stop.signal.aborted) {
      await fillDemoCompany({ ownerUrl: database.ownerUrl, appUrl: database.appUrl, dataDir: settings.dataDir, log });
    }
    return stop.signal.aborted ? 0 : await serve(settings, database);
  } finally {
    await database.stop();
  }
}

async function serve(settings: StartSettings, database: Database): Promise<number> {
  // On one's own machine whoever came first runs it; elsewhere nobody does who was not named.
  const operator = settings.environment["OPERATOR_TENANT"] || (settings.embedded ? await firstCompany(database.ownerUrl) : undefined);
  server = startServer({ ...settings, environment: { ...serverEnvironment(settings, database), OPERATOR_TENANT: operator } });
  let databaseLost = false;
  database.watch(() => {
    if (stop.signal.aborted) return;
    // A server without its database would answer 503 for ever, and keep the next start out.
    databaseLost = true;
    console.error(`The database ended by itself: see ${database.where}/server.log. The next start recovers it`);
    void server?.drain();
  });
  try {
    if (await server.waitUntilReady()) announce(server.address, settings.dataDir, database.where);
  } catch (error) {
    await server.drain();
    throw error;
  }
  const code = await server.ended;
  if (databaseLost) return 1;
  if (!stop.signal.aborted) console.error(`The server ended by itself, with code ${code}`);
  return code;
}

function serverEnvironment({ environment, dataDir, port }: StartSettings, { appUrl, ownerUrl }: Database): NodeJS.ProcessEnv {
  return {
    ...environment,
    DATABASE_URL: appUrl,
    DATABASE_OWNER_URL: ownerUrl,
    DATA_DIR: dataDir,
    PORT: String(port),
    WEB_ROOT: environment["WEB_ROOT"] ?? webRoot,
  };
}

/** Side by side; when one fails the other is still waited for, so that nothing is left running. */
async function both(database: Promise<Database>, web: Promise<void>): Promise<Database> {
  const [databaseResult, webResult] = await Promise.allSettled([database, web]);
  if (webResult.status === "rejected") {
    if (databaseResult.status === "fulfilled") await databaseResult.value.stop();
    throw webResult.reason;
  }
  if (databaseResult.status === "rejected") throw databaseResult.reason;
  return databaseResult.value;
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  return [error instanceof Error ? error.message : String(error)];
}
