import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "#tests/support/test-database.ts";
import { describeConstraint, knownMeaning } from "./constraints.ts";

test("every constraint of the schema has a meaning for people", async () => {
  const { ownerUrl } = await createTestDatabase("constraints");
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  // What can refuse a row: constraints, unique indexes, and triggers that raise in a constraint's name. NOT NULL is told by its column.
  const { rows } = await client.query<{ table: string; name: string }>(`
    SELECT c.relname AS table, k.conname AS name FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n' AND k.conrelid <> 0
    UNION SELECT t.relname, i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE t.relnamespace = 'public'::regnamespace AND x.indisunique`);
  await client.end();
  expect(rows.length).toBeGreaterThan(80);
  expect(rows.filter(({ table, name }) => knownMeaning(table, name) === undefined).map(({ name }) => name)).toEqual([]);
  // A message made of a rule must name a field: "This is not one of the known values" helps nobody.
  const vague = rows.filter(({ table, name }) => !name.endsWith("_pkey") && describeConstraint(table, name).fields.length === 0);
  expect(vague.map(({ name }) => name)).toEqual([]);
});

test("what is not known is told without its name", () => {
  expect(describeConstraint("item", "something_nobody_named")).toEqual({ message: "This does not fit with what is stored", fields: [] });
});
