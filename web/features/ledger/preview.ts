import type { Item } from "#contract/catalog.ts";
import type { Balance, StockStatus } from "#contract/ledger.ts";
import { addExactly } from "#web/ui/format.ts";
import { baseQuantity, comesIn, type Entry, shapeOf } from "./entry.ts";

export interface Change {
  locationId: string;
  /** Null where none of the item lies yet. */
  locationCode: string | null;
  lotCode: string | null;
  status: StockStatus;
  before: number;
  after: number;
}

/** What a movement will make of the balances shown; empty while it is not complete. The server has the last word. */
export function changesOf(entry: Entry, item: Item, balances: readonly Balance[]): Change[] {
  const shape = shapeOf(entry);
  const quantity = baseQuantity(entry, item);
  const taken = shape.takes ? balances.find((row) => isAt(row, entry.from)) : undefined;
  if (!(quantity > 0) || (shape.takes && !taken) || (shape.brings && !entry.toLocationId)) return [];

  const change = (locationId: string, lotCode: string | null, status: StockStatus, delta: number): Change => {
    const before = balances.find((row) => row.locationId === locationId && row.lotCode === lotCode && row.status === status)?.onHand ?? 0;
    const locationCode = balances.find((row) => row.locationId === locationId)?.locationCode ?? null;
    return { locationId, locationCode, lotCode, status, before, after: addExactly(before, delta) };
  };
  const changes: Change[] = [];
  if (taken) changes.push(change(taken.locationId, taken.lotCode, taken.status, -quantity));
  if (taken && entry.type === "HOLD") changes.push(change(taken.locationId, taken.lotCode, "HOLD", quantity));
  if (taken && entry.type === "RELEASE") changes.push(change(taken.locationId, taken.lotCode, "AVAILABLE", quantity));
  if (shape.brings && entry.toLocationId) {
    const incoming = comesIn(shape);
    const lotCode = incoming ? entry.lotCode.trim() || null : (taken?.lotCode ?? null);
    changes.push(change(entry.toLocationId, lotCode, incoming ? entry.status : (taken?.status ?? "AVAILABLE"), quantity));
  }
  return changes;
}

export const isAt = (row: Balance, key: Entry["from"]) =>
  key !== null && row.locationId === key.locationId && row.lotId === key.lotId && row.status === key.status;
