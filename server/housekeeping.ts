import { closeDays } from "#features/ledger/day-close.ts";
import { bulkExecute } from "#platform/resilience/bulk.ts";
import type { Services } from "#platform/services.ts";

const hourly = { firstMs: 60_000, everyMs: 3_600_000 };

/**
 * What is done once an hour, one thing after the other: ended sessions and old idempotency keys are forgotten, past days of the ledger
 * closed. Answers how to stop; what is under way then ends, and nothing more begins.
 */
export function startHousekeeping({ database, log }: Services, { firstMs, everyMs } = hourly): () => void {
  const duties: readonly [string, () => Promise<unknown>][] = [
    ["Expired sessions could not be forgotten", () => database.withTransaction((tx) => tx.sql("SELECT forget_expired()", []))],
    ["Past days could not be closed", () => closeDays(database)],
  ];
  const stopping = new AbortController();
  const run = async () => {
    const { errors } = await bulkExecute(duties, ([, duty]) => duty(), { concurrency: 1, signal: stopping.signal });
    for (const { item, error } of errors) log.warn(item[0], { reason: String(error) });
  };
  // It rejects when it is stopped only.
  const begin = () => void run().catch(() => undefined);
  const first = setTimeout(begin, firstMs).unref();
  const again = setInterval(begin, everyMs).unref();
  return () => {
    clearTimeout(first);
    clearInterval(again);
    stopping.abort();
  };
}
