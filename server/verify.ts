import type pg from "pg";
import { countChecks } from "#features/counting/verify-counts.ts";
import { type Difference, runChecks, type TenantSummary } from "#features/ledger/verify.ts";
import { verifyChecks } from "#features/ledger/verify-checks.ts";
import { productionChecks } from "#features/manufacturing/verify-production.ts";
import { receiptChecks } from "#features/purchasing/verify-receipts.ts";
import { transferChecks } from "#features/transfers/verify-transfers.ts";

/**
 * Recomputes from the events everything that the ledger keeps, of every tenant: balances, allocations, costs, closed days; holds the
 * rules against them that no sum shows; and holds the documents against their events and lines.
 */
export const verifyEverything = (client: pg.Client, onDifference: (difference: Difference) => void): Promise<TenantSummary[]> =>
  runChecks(client, [...verifyChecks, ...receiptChecks, ...countChecks, ...productionChecks, ...transferChecks], onDifference);
