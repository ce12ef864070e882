import { sql } from "kysely";
import type { ProductionPosting, ReversePosting } from "#contract/production.ts";
import { audit } from "#features/audit/audit.ts";
import { reverseDocument } from "#features/ledger/reverse.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { uncountPosted } from "./count-posted.ts";
import { type LockedProductionOrder, lockProductionOrder } from "./order-lock.ts";
import { postedEvents } from "./posted-events.ts";
import { getPosting } from "./postings.ts";

/**
 * Undoes a consumption or an output as a whole: its events, and what it counted on the order, which goes on. Throws `404`,
 * `409 INVALID_STATE` once the order is closed, `ALREADY_REVERSED`, and `REVERSAL_BLOCKED` with what has to be undone first: later events that used
 * the stock, or other output that carries the cost of what was consumed.
 */
export async function reversePosting(tx: Tx, context: Context, postingId: string, reason: ReversePosting): Promise<ProductionPosting> {
  const { productionOrderId: orderId, type } = await getPosting(tx, context, postingId);
  const order = await lockProductionOrder(tx, context, orderId);
  const open = await tx.run(sql`
    UPDATE production_posting SET reversed_by = ${context.userId}, reversed_at = now(), version = version + 1, updated_at = now()
    WHERE id = ${postingId} AND reversed_at IS NULL`);
  if (open === 0) throw new ConflictError("ALREADY_REVERSED", "This is reversed already");
  requireStatus(order, ["IN_PROGRESS", "COMPLETED"], "undone");
  await reverseDocument(tx, context, { type, id: postingId }, reason);
  await uncountPosted(tx, { orderId, type, postingId });
  await requireCostCovered(tx, order);
  await audit(tx, context, "production-order.undone", orderId, { after: { postingId, type, ...reason }, heardAt: [order.siteId] });
  return await getPosting(tx, context, postingId);
}

// Not rounded: what is open by less than a ten-thousandth is open.
const coveredSql = `
  SELECT coalesce(sum(e.quantity * e.unit_cost * CASE e.type WHEN 'ISSUE' THEN 1 ELSE -1 END), 0) >= 0 AS covered FROM (${postedEvents("$1")}) e`;

async function requireCostCovered(tx: Tx, { id: orderId, number }: LockedProductionOrder): Promise<void> {
  const [found] = await tx.sql<{ covered: boolean }>(coveredSql, [orderId]);
  if (found?.covered) return;
  const blockers = await tx.many(sql<{ id: string; quantity: number; createdAt: string }>`
    SELECT id, quantity, created_at AS "createdAt" FROM production_posting
    WHERE production_order_id = ${orderId} AND type = 'OUTPUT' AND quantity > 0 AND reversed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 50`);
  throw new ConflictError("REVERSAL_BLOCKED", `Output of ${number} carries the cost of what was consumed: undo that first`, {
    postings: blockers,
  });
}
