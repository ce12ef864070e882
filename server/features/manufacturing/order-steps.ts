import { type RawBuilder, sql } from "kysely";
import type { ProductionOrder, ProductionStatus, ProductionStep } from "#contract/production.ts";
import { audit } from "#features/audit/audit.ts";
import { allocate, keepAllocated } from "#features/ledger/allocations.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { requireCurrent } from "#platform/http/versioned.ts";
import { needsOf } from "./count-posted.ts";
import { asDocument, type LockedProductionOrder, lockProductionOrder } from "./order-lock.ts";
import { getProductionOrder } from "./order-queries.ts";
import { roundedUp } from "./rounded-up.ts";

interface Step {
  /** The last part of the audit's action. */
  done: string;
  from: readonly ProductionStatus[];
  to: ProductionStatus | null;
  set: RawBuilder<unknown>;
  effect?: (tx: Tx, context: Context, order: LockedProductionOrder) => Promise<void>;
}

const giveBack = (tx: Tx, _: Context, { id }: LockedProductionOrder) => keepAllocated(tx, asDocument(id), []);

const copyComponents = `
  INSERT INTO production_component (production_order_id, line_number, item_id, planned_quantity, issue_method)
  SELECT o.id, c.line_number, c.item_id, ${roundedUp("n.quantity", "u.whole")}, c.issue_method
  FROM production_order o
  JOIN bom b ON b.id = o.bom_id
  JOIN bom_component c ON c.bom_id = b.id
  JOIN item i ON i.id = c.item_id
  JOIN unit u ON u.code = i.base_uom
  CROSS JOIN LATERAL (SELECT c.quantity * o.quantity * (1 + c.scrap_percent / 100) / b.yield_quantity AS quantity) n
  WHERE o.id = $1`;

async function allocateMissing(tx: Tx, context: Context, { id, siteId }: LockedProductionOrder): Promise<void> {
  await allocate(tx, context, asDocument(id), siteId, await needsOf(tx, id));
}

const steps = {
  release: {
    done: "released",
    from: ["PLANNED"],
    to: "RELEASED",
    set: sql`released_at = now()`,
    effect: async (tx, context, order) => {
      await tx.sql(copyComponents, [order.id]);
      await allocateMissing(tx, context, order);
    },
  },
  /** Once more, when what was short has come. */
  allocate: {
    done: "allocated",
    from: ["RELEASED", "IN_PROGRESS"],
    to: null,
    set: sql`released_at = released_at`,
    effect: allocateMissing,
  },
  complete: { done: "completed", from: ["IN_PROGRESS"], to: "COMPLETED", set: sql`completed_at = now()`, effect: giveBack },
  close: { done: "closed", from: ["COMPLETED"], to: "CLOSED", set: sql`closed_at = now()` },
  cancel: { done: "cancelled", from: ["PLANNED", "RELEASED"], to: "CANCELLED", set: sql`closed_at = now()`, effect: giveBack },
} satisfies Record<string, Step>;

/**
 * One step of an order's life. Release copies the bill into the order's components and allocates what there is: what is short stands in the answer, and
 * is no error. Throws `404`, `409 INVALID_STATE` where the order stands elsewhere, and `409 STALE_VERSION`.
 */
export async function takeProductionStep(
  tx: Tx,
  context: Context,
  name: keyof typeof steps,
  orderId: string,
  { version, note }: ProductionStep,
): Promise<ProductionOrder> {
  const step: Step = steps[name];
  const order = requireCurrent(await lockProductionOrder(tx, context, orderId), { version, ifMatch: undefined });
  requireStatus(order, step.from, step.done);
  await step.effect?.(tx, context, order);
  await tx.run(sql`
    UPDATE production_order SET status = ${step.to ?? order.status}, ${step.set}, version = version + 1, updated_at = now() WHERE id = ${orderId}`);
  const after = await getProductionOrder(tx, context, orderId);
  await audit(tx, context, `production-order.${step.done}`, orderId, {
    heardAt: [order.siteId],
    before: { status: order.status },
    after: { status: after.status, ...(note ? { note } : {}) },
  });
  return after;
}
