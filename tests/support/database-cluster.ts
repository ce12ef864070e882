import { DataDirInUseError } from "#scripts/data-dir-lock.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "#scripts/embedded-postgres/start.ts";
import { dropLeftovers, ensureTemplate } from "./database-template.ts";

/** Where the workers find the test server, and which database to clone. */
export interface DatabaseCluster {
  readonly appUrl: string;
  readonly ownerUrl: string;
  readonly superuserUrl: string;
  readonly template: string;
}

interface Shared {
  users: number;
  readonly running: Promise<{ postgres: EmbeddedPostgres; cluster: DatabaseCluster }>;
}

const slots = ["test", "test-2", "test-3", "test-4"];

/** Several suites run in one process, each with a module registry of its own: the one server is kept on the process. */
const shelf = globalThis as typeof globalThis & { testDatabaseCluster?: Shared };

/** Starts the test server for the first who asks. */
export async function acquireCluster(): Promise<DatabaseCluster> {
  shelf.testDatabaseCluster ??= { users: 0, running: start() };
  shelf.testDatabaseCluster.users += 1;
  return (await shelf.testDatabaseCluster.running).cluster;
}

/** Stops the test server after the last who asked. */
export async function releaseCluster(): Promise<void> {
  const shared = shelf.testDatabaseCluster;
  if (!shared || --shared.users > 0) return;
  delete shelf.testDatabaseCluster;
  await (await shared.running).postgres.stop();
}

async function start(): Promise<{ postgres: EmbeddedPostgres; cluster: DatabaseCluster }> {
  const postgres = await startInFreeSlot();
  await dropLeftovers(postgres.superuserUrl);
  const template = await ensureTemplate(postgres);
  return { postgres, cluster: { appUrl: postgres.appUrl, ownerUrl: postgres.ownerUrl, superuserUrl: postgres.superuserUrl, template } };
}

/** Kept between runs, since making a cluster takes a second; a run beside another takes the next folder. */
async function startInFreeSlot(): Promise<EmbeddedPostgres> {
  for (const slot of slots) {
    try {
      return await startEmbeddedPostgres({ dataDir: `.data/${slot}`, log: () => undefined, durable: false, patienceMs: 0 });
    } catch (error) {
      if (!(error instanceof DataDirInUseError)) throw error;
    }
  }
  throw new Error(`${slots.length} test runs are under way in this folder: wait for one to end`);
}
