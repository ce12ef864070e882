import fc from "fast-check";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { valueParsers } from "#platform/database/value-parsers.ts";
import { compile } from "#platform/database/query-builder.ts";
import { createTestDatabase } from "#tests/support/test-database.ts";
import { planList, type SortColumn } from "./list.ts";

const columns = {
  name: { sql: sql.ref("t.name"), type: "text" },
  quantity: { sql: sql.ref("t.quantity"), type: "numeric" },
  expiresOn: { sql: sql.ref("t.expires_on"), type: "date", nullable: true },
  madeAt: { sql: sql.ref("t.made_at"), type: "timestamptz", nullable: true },
} as const satisfies Record<string, SortColumn>;
const id: SortColumn = { sql: sql.ref("t.id"), type: "integer" };

let client: pg.Client;
beforeAll(async () => {
  const { ownerUrl } = await createTestDatabase("list");
  client = new pg.Client({ connectionString: ownerUrl, types: valueParsers });
  await client.connect();
  // Few different values, so that most rows tie; quotes, commas and umlauts, since they go through a cursor.
  await client.query(`
    CREATE TEMP TABLE t AS SELECT n AS id,
      (ARRAY['a', 'B', 'ä', 'o''x', '', '{"x",y}', E'\\\\'])[1 + n % 7] AS name,
      (n % 4) * 0.0001 AS quantity,
      CASE WHEN n % 3 > 0 THEN date '2026-01-01' + n % 3 END AS expires_on,
      CASE WHEN n % 5 > 0 THEN timestamptz '2026-01-01 10:00:00.000001+00' + (n % 5) * interval '1 microsecond' END AS made_at
    FROM generate_series(1, 60) n`);
});
afterAll(() => client.end());

async function page(sort: string, limit: number, cursor?: string) {
  const plan = planList(
    { limit, offset: 0, sort, cursor },
    { list: "things", columns, byDefault: "name", tieBreaker: id, secrets: ["secret"] },
  );
  const { sql: text, parameters } = compile(
    sql`SELECT t.id, ${plan.cursorKey} AS cursor_key FROM t WHERE ${plan.after} ORDER BY ${plan.orderBy} ${plan.slice}`,
  );
  const { rows } = await client.query<{ id: number; cursor_key: string }>(text, [...parameters]);
  return plan.page(rows);
}

test("by cursor no row is skipped or repeated, in any order and direction, nulls and ties too", async () => {
  const sorts = fc.uniqueArray(fc.tuple(fc.constantFrom(...Object.keys(columns)), fc.constantFrom("", "-")), {
    minLength: 1,
    maxLength: 4,
    selector: ([name]) => name,
  });
  await fc.assert(
    fc.asyncProperty(sorts, fc.integer({ min: 1, max: 25 }), async (chosen, limit) => {
      const sort = chosen.map(([name, direction]) => direction + name).join(",");
      const whole = (await page(sort, 1_000)).rows.map((row) => row.id);
      const read: number[] = [];
      for (let cursor: string | undefined; ;) {
        const { rows, page: told } = await page(sort, limit, cursor);
        read.push(...rows.map((row) => row.id));
        if (!told.nextCursor) break;
        cursor = told.nextCursor;
      }
      expect(read).toEqual(whole);
      expect(new Set(read).size).toBe(60);
    }),
    { numRuns: 60 },
  );
});
