import type { Balance, InventoryEvent, StockStatus } from "#contract/ledger.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import type { Movement } from "./movement.ts";

/** A row of the ledger's answer: see `eventsAndBalances`. */
export interface AppliedRow {
  kind: "event" | "balance" | "shortage";
  line: number | null;
  id: string | null;
  item_id: string | null;
  location_id: string | null;
  lot_id: string | null;
  status: StockStatus | null;
  a: number | null;
  b: number | null;
  c: number | null;
  occurred_at: string | null;
  recorded_at: string | null;
}

export function eventOf(row: AppliedRow, movement: Movement, context: Context): InventoryEvent {
  const { item, from, to, lot, statuses } = movement;
  const recordedAt = row.recorded_at as string;
  return {
    id: row.id as string,
    version: 1,
    type: movement.type,
    itemId: item.id,
    sku: item.sku,
    quantity: movement.quantity,
    uom: item.baseUom,
    enteredQuantity: movement.enteredQuantity,
    enteredUom: movement.enteredUom,
    fromLocationId: from?.id ?? null,
    fromLocationCode: from?.code ?? null,
    toLocationId: to?.id ?? null,
    toLocationCode: to?.code ?? null,
    lotId: lot?.id ?? null,
    lotCode: lot?.code ?? null,
    status: (statuses.from ?? statuses.to) as StockStatus,
    toStatus: (statuses.to ?? statuses.from) as StockStatus,
    unitCost: row.a,
    reasonCode: movement.reasonCode,
    note: movement.note,
    reversesEventId: movement.reversesEventId,
    reversedByEventId: null,
    userId: context.userId,
    userName: context.userName,
    occurredAt: row.occurred_at as string,
    recordedAt,
    createdAt: recordedAt,
    updatedAt: recordedAt,
  };
}

export function balancesOf(rows: readonly AppliedRow[], movements: readonly Movement[]): Balance[] {
  const items = new Map(movements.map(({ item }) => [item.id, item]));
  const lots = new Map(movements.map(({ lot }) => [lot?.id, lot]));
  const locations = new Map(movements.flatMap(({ from, to }) => [from, to]).map((location) => [location?.id, location]));
  return rows
    .filter(({ kind }) => kind === "balance")
    .map((row) => {
      const item = items.get(row.item_id as string) as Movement["item"];
      const location = locations.get(row.location_id as string) as NonNullable<Movement["from"]>;
      const lot = lots.get(row.lot_id ?? undefined);
      return {
        itemId: item.id,
        sku: item.sku,
        itemName: item.name,
        uom: item.baseUom,
        locationId: location.id,
        locationCode: location.code,
        siteId: location.siteId,
        siteCode: location.siteCode,
        lotId: lot?.id ?? null,
        lotCode: lot?.code ?? null,
        expiresOn: lot?.expiresOn ?? null,
        status: row.status as StockStatus,
        onHand: row.a ?? 0,
        allocated: row.b ?? 0,
        available: row.c ?? 0,
      };
    });
}

/** The refusal of the first movement that finds too little. */
export function insufficientStock({ item, from, lot, statuses, quantity }: Movement, available: number): ConflictError {
  const place = `${item.sku} at ${from?.code}${lot ? `, lot ${lot.code}` : ""}${statuses.from === "HOLD" ? ", on hold" : ""}`;
  return new ConflictError("INSUFFICIENT_STOCK", `${place}: asked for ${quantity}, available ${available}`, {
    itemId: item.id,
    sku: item.sku,
    locationId: from?.id,
    locationCode: from?.code,
    lotId: lot?.id ?? null,
    lotCode: lot?.code ?? null,
    status: statuses.from,
    asked: quantity,
    available,
  });
}
