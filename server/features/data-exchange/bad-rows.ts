import type { BadRow } from "#contract/data-exchange.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Kind, Present } from "./kind.ts";

/** What a refused row says besides: the text that was refused. */
export interface BadRowWithValue extends BadRow {
  value: string;
}

const pageRows = 1_000;

/** Begins the list of bad rows with what the reading of the file found. */
export async function beginBadRows(tx: Tx): Promise<void> {
  await tx.sql(`CREATE TEMPORARY TABLE import_bad_row (line integer, "column" text, reason text, value text) ON COMMIT DROP`, []);
  await addBadRows(
    tx,
    `SELECT r.line, f."column", f.reason, f.value FROM import_row r CROSS JOIN LATERAL jsonb_to_recordset(r.faults) AS f("column" text, reason text, value text) WHERE r.faults IS NOT NULL`,
  );
  await tx.sql("DELETE FROM import_row WHERE faults IS NOT NULL", []);
}

/** `select` gives line, column, reason and value of each. Answers how many there were. */
export async function addBadRows(tx: Tx, select: string, values: readonly unknown[] = []): Promise<number> {
  const [added] = await tx.sql<{ count: number }>(
    `WITH added AS (INSERT INTO import_bad_row (line, "column", reason, value) ${select} RETURNING 1) SELECT count(*) AS count FROM added`,
    values,
  );
  return added?.count ?? 0;
}

/** Takes the bad rows out of those that will be written. Answers how many rows are bad. */
export async function setBadRowsAside(tx: Tx): Promise<number> {
  await tx.sql("DELETE FROM import_row r USING import_bad_row b WHERE b.line = r.line", []);
  const [counted] = await tx.sql<{ count: number }>("SELECT count(DISTINCT line) AS count FROM import_bad_row", []);
  return counted?.count ?? 0;
}

/** The bad rows (all, or so many), in the order of the file, a page at a time. */
export async function* readBadRows(tx: Tx, limit: number | undefined): AsyncGenerator<BadRowWithValue> {
  await tx.sql(
    `DECLARE bad_rows NO SCROLL CURSOR FOR SELECT line, "column", reason, coalesce(value, '') AS value FROM import_bad_row ORDER BY line, "column", reason LIMIT ${limit ?? "ALL"}`,
    [],
  );
  for (;;) {
    const page = await tx.sql<BadRowWithValue>(`FETCH ${pageRows} FROM bad_rows`, []);
    yield* page;
    if (page.length < pageRows) return;
  }
}

/** Rows with the same key: identical ones become one, others are bad, each naming another of them. */
export async function foldDuplicates(tx: Tx, { columns, key }: Kind, present: Present): Promise<void> {
  const keys = key.join(", ");
  const all = columns.filter(({ name }) => present.has(name)).map(({ name }) => `r.${name}`);
  await tx.sql(
    `CREATE TEMPORARY TABLE import_duplicate ON COMMIT DROP AS
     SELECT r.line, min(r.line) OVER same AS first, nth_value(r.line, 2) OVER (same ORDER BY r.line ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS second,
            min(ROW(${all.join(", ")})::text) OVER same = max(ROW(${all.join(", ")})::text) OVER same AS identical, r.${key.at(-1)} AS value
     FROM import_row r JOIN (SELECT ${keys} FROM import_row GROUP BY ${keys} HAVING count(*) > 1) k USING (${keys})
     WINDOW same AS (PARTITION BY ${keys})`,
    [],
  );
  await addBadRows(
    tx,
    `SELECT line, $1, 'Stands in line ' || CASE WHEN line = first THEN second ELSE first END || ' too, with other values', value FROM import_duplicate WHERE NOT identical`,
    [key.at(-1)],
  );
  await tx.sql("DELETE FROM import_row r USING import_duplicate d WHERE d.line = r.line AND d.identical AND d.line > d.first", []);
}
