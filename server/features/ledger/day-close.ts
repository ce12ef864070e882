import type { Database } from "#platform/database/database.ts";

/**
 * Closes the days (UTC) that have ended, for every tenant, so that `asOf` reads from the last one on. Waits for a moment in which
 * nothing is being written, in a transaction of its own, so that writers are held up only for that moment. Answers how many balances were kept.
 */
export async function closeDays(database: Database, through: Date = new Date()): Promise<number> {
  await database.transaction({ tenantId: null }, (tx) => tx.sql("SELECT await_ledger_writers()", []));
  const [row] = await database.transaction({ tenantId: null }, (tx) =>
    tx.sql<{ closed: number }>("SELECT close_ledger_days($1::date) AS closed", [through.toISOString().slice(0, 10)]),
  );
  return row?.closed ?? 0;
}
