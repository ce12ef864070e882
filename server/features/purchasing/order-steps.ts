import { type RawBuilder, sql } from "kysely";
import type { OrderStep, PurchaseOrder, PurchaseOrderStatus } from "#contract/purchase-orders.ts";
import { watchThing } from "#features/alerts/watch.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AuthorizationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { requireCurrent } from "#platform/http/versioned.ts";
import { type LockedOrder, lockOrder } from "./order-lock.ts";
import { getPurchaseOrder } from "./order-queries.ts";
import { requireActiveSupplier } from "./orders.ts";
import { readRules } from "#features/settings/rules.ts";

interface Step {
  /** The last part of the audit's action. */
  done: string;
  from: readonly PurchaseOrderStatus[];
  to: PurchaseOrderStatus;
  set: (context: Context) => RawBuilder<unknown>;
  check?: (tx: Tx, context: Context, order: LockedOrder) => Promise<void>;
}

/** Something is to come, and may be overdue. */
const isAwaited = (status: PurchaseOrderStatus) => status === "APPROVED" || status === "SENT" || status === "PARTIALLY_RECEIVED";

const cleared = sql`submitted_by = NULL, submitted_at = NULL, approved_by = NULL, approved_at = NULL`;
const closing = () => sql`closed_at = now()`;

const steps = {
  submit: {
    done: "submitted",
    from: ["DRAFT"],
    to: "SUBMITTED",
    set: ({ userId }) => sql`submitted_by = ${userId}, submitted_at = now()`,
    check: (tx, _, { supplierId }) => requireActiveSupplier(tx, supplierId),
  },
  /** Back to who made it: to be changed, and submitted anew. */
  reject: { done: "rejected", from: ["SUBMITTED"], to: "DRAFT", set: () => cleared },
  approve: {
    done: "approved",
    from: ["SUBMITTED"],
    to: "APPROVED",
    set: ({ userId }) => sql`approved_by = ${userId}, approved_at = now()`,
    check: async (tx, context, order) => {
      await requireActiveSupplier(tx, order.supplierId);
      await requireAnother(tx, context, order);
    },
  },
  send: { done: "sent", from: ["APPROVED"], to: "SENT", set: () => sql`sent_at = now()` },
  /** Nothing more is to come: what was not received stays open no longer. */
  close: { done: "closed", from: ["PARTIALLY_RECEIVED", "RECEIVED"], to: "CLOSED", set: closing },
  cancel: { done: "cancelled", from: ["DRAFT", "SUBMITTED", "APPROVED", "SENT"], to: "CANCELLED", set: closing },
} satisfies Record<string, Step>;

/**
 * One step of an order's life. Throws `404`, `409 INVALID_STATE` where the order stands elsewhere, `409 STALE_VERSION`,
 * `409 SUPPLIER_INACTIVE`, and `403 OWN_ORDER` for who would approve what they submitted.
 */
export async function takeStep(
  tx: Tx,
  context: Context,
  name: keyof typeof steps,
  orderId: string,
  { version, note }: OrderStep,
): Promise<PurchaseOrder> {
  const step: Step = steps[name];
  const order = requireCurrent(await lockOrder(tx, context, orderId), { version, ifMatch: undefined });
  requireStatus(order, step.from, step.done);
  await step.check?.(tx, context, order);
  await tx.run(sql`
    UPDATE purchase_order SET status = ${step.to}, ${step.set(context)}, version = version + 1, updated_at = now() WHERE id = ${orderId}`);
  if (isAwaited(order.status) !== isAwaited(step.to)) watchThing(tx, orderId);
  const after = await getPurchaseOrder(tx, context, orderId);
  await audit(tx, context, `purchase-order.${step.done}`, orderId, {
    heardAt: [order.siteId],
    before: { status: order.status },
    after: { status: after.status, ...(note ? { note } : {}) },
  });
  return after;
}

async function requireAnother(tx: Tx, { userId }: Context, { number, submittedBy }: LockedOrder): Promise<void> {
  if (submittedBy !== userId || (await readRules(tx)).selfApproval) return;
  throw new AuthorizationError(`${number} was submitted by you: somebody else has to approve it`, "OWN_ORDER");
}
