import { sql } from "kysely";
import type { CycleCount, ReverseCount } from "#contract/counting.ts";
import { audit } from "#features/audit/audit.ts";
import { reverseDocument } from "#features/ledger/reverse.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { getCount, lockCount } from "./count-queries.ts";

/** Undoes all the differences of an approved count. Throws `404`, `409 INVALID_STATE`, `ALREADY_REVERSED` and `REVERSAL_BLOCKED`. */
export async function reverseCount(tx: Tx, context: Context, countId: string, reason: ReverseCount): Promise<CycleCount> {
  const count = await lockCount(tx, context, countId);
  requireStatus(count, ["APPROVED"], "reversed");
  const open = await tx.run(sql`
    UPDATE cycle_count SET reversed_by = ${context.userId}, reversed_at = now(), version = version + 1, updated_at = now()
    WHERE id = ${countId} AND reversed_at IS NULL`);
  if (open === 0) throw new ConflictError("ALREADY_REVERSED", `${count.number} is reversed already`);
  await reverseDocument(tx, context, { type: "CYCLE_COUNT", id: countId }, reason);
  await audit(tx, context, "cycle-count.reversed", countId, { after: { number: count.number, ...reason }, heardAt: [count.siteId] });
  return await getCount(tx, context, countId);
}
