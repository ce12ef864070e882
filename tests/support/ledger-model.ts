import type { Role } from "#contract/identity.ts";
import type { PostableType, StockStatus } from "#contract/ledger.ts";

// The ledger once more, written from the domain's rules and not from the server's code: maps and whole numbers of ten-thousandths.

export interface ModelItem {
  tracking: "NONE" | "LOT" | "SERIAL";
  whole: boolean;
  /** Base units in one of each unit, the base unit first. */
  units: Readonly<Record<string, number>>;
}

/** What is asked for: places by their number, the quantity in ten-thousandths. */
export interface Asked {
  type: PostableType;
  item: number;
  quantity: number;
  uom?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  lot?: string | undefined;
  status?: StockStatus | undefined;
  reason?: string | undefined;
  unitCost?: number | undefined;
}

interface Side {
  place: number;
  status: StockStatus;
}
export interface ModelEvent {
  type: PostableType;
  item: number;
  lot: string | undefined;
  quantity: number;
  from: Side | undefined;
  to: Side | undefined;
  cost: bigint | null;
  reverses?: ModelEvent;
  reversed?: boolean;
}
export interface State {
  /** `item|place|lot|status` → ten-thousandths. */
  balances: Map<string, number>;
  /** Per item: on hand and average cost. */
  values: Map<number, { onHand: bigint; average: bigint }>;
  lots: Set<string>;
  events: ModelEvent[];
}
export interface Caller {
  role: Role;
  places: readonly number[];
}

export const emptyState = (): State => ({ balances: new Map(), values: new Map(), lots: new Set(), events: [] });

/** Thrown by the model with the code that the ledger must answer with. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const reasonOf: Record<PostableType, { code: string; needed: boolean } | undefined> = {
  RECEIVE: undefined,
  MOVE: undefined,
  RETURN: { code: "CUSTOMER-RETURN", needed: false },
  SHIP: { code: "SUPERVISOR-OVERRIDE", needed: false },
  SCRAP: { code: "DAMAGED", needed: true },
  HOLD: { code: "QUALITY", needed: true },
  RELEASE: { code: "QUALITY", needed: false },
  ADJUST: { code: "CORRECTION", needed: true },
};
const placesOf: Record<PostableType, readonly string[]> = {
  RECEIVE: ["to"],
  MOVE: ["from to"],
  RETURN: ["to"],
  SHIP: ["from"],
  SCRAP: ["from"],
  HOLD: ["from"],
  RELEASE: ["from"],
  ADJUST: ["from", "to"],
};

/** Posts all or throws; the state is a copy that is thrown away then. Answers the new events. */
export function postModel(state: State, items: readonly ModelItem[], caller: Caller, asked: readonly Asked[]): ModelEvent[] {
  if (caller.role === "Operator" && asked.some(({ type }) => type === "ADJUST")) throw new Refused("FORBIDDEN");
  if (!asked.every(isWellFormed)) throw new Refused("VALIDATION_ERROR");
  const coming = new Set<string>();
  for (const one of asked) {
    if (one.type === "RECEIVE") coming.add(`${one.item}|${one.lot}`);
    const seen = [one.from, one.to].every((place) => place === undefined || caller.places.includes(place));
    const lotKnown = one.lot === undefined || state.lots.has(`${one.item}|${one.lot}`) || coming.has(`${one.item}|${one.lot}`);
    if (!seen || !lotKnown) coming.add("not found");
  }
  if (coming.has("not found")) throw new Refused("NOT_FOUND");
  if (!asked.every((one) => fits(one, items[one.item] as ModelItem))) throw new Refused("VALIDATION_ERROR");
  for (const { type, item, lot } of asked) if (type === "RECEIVE" && lot !== undefined) state.lots.add(`${item}|${lot}`);
  const written = asked.map((one) =>
    apply(state, eventOf(one, items[one.item] as ModelItem), one.unitCost === undefined ? null : BigInt(one.unitCost), false),
  );
  requireSerialsOnce(state, items);
  return written;
}

export function reverseModel(state: State, items: readonly ModelItem[], caller: Caller, index: number, reasonKnown: boolean): ModelEvent {
  const original = state.events[index];
  const sides = [original?.from, original?.to];
  if (!original || !sides.every((side) => side === undefined || caller.places.includes(side.place))) throw new Refused("NOT_FOUND");
  if (original.type === "ADJUST" && caller.role === "Operator") throw new Refused("FORBIDDEN");
  if (original.reversed) throw new Refused("ALREADY_REVERSED");
  if (original.reverses) throw new Refused("INVALID_STATE");
  if (!reasonKnown) throw new Refused("VALIDATION_ERROR");
  const undone: ModelEvent = { ...original, from: original.to, to: original.from, reverses: original };
  try {
    apply(state, undone, original.cost, true);
  } catch (error) {
    throw error instanceof Refused ? new Refused("REVERSAL_BLOCKED") : error;
  }
  requireSerialsOnce(state, items);
  original.reversed = true;
  return undone;
}

function isWellFormed({ type, from, to, reason, unitCost, status }: Asked): boolean {
  const named = [from === undefined ? "" : "from", to === undefined ? "" : "to"].filter(Boolean).join(" ");
  const why = reasonOf[type];
  return (
    placesOf[type].includes(named) &&
    !(type === "MOVE" && from === to) &&
    (why ? !why.needed || reason !== undefined : reason === undefined) &&
    (unitCost === undefined || type === "RECEIVE") &&
    !(status === "HOLD" && (type === "SHIP" || type === "HOLD")) &&
    !(status === "AVAILABLE" && type === "RELEASE")
  );
}

/** An item's units begin with its base unit. */
const baseOf = (units: ModelItem["units"]) => Object.keys(units)[0];

function fits({ type, quantity, uom, lot, reason }: Asked, { tracking, whole, units }: ModelItem): boolean {
  const factor = uom === undefined ? 1 : units[uom];
  if (factor === undefined) return false;
  if (whole && (quantity * factor) % 10_000 !== 0) return false;
  if (tracking === "NONE" ? lot !== undefined : lot === undefined) return false;
  if (tracking === "SERIAL" && (quantity !== 10_000 || (uom ?? baseOf(units)) !== baseOf(units))) return false;
  return reason === undefined || reason === reasonOf[type]?.code;
}

function eventOf({ type, item, quantity, uom, from, to, lot, status }: Asked, { units }: ModelItem): ModelEvent {
  const taken = status ?? (type === "RELEASE" ? "HOLD" : "AVAILABLE");
  const sideOf = (place: number | undefined, state: StockStatus) => (place === undefined ? undefined : { place, status: state });
  const changed: StockStatus = taken === "HOLD" ? "AVAILABLE" : "HOLD";
  const stays = type === "HOLD" || type === "RELEASE";
  return {
    type,
    item,
    lot,
    quantity: quantity * (uom === undefined ? 1 : (units[uom] ?? 1)),
    from: sideOf(from, taken),
    to: stays ? sideOf(from, changed) : sideOf(to, taken),
    cost: null,
  };
}

function apply(state: State, event: ModelEvent, cost: bigint | null, reversal: boolean): ModelEvent {
  const change = (side: Side | undefined, delta: number) => {
    if (!side) return;
    const key = `${event.item}|${side.place}|${event.lot ?? ""}|${side.status}`;
    const after = (state.balances.get(key) ?? 0) + delta;
    if (after < 0) throw new Refused("INSUFFICIENT_STOCK");
    state.balances.set(key, after);
  };
  change(event.from, -event.quantity);
  change(event.to, event.quantity);
  const written: ModelEvent = {
    ...event,
    cost: (event.from === undefined) === (event.to === undefined) ? null : (cost ?? valueOf(state, event.item).average),
  };
  if (written.cost !== null) revalue(state, written, cost, reversal);
  state.events.push(written);
  return written;
}

const valueOf = (state: State, item: number) => state.values.get(item) ?? { onHand: 0n, average: 0n };

function revalue(state: State, { item, quantity, from }: ModelEvent, cost: bigint | null, reversal: boolean): void {
  const { onHand, average } = valueOf(state, item);
  const delta = BigInt(from ? -quantity : quantity);
  const after = onHand + delta;
  const weighs = after > 0n && cost !== null && (delta > 0n || reversal);
  const value = weighs ? onHand * average + delta * cost : 0n;
  const rounded = (2n * value + after) / (2n * (after || 1n));
  state.values.set(item, { onHand: after, average: weighs ? (value > 0n ? rounded : 0n) : average });
}

function requireSerialsOnce(state: State, items: readonly ModelItem[]): void {
  const perSerial = new Map<string, number>();
  for (const [key, quantity] of state.balances) {
    const [item = "", , lot = ""] = key.split("|");
    if (items[Number(item)]?.tracking === "SERIAL") perSerial.set(`${item}|${lot}`, (perSerial.get(`${item}|${lot}`) ?? 0) + quantity);
  }
  if ([...perSerial.values()].some((quantity) => quantity > 10_000)) throw new Refused("SERIAL_ON_HAND");
}
