import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { ownerRole } from "#scripts/embedded-postgres/settings.ts";
import { onDatabase, withClient } from "./database-template.ts";

export interface TestDatabase {
  readonly name: string;
  /** As the application's restricted role, as the owner, and as the superuser. */
  readonly appUrl: string;
  readonly ownerUrl: string;
  readonly superuserUrl: string;
  /** Gives the database back. It goes at the end of the test file; when a test of the file failed, it stays to be looked at. */
  drop(): Promise<void>;
}

const made: TestDatabase[] = [];

/** A migrated database of one's own, cloned in about 100 ms. End your pools; the database itself goes at the end of the file. */
export async function createTestDatabase(label: string): Promise<TestDatabase> {
  const cluster = inject("databaseCluster");
  const name = `test_${label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .slice(0, 40)}_${randomBytes(4).toString("hex")}`;
  await withClient(cluster.superuserUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${cluster.template} OWNER ${ownerRole}`),
  );
  const database: TestDatabase = {
    name,
    appUrl: onDatabase(cluster.appUrl, name),
    ownerUrl: onDatabase(cluster.ownerUrl, name),
    superuserUrl: onDatabase(cluster.superuserUrl, name),
    drop: async () => undefined,
  };
  made.push(database);
  return database;
}

/** After the last hook of a test file. */
export async function settleTestDatabases(failed: boolean): Promise<void> {
  const cluster = inject("databaseCluster");
  for (const database of made.splice(0)) {
    if (failed)
      console.log(`Kept until the next run: ${database.name}. To look at it: npm run test:database, then psql ${database.ownerUrl}`);
    else await withClient(cluster.superuserUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${database.name} WITH (FORCE)`));
  }
}
