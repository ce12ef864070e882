import type { Difference } from "#features/ledger/verify.ts";
import { verifyEverything } from "#server/verify.ts";
import { UsageError, withDatabase, withOwner } from "./with-database.ts";

// npm run verify: recomputes what the ledger keeps from its events. Exit 0 when all agrees, 1 when not (each difference is listed), 2 when it could not look.

try {
  if (process.argv.length > 2) throw new UsageError(`Unknown argument ${process.argv.slice(2).join(" ")}: npm run verify takes none`);
  process.exitCode = await withDatabase("npm run verify", ({ ownerUrl }) => verify(ownerUrl));
} catch (error) {
  console.error(
    error instanceof UsageError
      ? error.message
      : `The ledger could not be verified: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 2;
}

async function verify(ownerUrl: string): Promise<number> {
  const tenants = await withOwner(ownerUrl, (client) => verifyEverything(client, (difference) => console.log(told(difference))));
  for (const { tenant, events, balances, onHand, differences } of tenants) {
    const verdict = differences === 0 ? "all agree" : `${differences} ${differences === 1 ? "difference" : "differences"}`;
    console.log(`${tenant}: ${grouped(events)} events, ${grouped(balances)} balances, ${grouped(onHand)} units on hand: ${verdict}`);
  }
  if (tenants.length === 0) console.log("There is no tenant yet");
  return tenants.every(({ differences }) => differences === 0) ? 0 : 1;
}

function told({ tenant, check, sku, location, lot, status, stored, recomputed }: Difference): string {
  const where = [sku && `item ${sku}`, location && `location ${location}`, lot && `lot ${lot}`, status].filter(Boolean).join(", ");
  return `${tenant}: ${check}: ${where}: stored ${stored ?? "nothing"}, the events say ${recomputed ?? "nothing"}`;
}

/** 1234567.5 as 1,234,567.5: as text, for sums may have more digits than a number carries. */
function grouped(number: string): string {
  const [whole = "", decimals] = number.split(".");
  const withCommas = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return decimals === undefined ? withCommas : `${withCommas}.${decimals}`;
}
