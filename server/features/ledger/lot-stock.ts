import type { StockStatus } from "#contract/ledger.ts";
import type { Tx } from "#platform/database/transaction.ts";

/** Stock of a lot in one place, and to which documents how much of it is promised. */
export interface LotStock {
  itemId: string;
  lotId: string;
  lotCode: string;
  locationId: string;
  locationCode: string;
  siteId: string;
  siteCode: string;
  status: StockStatus;
  onHand: number;
  available: number;
  promises: { quantity: number; documentType: string; documentId: string }[];
}

// In the order in which everything that moves locks them.
const lockSql = `
  SELECT FROM inventory_balance b WHERE b.lot_id = ANY ($1::uuid[]) ORDER BY b.item_id, b.location_id, b.lot_key, b.status FOR NO KEY UPDATE`;

// A statement of its own: one that waits for a balance sees the promises as they were before it waited.
const stockSql = `
  SELECT b.item_id AS "itemId", b.lot_id AS "lotId", o.code AS "lotCode", b.location_id AS "locationId", l.code AS "locationCode", l.site_id AS "siteId",
         s.code AS "siteCode", b.status, b.on_hand AS "onHand", b.on_hand - b.allocated AS available, (
           SELECT coalesce(jsonb_agg(jsonb_build_object('quantity', a.quantity, 'documentType', a.document_type, 'documentId', a.document_id) ORDER BY a.id), '[]')
           FROM inventory_allocation a WHERE a.item_id = b.item_id AND a.location_id = b.location_id AND a.lot_key = b.lot_key AND a.status = b.status
         ) AS promises
  FROM inventory_balance b
  JOIN lot o ON o.id = b.lot_id
  JOIN location l ON l.id = b.location_id
  JOIN site s ON s.id = l.site_id
  WHERE b.lot_id = ANY ($1::uuid[]) AND b.on_hand > 0
  ORDER BY b.item_id, b.location_id, b.lot_key, b.status`;

/**
 * Waits for whatever moves these lots, and keeps everything else from moving them until the transaction has ended: whoever posts
 * shares the lot's row before any balance is locked. Answers how many of them there are.
 */
export async function lockLots(tx: Tx, lotIds: readonly string[]): Promise<number> {
  return (await tx.sql("SELECT id FROM lot WHERE id = ANY ($1::uuid[]) ORDER BY item_id, code FOR UPDATE", [lotIds])).length;
}

/** All stock of lots that are locked, in every site of the company, held until the transaction has ended. */
export async function lockStockOfLots(tx: Tx, lotIds: readonly string[]): Promise<LotStock[]> {
  const [, stock] = await Promise.all([tx.sql(lockSql, [lotIds]), tx.sql<LotStock>(stockSql, [lotIds])]);
  return stock;
}
