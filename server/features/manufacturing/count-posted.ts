import { keepAllocated, type Need } from "#features/ledger/allocations.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { asDocument } from "./order-lock.ts";

// What a posting's events consumed, added to the order's components; what was not planned gets a line of its own.
const countConsumed = `
  INSERT INTO production_component AS c (production_order_id, line_number, item_id, planned_quantity, consumed_quantity, issue_method)
  SELECT $1::uuid, (SELECT coalesce(max(line_number), 0) FROM production_component WHERE production_order_id = $1::uuid) + row_number() OVER (ORDER BY e.item_id),
         e.item_id, 0, e.quantity, 'MANUAL'
  FROM (SELECT item_id, sum(quantity) AS quantity FROM inventory_event
        WHERE source_type = $2 AND source_id = $3 AND type = 'ISSUE' AND reverses_event_id IS NULL GROUP BY item_id) e
  ON CONFLICT (tenant_id, production_order_id, item_id) DO UPDATE SET consumed_quantity = c.consumed_quantity + excluded.consumed_quantity`;

const takeBackConsumed = `
  UPDATE production_component c SET consumed_quantity = c.consumed_quantity - e.quantity
  FROM (SELECT item_id, sum(quantity) AS quantity FROM inventory_event
        WHERE source_type = $2 AND source_id = $3 AND type = 'ISSUE' AND reverses_event_id IS NULL GROUP BY item_id) e
  WHERE c.production_order_id = $1 AND c.item_id = e.item_id`;

const setStatus = `
  WITH posted AS (
    SELECT coalesce(sum(quantity) FILTER (WHERE type = 'OUTPUT'), 0) AS produced, coalesce(sum(scrap_quantity), 0) AS scrapped, count(*) > 0 AS begun
    FROM production_posting WHERE production_order_id = $1 AND reversed_at IS NULL
  )
  UPDATE production_order o
  SET produced_quantity = p.produced, scrapped_quantity = p.scrapped, status = CASE WHEN p.begun THEN 'IN_PROGRESS' ELSE 'RELEASED' END, completed_at = NULL,
      version = o.version + 1, updated_at = now()
  FROM posted p WHERE o.id = $1`;

const needsSql = `
  SELECT item_id AS "itemId", planned_quantity - consumed_quantity AS quantity FROM production_component
  WHERE production_order_id = $1 AND planned_quantity > consumed_quantity`;

/** What an order still needs of its components. */
export const needsOf = (tx: Tx, orderId: string): Promise<Need[]> => tx.sql<Need>(needsSql, [orderId]);

interface Posting {
  orderId: string;
  type: "CONSUMPTION" | "OUTPUT";
  postingId: string;
}

/** Counts a posting on its order, once its events are written, and gives back what is allocated beyond what is still needed. */
export async function countPosted(tx: Tx, { orderId, type, postingId }: Posting): Promise<void> {
  await tx.sql(countConsumed, [orderId, type, postingId]);
  await keepAllocated(tx, asDocument(orderId), await needsOf(tx, orderId));
  await tx.sql(setStatus, [orderId]);
}

/** The same backwards, of a posting that is marked as reversed. */
export async function uncountPosted(tx: Tx, { orderId, type, postingId }: Posting): Promise<void> {
  await tx.sql(takeBackConsumed, [orderId, type, postingId]);
  await tx.sql(setStatus, [orderId]);
}
