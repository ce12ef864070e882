import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withClient } from "#tests/support/database-template.ts";
import { createTestDatabase, type TestDatabase } from "#tests/support/test-database.ts";
import { readyDatabase } from "./start/database.ts";
import { freePort } from "./embedded-postgres/settings.ts";
import { requireApplicationAccess, UsageError, withDatabase } from "./with-database.ts";

// What a person reads when the database is not what the variables say.

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase("with database");
});
afterEach(() => vi.unstubAllEnvs());

const told = (promise: Promise<unknown>) =>
  promise.then(
    () => "it worked",
    (error: unknown) => (error instanceof UsageError ? error.message : `no words for ${String(error)}`),
  );

function use({ appUrl, ownerUrl }: { appUrl: string; ownerUrl: string }): Promise<string> {
  vi.stubEnv("DATABASE_URL", appUrl);
  vi.stubEnv("DATABASE_OWNER_URL", ownerUrl);
  return told(withDatabase("a test", async () => undefined));
}

function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
}

test("a database without the schema", async () => {
  await withClient(database.ownerUrl, (client) => client.query("DROP TABLE schema_migration"));
  expect(await use(database)).toBe("The database has none of our tables yet: npm start makes them");
});

test("a database behind this version", async () => {
  const newest = await withClient(database.ownerUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "DELETE FROM schema_migration WHERE name = (SELECT max(name) FROM schema_migration) RETURNING name",
    );
    return rows[0]?.name;
  });
  expect(await use(database)).toBe(`The database lacks ${newest}: npm start brings it up to date`);
});

test("no server, or a wrong password: where, why, and which variable to look at, without the password", async () => {
  const nowhere = `postgres://owner:secret@127.0.0.1:${await freePort()}/warehouse`;
  const noServer = await use({ ...database, ownerUrl: nowhere });
  expect(noServer).toMatch(/^No connection as owner to 127.0.0.1:\d+\/warehouse: connect ECONNREFUSED .*DATABASE_OWNER_URL/);
  const wrong = await use({ ...database, ownerUrl: withPassword(database.ownerUrl, "secret") });
  expect(wrong).toMatch(/password authentication failed .*DATABASE_OWNER_URL/);
  expect(noServer + wrong).not.toContain("secret");
});

test("the application's role is tried before the server starts, which could only answer 503", async () => {
  const environment = { DATABASE_URL: withPassword(database.appUrl, "wrong"), DATABASE_OWNER_URL: database.ownerUrl };
  const settings = { embedded: false, demo: false, dataDir: ".", host: "127.0.0.1", port: 0, environment };
  const lock = { markStopping: () => undefined, release: () => undefined };
  expect(await told(readyDatabase(settings, lock, () => undefined))).toMatch(/password authentication failed .*DATABASE_URL right/);
});

test("two addresses of two databases", async () => {
  const other = await createTestDatabase("with another database");
  await withClient(other.ownerUrl, (client) => client.query("DROP TABLE schema_migration"));
  expect(await told(requireApplicationAccess(other.appUrl))).toMatch(/two different databases/);
});
