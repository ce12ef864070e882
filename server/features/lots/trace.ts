import { sql } from "kysely";
import { type LotPassage, type LotTrace, traceEventsMax } from "#contract/lots.ts";
import { getLot } from "#features/catalog/lots.ts";
import { balancesOfLots } from "#features/ledger/balances.ts";
import { withinOwnSites } from "#features/ledger/event-columns.ts";
import { eventsOfLots } from "#features/ledger/events.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { relatedLots } from "./genealogy.ts";

/**
 * Everything that is known of a lot: where it is, what it was made of and what it went into, which documents and events it passed
 * through. In as many statements however long its way was. Throws `404`.
 */
export async function traceLot(tx: Tx, context: Context, lotId: string): Promise<LotTrace> {
  const lot = await getLot(tx, lotId);
  const [madeFrom, madeInto] = await Promise.all([relatedLots(tx, "FROM", lotId), relatedLots(tx, "INTO", lotId)]);
  const lotIds = [lotId, ...madeInto.map((made) => made.lotId)];
  const [balances, passages, events, hiddenEvents] = await Promise.all([
    balancesOfLots(tx, context, lotIds),
    passagesOf(tx, context, lotIds),
    eventsOfLots(tx, context, lotIds, traceEventsMax + 1),
    countHidden(tx, context, lotIds),
  ]);
  return {
    lot,
    madeFrom,
    madeInto,
    balances,
    passages,
    events: events.slice(0, traceEventsMax),
    moreEvents: events.length > traceEventsMax,
    hiddenEvents,
  };
}

const places = sql`LEFT JOIN location f ON f.id = e.from_location_id LEFT JOIN location t ON t.id = e.to_location_id`;

/** What each document did; a document that is not known here is told by its type and id. */
function passagesOf(tx: Tx, context: Context, lotIds: readonly string[]): Promise<LotPassage[]> {
  return tx.many(sql<LotPassage>`
    SELECT d."lotId", o.code AS "lotCode", i.sku, d.type, d."documentType", d."documentId", coalesce(receipt.number, counted.number, made.number, sent.number) AS "documentNumber",
           supplier.name AS "supplierName", d.quantity, d.events, d."firstAt", d."lastAt"
    FROM (
      SELECT e.lot_id AS "lotId", e.type, e.source_type AS "documentType", e.source_id AS "documentId", count(*) AS events,
             min(e.recorded_at) AS "firstAt", max(e.recorded_at) AS "lastAt", min(e.seq) AS seq,
             sum(CASE WHEN e.type IN ('ADJUST', 'COUNT') THEN CASE WHEN e.to_location_id IS NULL THEN -e.quantity ELSE e.quantity END
                      WHEN e.reverses_event_id IS NULL THEN e.quantity ELSE -e.quantity END) AS quantity
      FROM inventory_event e ${places}
      WHERE e.lot_id = ANY(${lotIds}::uuid[]) AND ${withinOwnSites(context)}
      GROUP BY e.lot_id, e.type, e.source_type, e.source_id
    ) d
    JOIN lot o ON o.id = d."lotId"
    JOIN item i ON i.id = o.item_id
    LEFT JOIN receipt ON d."documentType" = 'RECEIPT' AND receipt.id = d."documentId"
    LEFT JOIN purchase_order ordered ON ordered.id = receipt.purchase_order_id
    LEFT JOIN supplier ON supplier.id = ordered.supplier_id
    LEFT JOIN cycle_count counted ON d."documentType" = 'CYCLE_COUNT' AND counted.id = d."documentId"
    LEFT JOIN production_posting posting ON posting.type = d."documentType" AND posting.id = d."documentId"
    LEFT JOIN production_order made ON made.id = posting.production_order_id
    LEFT JOIN transfer_receipt arrived ON d."documentType" = 'TRANSFER_RECEIPT' AND arrived.id = d."documentId"
    LEFT JOIN transfer sent ON sent.id = CASE WHEN d."documentType" IN ('TRANSFER', 'TRANSFER_CLOSING') THEN d."documentId" ELSE arrived.transfer_id END
    ORDER BY d.seq`);
}

async function countHidden(tx: Tx, context: Context, lotIds: readonly string[]): Promise<number> {
  if (context.siteIds === "all") return 0;
  const row = await tx.first(sql<{ hidden: number }>`
    SELECT count(*) AS hidden FROM inventory_event e ${places} WHERE e.lot_id = ANY(${lotIds}::uuid[]) AND NOT (${withinOwnSites(context)})`);
  return row?.hidden ?? 0;
}
