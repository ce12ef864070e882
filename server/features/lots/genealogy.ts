import type { RelatedLot } from "#contract/lots.ts";
import type { Tx } from "#platform/database/transaction.ts";

type Direction = "INTO" | "FROM";

interface Link {
  throughLotId: string;
  lotId: string;
  lotCode: string;
  itemId: string;
  sku: string;
  itemName: string;
}

const stands = (event: string, type: "ISSUE" | "PRODUCE") => `${event}.type = '${type}' AND ${event}.reverses_event_id IS NULL
      AND NOT EXISTS (SELECT FROM inventory_event r WHERE r.reverses_event_id = ${event}.id)`;

/** What was issued to a production order went into all that it made. Pairs of lots, each once, as far as they go; a lot that comes round to itself ends there. What was reversed links nothing. */
const linksSql = (direction: Direction) => `
  WITH RECURSIVE link (through_lot_id, lot_id) AS (
    SELECT NULL::uuid, $1::uuid
    UNION
    SELECT k.lot_id, other.lot_id
    FROM link k
    JOIN inventory_event one ON one.lot_id = k.lot_id AND ${stands("one", direction === "INTO" ? "ISSUE" : "PRODUCE")}
    JOIN production_posting p ON p.type = one.source_type AND p.id = one.source_id
    JOIN production_posting q ON q.production_order_id = p.production_order_id
    JOIN inventory_event other ON other.source_type = q.type AND other.source_id = q.id AND other.lot_id IS NOT NULL AND ${stands("other", direction === "INTO" ? "PRODUCE" : "ISSUE")}
  )
  SELECT k.through_lot_id AS "throughLotId", k.lot_id AS "lotId", o.code AS "lotCode", o.item_id AS "itemId", i.sku, i.name AS "itemName"
  FROM link k JOIN lot o ON o.id = k.lot_id JOIN item i ON i.id = o.item_id
  WHERE k.through_lot_id IS NOT NULL
  ORDER BY i.sku, o.code, k.through_lot_id`;
const links: Readonly<Record<Direction, string>> = { INTO: linksSql("INTO"), FROM: linksSql("FROM") };

/** The lots that this one went into, or was made of, at all levels, nearest first: one query, however many there are. */
export async function relatedLots(tx: Tx, direction: Direction, lotId: string): Promise<RelatedLot[]> {
  return byLevel(lotId, await tx.sql<Link>(links[direction], [lotId]));
}

/** Gives each lot the shortest way to the first one. */
export function byLevel(lotId: string, found: readonly Link[]): RelatedLot[] {
  const level = new Map([[lotId, 0]]);
  const next = Map.groupBy(found, ({ throughLotId }) => throughLotId);
  const related: RelatedLot[] = [];
  let reached = [lotId];
  while (reached.length > 0) {
    const before = level.size;
    const steps = reached.flatMap((id) => next.get(id) ?? []).filter((link) => !level.has(link.lotId));
    for (const [id, ways] of Map.groupBy(steps, (link) => link.lotId)) {
      const { throughLotId: _, ...lot } = ways[0] as Link;
      const depth = (level.get((ways[0] as Link).throughLotId) ?? 0) + 1;
      related.push({ ...lot, level: depth, throughLotIds: ways.map(({ throughLotId }) => throughLotId) });
      level.set(id, depth);
    }
    reached = [...level.keys()].slice(before);
  }
  return related;
}
