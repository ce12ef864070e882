import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { installJobQueue } from "#platform/jobs.ts";

/** The schema cannot be brought up to date; the message says why and what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

export interface MigrateOptions {
  /** The owner's address, direct: migrations hold a session's advisory lock. */
  readonly ownerUrl: string;
  /** The application's restricted role: `{{app_role}}` in the files. */
  readonly appRole: string;
  readonly directory: string;
  readonly log: (line: string) => void;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** Any query function: the readiness check uses the application's pool. */
export type Query = (sql: string) => Promise<{ rows: { name: string; checksum: string }[] }>;

/**
 * Applies the numbered SQL files that are missing, each in a transaction of its own, and returns their names.
 * Safe to call from several processes at once. Throws `MigrationError` for a changed old file or an application role with too many rights.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const files = await readMigrations(options.directory);
  const client = new pg.Client({ connectionString: options.ownerUrl, connectionTimeoutMillis: 10_000, application_name: "migrate" });
  await client.connect();
  try {
    await client.query("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '120s'");
    await client.query("SELECT pg_advisory_lock(hashtextextended('schema_migration', 0))");
    await requireRestricted(client, options.appRole);
    await ensureTable(client, options.appRole);
    const missing = pending(files, await appliedMigrations(client));
    for (const migration of missing) await apply(client, migration, options);
    // Under the same lock: of several processes that start at once, one does it.
    await installJobQueue(options.ownerUrl);
    await requireOwnsNothing(client, options.appRole);
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Names of the migrations that the database still lacks; empty when this version may serve requests. */
export async function pendingMigrations(query: Query, directory: string): Promise<string[]> {
  return await createMigrationCheck(directory)(query);
}

/** The same, to be asked often: the files are read once, so that new ones on the disk do not make a running version unready. */
export function createMigrationCheck(directory: string): (query: Query) => Promise<string[]> {
  const known = readMigrations(directory);
  known.catch(() => undefined);
  return async (query) => {
    const { rows } = await query("SELECT name, checksum FROM schema_migration");
    return pending(await known, rows).map(({ name }) => name);
  };
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).toSorted();
  requireNumbered(names);
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

function requireNumbered(names: readonly string[]): void {
  const numbers = names.map((name) => /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]);
  const wrong = names.find((_, index) => numbers[index] === undefined);
  if (wrong) throw new MigrationError(`${wrong} is not named like 0001_what_it_does.sql`);
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index);
  if (twice) throw new MigrationError(`Two migrations have the number ${twice}`);
}

/** A database that is ahead of this version is fine: every schema is compatible with the version before it. */
function pending(files: readonly Migration[], applied: readonly { name: string; checksum: string }[]): Migration[] {
  const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]));
  const changed = files.find(({ name, checksum }) => checksums.has(name) && checksums.get(name) !== checksum);
  if (changed) {
    throw new MigrationError(
      `${changed.name} was changed after it had been applied. Put the old file back and write the change as a new migration.`,
    );
  }
  const latest =
    applied
      .map(({ name }) => name)
      .toSorted()
      .at(-1) ?? "";
  const missing = files.filter(({ name }) => !checksums.has(name));
  const late = missing.find(({ name }) => name < latest);
  if (late) throw new MigrationError(`${late.name} is missing in the database, which has ${latest} already. Give it the next number.`);
  return missing;
}

async function ensureTable(client: pg.Client, appRole: string): Promise<void> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS schema_migration (
      name        text CONSTRAINT schema_migration_pkey PRIMARY KEY,
      checksum    text NOT NULL,
      applied_at  timestamptz NOT NULL DEFAULT now()
    );
    GRANT SELECT ON schema_migration TO ${client.escapeIdentifier(appRole)}`);
}

async function appliedMigrations(client: pg.Client): Promise<{ name: string; checksum: string }[]> {
  return (await client.query<{ name: string; checksum: string }>("SELECT name, checksum FROM schema_migration ORDER BY name")).rows;
}

async function apply(client: pg.Client, migration: Migration, { appRole, log }: MigrateOptions): Promise<void> {
  const sql = migration.sql.replaceAll("{{app_role}}", client.escapeIdentifier(appRole));
  await client.query("BEGIN");
  try {
    await client.query(sql);
    await client.query("INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)", [migration.name, migration.checksum]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw new MigrationError(`${migration.name}${lineOf(error, sql)}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  log(`Applied migration ${migration.name}`);
}

function lineOf(error: unknown, sql: string): string {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : NaN;
  return Number.isNaN(position) ? "" : `, line ${sql.slice(0, position).split("\n").length}`;
}

/** Row-level security does not bind a superuser, a role with BYPASSRLS, or an owner: such a role would see every tenant. */
async function requireRestricted(client: pg.Client, appRole: string): Promise<void> {
  const { rows } = await client.query<{ superuser: boolean; bypass: boolean; owns_database: boolean; is_us: boolean }>(
    `SELECT r.rolsuper AS superuser, r.rolbypassrls AS bypass, r.rolname = current_user AS is_us,
            EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND (d.datdba = r.oid OR pg_has_role(r.oid, d.datdba, 'MEMBER'))) AS owns_database
     FROM pg_roles r WHERE r.rolname = $1`,
    [appRole],
  );
  const role = rows[0];
  if (!role)
    throw new MigrationError(
      `The application's role "${appRole}" does not exist. Make it: CREATE ROLE ${client.escapeIdentifier(appRole)} LOGIN PASSWORD '…'`,
    );
  if (role.superuser) throw tooPowerful(appRole, "is a superuser");
  if (role.bypass) throw tooPowerful(appRole, "has BYPASSRLS");
  if (role.is_us) throw tooPowerful(appRole, "is the owner's role as well");
  if (role.owns_database) throw tooPowerful(appRole, "owns the database, or is a member of the role that does");
}

async function requireOwnsNothing(client: pg.Client, appRole: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_roles r ON r.rolname = $1
     WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relpersistence <> 't' AND pg_has_role(r.oid, c.relowner, 'MEMBER') ORDER BY 1 LIMIT 1`,
    [appRole],
  );
  if (rows[0]) throw tooPowerful(appRole, `owns ${rows[0].name}`);
}

function tooPowerful(appRole: string, why: string): MigrationError {
  return new MigrationError(
    `The application's role "${appRole}" ${why}, so tenants would not be kept apart. Give DATABASE_URL a role of its own that owns nothing.`,
  );
}
