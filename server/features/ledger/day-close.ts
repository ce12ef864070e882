import type { Database } from "#platform/database/database.ts";

/**
 * Closes the days (UTC) that have ended, for every tenant, so that `asOf` reads from the last one on. Called twice, since a day is
 * marked first and closed once everything that was being written then has ended; what is not closed now is closed an hour later.
 * Answers how many balances were kept.
 */
export async function closeDays(database: Database, through: Date = new Date()): Promise<number> {
  const close = async () => {
    const [row] = await database.withTransaction((tx) =>
      tx.sql<{ closed: number }>("SELECT close_ledger_days($1::date) AS closed", [through.toISOString().slice(0, 10)]),
    );
    return row?.closed ?? 0;
  };
  return (await close()) + (await close());
}
