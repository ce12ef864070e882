import { sql } from "kysely";
import type { ProductionStatus } from "#contract/production.ts";
import type { DocumentRef } from "#features/ledger/post.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { maySeeSite } from "#platform/http/site-access.ts";

export interface LockedProductionOrder {
  id: string;
  number: string;
  version: number;
  status: ProductionStatus;
  itemId: string;
  siteId: string;
  bomId: string;
}

/** The order, held until this transaction ends: every step and every posting takes this lock first. Throws `404`. */
export async function lockProductionOrder(tx: Tx, context: Context, orderId: string): Promise<LockedProductionOrder> {
  const order = await tx.first(sql<LockedProductionOrder>`
    SELECT id, number, version, status, item_id AS "itemId", site_id AS "siteId", bom_id AS "bomId" FROM production_order
    WHERE id = ${orderId} FOR NO KEY UPDATE`);
  if (!order || !maySeeSite(context, order.siteId)) throw new NotFoundError();
  return order;
}

/** What stock is allocated to. */
export const asDocument = (orderId: string): DocumentRef => ({ type: "PRODUCTION_ORDER", id: orderId });
