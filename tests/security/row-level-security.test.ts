import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EveryThing, fillEveryTable } from "#tests/support/every-table.ts";
import { provisionTenant, type TestTenant } from "#tests/support/fixtures.ts";
import { createTestDatabase } from "#tests/support/test-database.ts";

let owner: pg.Client;
let app: pg.Client;
let acme: TestTenant;
let globex: TestTenant;
let things: Record<"acme" | "globex", EveryThing>;
let tables: { name: string; tenantColumn: string | null }[];

const asOwner = async <Row>(text: string, values: readonly unknown[] = []) => (await owner.query(text, [...values])).rows as Row[];

beforeAll(async () => {
  const { appUrl, ownerUrl } = await createTestDatabase("row level security");
  owner = new pg.Client({ connectionString: ownerUrl });
  app = new pg.Client({ connectionString: appUrl });
  await Promise.all([owner.connect(), app.connect()]);
  acme = await provisionTenant(ownerUrl, "acme");
  globex = await provisionTenant(ownerUrl, "globex");
  things = { acme: await fillEveryTable({ sql: asOwner }, acme), globex: await fillEveryTable({ sql: asOwner }, globex) };
  tables = await asOwner(`
    SELECT c.relname AS name,
           CASE WHEN c.relname = 'tenant' THEN 'id' ELSE (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped) END AS "tenantColumn"
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f') ORDER BY 1`);
});
afterAll(async () => {
  await Promise.all([owner.end(), app.end()]);
});

/** In a transaction that is bound to a tenant as the server binds it, and then rolled back. */
async function within<T>(tenantId: string | null, work: () => Promise<T>): Promise<T> {
  await app.query("BEGIN");
  try {
    if (tenantId !== null) await app.query("SELECT set_config('app.tenant_id', $1, true)", [tenantId]);
    return await work();
  } finally {
    await app.query("ROLLBACK");
  }
}
const count = async (text: string, values: unknown[] = []) => Number((await app.query<{ count: string }>(text, values)).rows[0]?.count);
// Nothing of a tenant stands in these; the last two are out of the application's reach.
const withoutPolicy = ["schema_migration", "inventory_close_mark", "sign_in_attempt", "known_source"];
const notOfTenants = new Set([...withoutPolicy, "app_user"]);
const ofTenants = () => tables.filter(({ name }) => !notOfTenants.has(name)) as { name: string; tenantColumn: string }[];
/** What the application may not even read, whosever it is. */
const refused = (error: unknown) => error instanceof pg.DatabaseError && error.code === "42501";

test("these tests hold rows of both tenants in every table", async () => {
  for (const { name, tenantColumn } of ofTenants()) {
    expect(tenantColumn, `${name} has a tenant`).not.toBeNull();
    const rows = await asOwner<{ tenants: string }>(`SELECT count(DISTINCT ${tenantColumn}) AS tenants FROM ${name}`);
    expect(Number(rows[0]?.tenants), `rows of two tenants in ${name}`).toBe(2);
  }
});

test("every table of a tenant has row-level security, and a policy for everything that the application may do", async () => {
  const open = await asOwner<{ name: string }>(
    `
    SELECT c.relname AS name FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> ALL ($1)
      AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT FROM pg_policies p WHERE p.tablename = c.relname AND p.schemaname = 'public' AND p.qual LIKE '%current_tenant()%'))`,
    [withoutPolicy],
  );
  expect(open).toEqual([]);
  const lenient = await asOwner<{ name: string }>(
    "SELECT tablename AS name FROM pg_policies WHERE schemaname = 'public' AND (qual IS NULL OR qual NOT LIKE '%current_tenant()%')",
  );
  expect(lenient).toEqual([]);
});

test("every view runs with the rights of who asks", async () => {
  expect(
    await asOwner(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' AND NOT coalesce(reloptions @> '{security_invoker=true}', false)`,
    ),
  ).toEqual([]);
});

test("without a tenant every table is empty", async () => {
  for (const { name } of tables.filter((table) => !withoutPolicy.includes(table.name))) {
    expect(await within(null, () => count(`SELECT count(*) FROM ${name}`)), name).toBe(0);
  }
});

test("after a transaction of a tenant, the connection shows nothing again", async () => {
  expect(await within(acme.id, () => count("SELECT count(*) FROM item"))).toBeGreaterThan(0);
  expect(await count("SELECT count(*) FROM item")).toBe(0);
});

test("with a tenant set, no row of another one can be read, whatever is asked", async () => {
  for (const { name, tenantColumn } of ofTenants()) {
    const [own, foreign] = await within(acme.id, async () => [
      await count(`SELECT count(*) FROM ${name}`),
      await count(`SELECT count(*) FROM ${name} WHERE ${tenantColumn} = $1 OR ${tenantColumn} IS DISTINCT FROM $2`, [globex.id, acme.id]),
    ]);
    expect({ table: name, foreign }).toEqual({ table: name, foreign: 0 });
    expect(own, name).toBeGreaterThan(0);
  }
});

test("people of another tenant are not there; a person of both is", async () => {
  const seen = await within(acme.id, async () => (await app.query<{ id: string }>("SELECT id FROM app_user")).rows.map(({ id }) => id));
  expect(seen.toSorted()).toEqual(
    Object.values(acme.users)
      .map(({ id }) => id)
      .toSorted(),
  );
});

test("nobody's password hash can be read, not even one's own tenant's", async () => {
  await expect(within(acme.id, () => app.query("SELECT password_hash FROM member_password"))).rejects.toSatisfy(refused);
});

describe("rows of another tenant cannot be written", () => {
  test("changing and deleting reach none", async () => {
    for (const { name, tenantColumn } of ofTenants()) {
      const touch = async (text: string) => {
        const touched = await within(acme.id, () => app.query(text, [globex.id])).catch((error: unknown) =>
          refused(error) ? "may not" : Promise.reject(error as Error),
        );
        expect(touched === "may not" ? 0 : touched.rowCount, text).toBe(0);
      };
      await touch(`UPDATE ${name} SET ${tenantColumn} = ${tenantColumn} WHERE ${tenantColumn} = $1`);
      await touch(`DELETE FROM ${name} WHERE ${tenantColumn} = $1`);
    }
  });

  test("none can be put into another tenant, nor moved there", async () => {
    const intoGlobex = [
      `INSERT INTO item (tenant_id, sku, name) VALUES ('${globex.id}', 'SMUGGLED', 'Smuggled')`,
      `INSERT INTO site (tenant_id, code, name) VALUES ('${globex.id}', 'SMUGGLED', 'Smuggled')`,
      `UPDATE item SET tenant_id = '${globex.id}'`,
      `UPDATE site SET tenant_id = '${globex.id}'`,
    ];
    for (const text of intoGlobex)
      await expect(
        within(acme.id, () => app.query(text)),
        text,
      ).rejects.toMatchObject({ code: "42501" });
  });

  test("a row cannot refer to another tenant's, even where its id is known", async () => {
    const { item, location, lot, site } = things.globex;
    const references = [
      `INSERT INTO location (site_id, code, type) VALUES ('${site}', 'X', 'STORAGE')`,
      `INSERT INTO lot (item_id, code) VALUES ('${item}', 'X')`,
      `INSERT INTO item_unit (item_id, uom, factor) VALUES ('${item}', 'BOX', 2)`,
      `INSERT INTO item_barcode (item_id, code) VALUES ('${item}', 'X')`,
      `INSERT INTO inventory_balance (item_id, location_id, status) VALUES ('${item}', '${location}', 'AVAILABLE')`,
      `INSERT INTO inventory_balance (item_id, location_id, status) VALUES ('${things.acme.item}', '${location}', 'AVAILABLE')`,
      `INSERT INTO inventory_balance (item_id, location_id, lot_id, status) VALUES ('${things.acme.item}', '${things.acme.location}', '${lot}', 'AVAILABLE')`,
      `INSERT INTO site_access (user_id, site_id) VALUES ('${acme.users.Viewer.id}', '${site}')`,
    ];
    for (const text of references)
      await expect(
        within(acme.id, () => app.query(text)),
        text,
      ).rejects.toMatchObject({ code: "23503" });
  });
});

test("a unique value of one tenant is free in another", async () => {
  const items = await asOwner("SELECT 1 FROM item WHERE sku = 'OF-EVERY-TABLE'");
  expect(items).toHaveLength(2);
  const barcodes = await asOwner("SELECT 1 FROM item_barcode WHERE code = '4006381333931'");
  expect(barcodes).toHaveLength(2);
});

test("text search finds nothing of another tenant, and nothing without one", async () => {
  const functions = await asOwner<{ name: string }>(
    "SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'search\\_%'",
  );
  expect(functions.length).toBeGreaterThan(5);
  // This one takes more: a text to begin with, and the pattern.
  const calls: Record<string, string> = { search_everything: "SELECT id FROM search_everything('ever', '%e%', 100, NULL)" };
  for (const { name } of functions) {
    const found = (tenantId: string | null) =>
      within(tenantId, async () =>
        (await app.query<{ id: string }>(calls[name] ?? `SELECT id FROM ${name}('%') AS id`)).rows.map(({ id }) => id),
      );
    expect(await found(null), name).toEqual([]);
    const [ofAcme, ofGlobex] = [await found(acme.id), await found(globex.id)];
    expect(ofAcme.length, name).toBeGreaterThan(0);
    expect(
      ofAcme.filter((id) => ofGlobex.includes(id)),
      name,
    ).toEqual([]);
  }
});
