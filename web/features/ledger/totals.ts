import type { Balance, InventoryEvent } from "#contract/ledger.ts";
import { addExactly } from "#web/ui/format.ts";

export function sumBalances(rows: readonly Balance[]) {
  const sum = (amount: (row: Balance) => number) => addExactly(...rows.map(amount));
  return {
    onHand: sum(({ onHand }) => onHand),
    allocated: sum(({ allocated }) => allocated),
    available: sum(({ available, status }) => (status === "AVAILABLE" ? available : 0)),
    onHold: sum(({ onHand, status }) => (status === "HOLD" ? onHand : 0)),
  };
}

/**
 * What an event changed in the total of the scope: more by what came in from outside it, less by what left it. A move, a
 * hold or a release within the scope changes nothing. `inScope` says whether a place belongs to it.
 */
export function effectOf(event: InventoryEvent, inScope: (locationId: string) => boolean): number {
  const into = event.toLocationId !== null && inScope(event.toLocationId);
  const outOf = event.fromLocationId !== null && inScope(event.fromLocationId);
  return (into ? event.quantity : 0) - (outOf ? event.quantity : 0);
}

/**
 * On hand right after each event, of events listed newest first: computed back from `current`, since after the newest
 * event the total is what it is now, and before each event it was less by that event's effect.
 */
export function runningTotals(events: readonly InventoryEvent[], current: number, inScope: (locationId: string) => boolean): number[] {
  let total = current;
  return events.map((event) => {
    const after = total;
    total = addExactly(after, -effectOf(event, inScope));
    return after;
  });
}
