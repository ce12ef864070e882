import { sql } from "kysely";
import { type CompanyRules, defaultRules } from "#contract/settings.ts";
import type { Tx } from "#platform/database/transaction.ts";

/** As the company of the transaction decided them; what it did not decide has its default. */
export async function readRules(tx: Tx): Promise<CompanyRules> {
  const given = await tx.first(sql<{ settings: Partial<CompanyRules> }>`SELECT settings FROM tenant`);
  return { ...defaultRules, ...given?.settings };
}
