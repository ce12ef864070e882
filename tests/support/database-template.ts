import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { migrate } from "#platform/database/migrate.ts";
import { appRole, ownerRole } from "#scripts/embedded-postgres/settings.ts";

const migrations = "server/migrations";

/** A migrated database for every state of the migration files; made once, cloned by each test file. */
export async function ensureTemplate(server: { superuserUrl: string; ownerUrl: string }): Promise<string> {
  const name = `template_${hashOfMigrations()}`;
  await withClient(server.superuserUrl, async (client) => {
    if ((await namesLike(client, name)).length > 0) return;
    for (const old of await namesLike(client, "template_%")) await client.query(`DROP DATABASE IF EXISTS ${old} WITH (FORCE)`);
    const draft = `making_${name}`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft} OWNER ${ownerRole}`);
    await migrate({ ownerUrl: onDatabase(server.ownerUrl, draft), appRole, directory: migrations, log: () => undefined });
    // Renamed only when whole, so an interrupted run leaves no half-migrated template.
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
  return name;
}

/** What failed test files of earlier runs kept. */
export async function dropLeftovers(superuserUrl: string): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    for (const name of await namesLike(client, "test_%")) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
}

/** The same server and user, another database. */
export function onDatabase(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function namesLike(client: pg.Client, pattern: string): Promise<string[]> {
  const { rows } = await client.query<{ datname: string }>("SELECT datname FROM pg_database WHERE datname LIKE $1 AND NOT datistemplate", [
    pattern.replaceAll("_", "\\_"),
  ]);
  return rows.map(({ datname }) => datname);
}

function hashOfMigrations(): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(migrations).toSorted()) hash.update(file).update(readFileSync(join(migrations, file)));
  return hash.digest("hex").slice(0, 16);
}
