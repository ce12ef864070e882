import type pg from "pg";
import { seedCatalog, seedPlaces } from "./catalog.ts";
import { seedCounts } from "./counts.ts";
import { beginHistory, seedHistory, writeLedger } from "./history.ts";
import { seedManufacturing } from "./manufacturing.ts";
import { seedAlerts, seedAuditTrail } from "./notices.ts";
import { seedPurchasing } from "./purchasing.ts";
import { seedTransfers } from "./transfers.ts";

export interface Size {
  items: number;
  /** Places of stock: item, location and lot. */
  balances: number;
  events: number;
  /** Purchase orders, of four lines each; the other documents are in proportion. */
  orders: number;
  /** Over how many days the events and documents lie, up to now. */
  days: number;
}

/** Runs one statement and tells what it made, how many and how long it took. `{tenant}` and `{user}` stand for their ids. */
export type Run = (what: string, text: string) => Promise<void>;

/**
 * Fills a company that has units, a site MAIN and nothing else yet, by set-based SQL, as the database's owner. What it makes keeps
 * every rule that `npm run verify` knows. Told of each step by `log`.
 */
export async function fillLargeCompany(
  client: pg.Client,
  tenantId: string,
  userId: string,
  size: Size,
  log: (line: string) => void,
): Promise<void> {
  const run: Run = async (what, text) => {
    const startedAt = performance.now();
    const { rowCount } = await client.query(text.replaceAll("{tenant}", `'${tenantId}'::uuid`).replaceAll("{user}", `'${userId}'::uuid`));
    // What follows joins what was just made: planned for what was there before, it would take hours.
    const [, made] = /\b(?:INSERT INTO|CREATE TEMPORARY TABLE) (\w+)/.exec(text) ?? [];
    if (made) await client.query(`ANALYZE ${made}`);
    log(`${what}: ${(rowCount ?? 0).toLocaleString("en")} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
  };
  await seedCatalog(run, size);
  await seedPlaces(run, size);
  await beginHistory(run);
  await seedPurchasing(run, size);
  await seedManufacturing(run, size);
  await seedTransfers(run, size);
  await seedCounts(run, size);
  await seedHistory(run, size);
  await writeLedger(run);
  await seedAlerts(run, size);
  await seedAuditTrail(run);
  await client.query("ANALYZE");
}
