import { closeDays } from "#features/ledger/day-close.ts";
import type { TestServer } from "./test-app.ts";

const dayMs = 86_400_000;
const dayOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);

/**
 * Closes days until the last one that may be is closed. One call may close nothing: transactions of other tests, in other
 * databases of the same server, count among those that have to end first. Answers how many balances were kept.
 */
export async function closeDaysAtLast(server: TestServer, through = new Date()): Promise<number> {
  const wanted = dayOf(Math.min(through.getTime(), Date.now() - dayMs));
  let closed = 0;
  for (let tries = 0; tries < 200; tries++) {
    closed += await closeDays(server.services.database, through);
    const [row] = await server.sql<{ day: string }>("SELECT min(day)::text AS day FROM inventory_closed_through");
    if (row?.day !== null && row?.day !== undefined && row.day >= wanted) return closed;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`Days are not closed up to ${wanted}`);
}
