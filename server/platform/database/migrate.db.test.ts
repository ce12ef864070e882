import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate, MigrationError, pendingMigrations } from "#platform/database/migrate.ts";
import { withClient } from "#tests/support/database-template.ts";
import { createTestDatabase, type TestDatabase } from "#tests/support/test-database.ts";

let database: TestDatabase;
let directory: string;

beforeEach(async () => {
  database = await createTestDatabase("migrate");
  directory = mkdtempSync(join(tmpdir(), "migrations-"));
  cpSync("server/migrations", directory, { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

const run = (changes: { appRole?: string; ownerUrl?: string } = {}) =>
  migrate({ ownerUrl: database.ownerUrl, appRole: "warehouse_app", directory, log: () => undefined, ...changes });
const add = (name: string, sql: string) => writeFileSync(join(directory, name), sql);
const asOwner = (sql: string) => withClient(database.ownerUrl, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
const asSuperuser = (sql: string) =>
  withClient(database.superuserUrl, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);

test("applies what is missing, once, and tells its names", async () => {
  add("9001_more.sql", "CREATE TABLE more (id int)");
  expect(await run()).toEqual(["9001_more.sql"]);
  expect(await run()).toEqual([]);
  expect(await asOwner("SELECT to_regclass('more')::text AS found")).toEqual([{ found: "more" }]);
});

test("puts the application's role where {{app_role}} stands", async () => {
  add("9001_more.sql", "CREATE TABLE more (id int); GRANT SELECT ON more TO {{app_role}};");
  await run();
  expect(await asOwner("SELECT has_table_privilege('warehouse_app', 'more', 'SELECT') AS may")).toEqual([{ may: true }]);
});

test("a migration that fails leaves nothing of itself, names its file and line, and keeps those before it", async () => {
  add("9001_good.sql", "CREATE TABLE good (id int)");
  add("9002_bad.sql", "CREATE TABLE half (id int);\nSELECT nonsense;");
  await expect(run()).rejects.toThrow(/^9002_bad\.sql, line 2: column "nonsense" does not exist/);
  expect(await asOwner("SELECT to_regclass('good')::text AS good, to_regclass('half')::text AS half")).toEqual([
    { good: "good", half: null },
  ]);
});

test("a migration that cannot be noted down leaves nothing of itself either", async () => {
  add("9001_twice.sql", "CREATE TABLE half (id int); INSERT INTO schema_migration (name, checksum) VALUES ('9001_twice.sql', 'x')");
  await expect(run()).rejects.toThrow("9001_twice.sql");
  expect(await asOwner("SELECT to_regclass('half')::text AS half")).toEqual([{ half: null }]);
});

test("a changed old file stops the start", async () => {
  add("9001_more.sql", "CREATE TABLE more (id int)");
  await run();
  add("9001_more.sql", "CREATE TABLE more (id bigint)");
  await expect(run()).rejects.toThrow("9001_more.sql was changed after it had been applied");
});

test("a file that slipped in behind an applied one stops the start", async () => {
  add("9002_late.sql", "SELECT 1");
  await run();
  add("9001_early.sql", "SELECT 1");
  await expect(run()).rejects.toThrow("9001_early.sql is missing in the database, which has 9002_late.sql already");
});

test("a database that is ahead of this version is served", async () => {
  add("9001_newer.sql", "SELECT 1");
  await run();
  rmSync(join(directory, "9001_newer.sql"));
  expect(await run()).toEqual([]);
});

test.each([
  ["9001-more.sql", "is not named like"],
  ["more.sql", "is not named like"],
])("a file named %s stops the start", async (name, complaint) => {
  add(name, "SELECT 1");
  await expect(run()).rejects.toThrow(complaint);
});

test("two files with one number stop the start", async () => {
  add("9001_one.sql", "SELECT 1");
  add("9001_two.sql", "SELECT 1");
  await expect(run()).rejects.toThrow("Two migrations have the number 9001");
});

test("ten processes that start at once apply it once", async () => {
  add("9001_once.sql", "CREATE TABLE once (id int); SELECT pg_sleep(0.05);");
  const applied = await Promise.all(Array.from({ length: 10 }, () => run()));
  expect(applied.flat()).toEqual(["9001_once.sql"]);
});

test("the application's role sees what is pending, and cannot write it", async () => {
  add("9001_more.sql", "SELECT 1");
  const pending = await withClient(database.appUrl, (client) => pendingMigrations((sql) => client.query(sql), directory));
  expect(pending).toEqual(["9001_more.sql"]);
  await run();
  expect(await withClient(database.appUrl, (client) => pendingMigrations((sql) => client.query(sql), directory))).toEqual([]);
  await expect(withClient(database.appUrl, (client) => client.query("DELETE FROM schema_migration"))).rejects.toThrow("permission denied");
});

test("a role that does not exist is refused", async () => {
  await expect(run({ appRole: "nobody_here" })).rejects.toThrow(MigrationError);
});

test("a superuser as the application's role is refused", async () => {
  await expect(run({ appRole: "postgres" })).rejects.toThrow('"postgres" is a superuser');
});

test("the owner as the application's role is refused", async () => {
  await expect(run({ appRole: "warehouse_owner" })).rejects.toThrow("is the owner's role as well");
});

test.each([
  ["BYPASSRLS", (role: string) => `CREATE ROLE ${role} BYPASSRLS`, "has BYPASSRLS"],
  ["the owner's membership", (role: string) => `CREATE ROLE ${role} IN ROLE warehouse_owner`, "is a member of the role that does"],
  [
    "a table of its own",
    (role: string) => `CREATE ROLE ${role}; CREATE TABLE hers (id int); ALTER TABLE hers OWNER TO ${role}`,
    "owns hers",
  ],
])("a role with %s is refused", async (_what, create, complaint) => {
  const role = `too_mighty_${randomBytes(4).toString("hex")}`;
  await asSuperuser(create(role));
  try {
    await expect(run({ appRole: role })).rejects.toThrow(complaint);
  } finally {
    await asSuperuser(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});
