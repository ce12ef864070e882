import { closeDays } from "#features/ledger/day-close.ts";
import type { Services } from "#platform/services.ts";

const everyMs = 3_600_000;
const firstMs = 60_000;

/** What is done once an hour: ended sessions and old idempotency keys are forgotten, past days of the ledger closed. Answers how to stop. */
export function startHousekeeping({ database, log }: Services): () => void {
  const duties: readonly [string, () => Promise<unknown>][] = [
    ["Expired sessions could not be forgotten", () => database.query("SELECT forget_expired()")],
    ["Past days could not be closed", () => closeDays(database)],
  ];
  const run = () => {
    for (const [failure, duty] of duties) duty().catch((error: unknown) => log.warn(failure, { reason: String(error) }));
  };
  const first = setTimeout(run, firstMs).unref();
  const hourly = setInterval(run, everyMs).unref();
  return () => {
    clearTimeout(first);
    clearInterval(hourly);
  };
}
