import { sql } from "kysely";
import type { Tx } from "#platform/database/transaction.ts";

export interface PurchasingSettings {
  /** Whoever submits an order may approve it too. */
  selfApproval: boolean;
  /** How much more than ordered may arrive, in percent of the ordered quantity. */
  overReceiptTolerancePercent: number;
}

/** As the company has them; what it did not say has its default. */
export async function readPurchasingSettings(tx: Tx): Promise<PurchasingSettings> {
  const given = await tx.first(sql<{ settings: Partial<PurchasingSettings> }>`SELECT settings FROM tenant`);
  return { selfApproval: false, overReceiptTolerancePercent: 0, ...given?.settings };
}
