import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appRole } from "#scripts/embedded-postgres/settings.ts";
import { fillEveryTable } from "#tests/support/every-table.ts";
import { provisionTenant, type TestTenant } from "#tests/support/fixtures.ts";
import { createTestDatabase } from "#tests/support/test-database.ts";

let owner: pg.Client;
let app: pg.Client;
let tenant: TestTenant;
const asOwner = async <Row>(text: string, values: readonly unknown[] = []) => (await owner.query(text, [...values])).rows as Row[];

beforeAll(async () => {
  const { appUrl, ownerUrl } = await createTestDatabase("grants");
  owner = new pg.Client({ connectionString: ownerUrl });
  app = new pg.Client({ connectionString: appUrl });
  await Promise.all([owner.connect(), app.connect()]);
  tenant = await provisionTenant(ownerUrl, "acme");
  await fillEveryTable({ sql: asOwner }, tenant);
});
afterAll(async () => {
  await Promise.all([owner.end(), app.end()]);
});

describe("the application's role", () => {
  test("is neither superuser nor above row-level security, makes no roles and no databases, and is a member of no other", async () => {
    expect(
      await asOwner(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships FROM pg_roles r WHERE rolname = $1",
        [appRole],
      ),
    ).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false, memberships: 0 }]);
  });

  test("owns nothing", async () => {
    const owned = await asOwner(
      `SELECT relname::text AS name FROM pg_class WHERE pg_get_userbyid(relowner) = $1 AND relpersistence <> 't'
       UNION SELECT proname::text FROM pg_proc WHERE pg_get_userbyid(proowner) = $1
       UNION SELECT nspname::text FROM pg_namespace WHERE pg_get_userbyid(nspowner) = $1 AND nspname NOT LIKE 'pg_temp%' AND nspname NOT LIKE 'pg_toast_temp%'`,
      [appRole],
    );
    expect(owned).toEqual([]);
  });

  test.each([
    "CREATE TABLE public.mine (id int)",
    "ALTER TABLE item DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE item NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY own_tenant ON item",
    "DROP TABLE item",
    "CREATE SCHEMA mine",
    "CREATE OR REPLACE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    "ALTER TABLE inventory_event DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "SET ROLE warehouse_owner",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY item TO PROGRAM 'cat'",
  ])("may not: %s", async (text) => {
    await expect(app.query(text)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|22023|42704|25\w{3})$/) as string });
  });

  test("may add events and audit rows and read them, and nothing else", async () => {
    const granted = await asOwner<{ table: string; rights: string }>(
      `SELECT table_name AS table, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS rights FROM information_schema.role_table_grants
       WHERE grantee = $1 AND table_name IN ('inventory_event', 'audit_event') GROUP BY 1 ORDER BY 1`,
      [appRole],
    );
    expect(granted).toEqual([
      { table: "audit_event", rights: "INSERT SELECT" },
      { table: "inventory_event", rights: "INSERT SELECT" },
    ]);
  });

  test("may truncate, refer to or put triggers on no table", async () => {
    expect(
      await asOwner(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee IN ($1, 'PUBLIC') AND table_schema = 'public' AND privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')",
        [appRole],
      ),
    ).toEqual([]);
  });

  test("nobody else than it and the owner may touch a table", async () => {
    expect(
      await asOwner(
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee NOT IN ($1, current_user)",
        [appRole],
      ),
    ).toEqual([]);
  });
});

describe("history is not rewritten, not even by the owner", () => {
  test.each(["inventory_event", "audit_event"])("%s", async (table) => {
    expect((await asOwner(`SELECT 1 FROM ${table}`)).length).toBeGreaterThan(0);
    for (const text of [
      `UPDATE ${table} SET request_id = 'x'`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
      `UPDATE ${table} SET request_id = 'x' WHERE false`,
    ]) {
      await expect(owner.query(text), text).rejects.toThrow("never changed or deleted");
      await app.query("BEGIN");
      await app.query("SELECT set_config('app.tenant_id', $1, true)", [tenant.id]);
      await expect(app.query(text), text).rejects.toMatchObject({ code: "42501" });
      await app.query("ROLLBACK");
    }
  });
});

describe("functions that run with the owner's rights", () => {
  test("have a fixed search_path, and cannot be called by everyone", async () => {
    const definers = await asOwner<{ name: string; path: string[] | null; everyone: boolean }>(`
      SELECT p.oid::regprocedure::text AS name, p.proconfig AS path,
             EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE') AS everyone
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef`);
    expect(definers.length).toBeGreaterThan(5);
    for (const { name, path, everyone } of definers) {
      expect(path, name).toContainEqual("search_path=public, pg_temp");
      expect(everyone, name).toBe(false);
    }
  });
});

describe("keys among tenants' tables", () => {
  test("every foreign key carries the tenant, or leads to the tenant or the person", async () => {
    const without = await asOwner<{ name: string }>(`
      SELECT k.conname AS name FROM pg_constraint k
      WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND k.confrelid NOT IN ('tenant'::regclass, 'app_user'::regclass)
        AND NOT EXISTS (
          SELECT FROM unnest(k.conkey, k.confkey) AS u(own, other)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.own JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.other
          WHERE a.attname = 'tenant_id' AND b.attname = 'tenant_id')`);
    expect(without).toEqual([]);
  });

  test("every unique key carries the tenant, but for what is unique by chance or by nature", async () => {
    const without = await asOwner<{ name: string }>(`
      SELECT i.relname AS name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
      WHERE t.relnamespace = 'public'::regnamespace AND x.indisunique
        AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'tenant_id')
        AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'tenant_id' AND a.attnum = ANY (x.indkey::int2[])) ORDER BY 1`);
    // Hashes of random 256-bit tokens.
    expect(without).toEqual([{ name: "password_link_token_hash_key" }, { name: "session_token_hash_key" }]);
  });

  test("every foreign key stands on an index that begins with its columns", async () => {
    const without = await asOwner<{ name: string }>(`
      SELECT k.conname AS name FROM pg_constraint k
      WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
        AND NOT EXISTS (
          SELECT FROM pg_index x WHERE x.indrelid = k.conrelid AND x.indisvalid
            AND (SELECT array_agg(c ORDER BY c) FROM unnest((x.indkey::int2[])[0:cardinality(k.conkey) - 1]) c) = (SELECT array_agg(c ORDER BY c) FROM unnest(k.conkey) c)
            AND (x.indpred IS NULL OR pg_get_expr(x.indpred, x.indrelid) LIKE '%IS NOT NULL%')) ORDER BY 1`);
    expect(without.map(({ name }) => name)).toEqual([]);
  });
});

test("the setting that names the tenant is read by one function, which is no slower than a constant", async () => {
  expect(await asOwner("SELECT provolatile, prosecdef FROM pg_proc WHERE proname = 'current_tenant'")).toEqual([
    { provolatile: "s", prosecdef: false },
  ]);
});
