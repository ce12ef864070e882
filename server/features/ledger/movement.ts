import type { EventType, StockStatus } from "#contract/ledger.ts";
import type { Resolved } from "./resolve.ts";

/** One movement, with everything it names found and checked. */
export interface Movement {
  type: EventType;
  quantity: number;
  enteredQuantity: number;
  enteredUom: string;
  statuses: { from: StockStatus | null; to: StockStatus | null };
  unitCost: number | null;
  reasonCode: string | null;
  note: string | null;
  reversesEventId: string | null;
  source: { type: string; id: string } | null;
  occurredAt: string | null;
  item: NonNullable<Resolved["item"]>;
  from: Resolved["from"];
  to: Resolved["to"];
  lot: { id: string; code: string; expiresOn: string | null } | null;
}

/** As the SQL reads it: see `movementColumns`. */
export function toRow(movement: Movement, line: number) {
  return {
    line,
    type: movement.type,
    item_id: movement.item.id,
    lot_id: movement.lot?.id,
    quantity: movement.quantity,
    entered_quantity: movement.enteredQuantity,
    entered_uom: movement.enteredUom,
    from_location_id: movement.from?.id,
    from_status: movement.statuses.from,
    to_location_id: movement.to?.id,
    to_status: movement.statuses.to,
    unit_cost: movement.unitCost,
    reason_code: movement.reasonCode,
    note: movement.note,
    reverses_event_id: movement.reversesEventId,
    source_type: movement.source?.type,
    source_id: movement.source?.id,
    occurred_at: movement.occurredAt,
  };
}
