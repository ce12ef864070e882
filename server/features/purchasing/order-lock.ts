import { sql } from "kysely";
import type { PurchaseOrderStatus } from "#contract/purchase-orders.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { maySeeSite } from "#platform/http/site-access.ts";

export interface LockedOrder {
  id: string;
  number: string;
  version: number;
  status: PurchaseOrderStatus;
  supplierId: string;
  siteId: string;
  submittedBy: string | null;
}

/** The order, held until this transaction ends: every step of its life takes this lock first. Throws `404`. */
export async function lockOrder(tx: Tx, context: Context, orderId: string): Promise<LockedOrder> {
  const order = await tx.first(sql<LockedOrder>`
    SELECT id, number, version, status, supplier_id AS "supplierId", site_id AS "siteId", submitted_by AS "submittedBy"
    FROM purchase_order WHERE id = ${orderId} FOR NO KEY UPDATE`);
  if (!order || !maySeeSite(context, order.siteId)) throw new NotFoundError();
  return order;
}
