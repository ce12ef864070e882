import type { Item, ReasonUse } from "#contract/catalog.ts";
import { type Balance, PostEvent, type PostableType, type StockStatus } from "#contract/ledger.ts";
import { errorsOf, type FieldErrors } from "#web/api/validate.ts";
import { messages } from "#web/messages.ts";
import { formatQuantity } from "#web/ui/format.ts";

const text = messages.post;

/** One movement as the form's fields hold it. What is taken is named by place, lot and state together. */
export interface Entry {
  type: PostableType;
  itemId: string | null;
  quantity: number | string;
  uom: string;
  /** Of an adjustment: whether there is more or less than the book says. */
  direction: "more" | "less";
  from: StockKey | null;
  toLocationId: string | null;
  lotCode: string;
  expiresOn: string;
  status: StockStatus;
  unitCost: number | string;
  reasonCode: string;
  note: string;
}

export interface StockKey {
  locationId: string;
  lotId: string | null;
  status: StockStatus;
}

export const newEntry: Entry = {
  type: "RECEIVE",
  itemId: null,
  quantity: "",
  uom: "",
  direction: "more",
  from: null,
  toLocationId: null,
  lotCode: "",
  expiresOn: "",
  status: "AVAILABLE",
  unitCost: "",
  reasonCode: "",
  note: "",
};

export interface Shape {
  takes: boolean;
  brings: boolean;
  /** Takes stock in this state only. */
  takesOnly?: StockStatus;
  reason?: { use: ReasonUse; required: boolean };
}

/** What a type asks for: the ledger's own rules, so that a form never offers what it would refuse. */
export const shapeOf = ({ type, direction }: Pick<Entry, "type" | "direction">): Shape =>
  type === "ADJUST"
    ? { takes: direction === "less", brings: direction === "more", reason: { use: "ADJUST", required: true } }
    : shapes[type];

const shapes: Readonly<Record<Exclude<PostableType, "ADJUST">, Shape>> = {
  RECEIVE: { takes: false, brings: true },
  RETURN: { takes: false, brings: true, reason: { use: "RETURN", required: false } },
  MOVE: { takes: true, brings: true },
  SHIP: { takes: true, brings: false, takesOnly: "AVAILABLE", reason: { use: "EXPIRED_OVERRIDE", required: false } },
  SCRAP: { takes: true, brings: false, reason: { use: "SCRAP", required: true } },
  HOLD: { takes: true, brings: false, takesOnly: "AVAILABLE", reason: { use: "HOLD", required: true } },
  RELEASE: { takes: true, brings: false, takesOnly: "HOLD", reason: { use: "HOLD", required: false } },
};

/** From outside: the lot is named by its code, and a receipt may bring a new one. */
export const comesIn = (shape: Shape) => shape.brings && !shape.takes;

/** The body to post: of the fields only those that the type has. */
export function requestOf(entry: Entry): PostEvent {
  const shape = shapeOf(entry);
  const incoming = comesIn(shape);
  const receipt = entry.type === "RECEIVE";
  const request = {
    type: entry.type,
    itemId: entry.itemId ?? undefined,
    quantity: entry.quantity === "" ? Number.NaN : Number(entry.quantity),
    uom: entry.uom || undefined,
    fromLocationId: shape.takes ? entry.from?.locationId : undefined,
    toLocationId: shape.brings ? (entry.toLocationId ?? undefined) : undefined,
    lotId: shape.takes ? (entry.from?.lotId ?? undefined) : undefined,
    lotCode: incoming ? entry.lotCode.trim() || undefined : undefined,
    expiresOn: receipt ? entry.expiresOn || undefined : undefined,
    status: incoming ? entry.status : shape.takesOnly ? undefined : entry.from?.status,
    unitCost: receipt && entry.unitCost !== "" ? Number(entry.unitCost) : undefined,
    reasonCode: shape.reason ? entry.reasonCode || undefined : undefined,
    note: entry.note.trim() || undefined,
  };
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)) as PostEvent;
}

/** The field of the form for a path of the body. */
export function fieldOf(path: string, { takes }: Shape): string {
  if (path === "itemId" || path === "sku") return "itemId";
  if (path === "fromLocationId" || path === "fromLocationCode") return "from";
  if (path === "lotId" || path === "lotCode" || path === "status") return takes ? "from" : path === "status" ? path : "lotCode";
  if (path === "toLocationCode") return "toLocationId";
  return path in newEntry ? path : "";
}

/** Everything that is wrong before the server is asked: by the shared schema, and by the ledger's rules. */
export function faultsOf(entry: Entry, item: Item | undefined, source: Balance | undefined): FieldErrors {
  const shape = shapeOf(entry);
  const faults: FieldErrors = {};
  for (const [path, message] of Object.entries(errorsOf(PostEvent, requestOf(entry)))) faults[fieldOf(path, shape)] ??= message;
  if (!entry.itemId) faults.itemId = text.chooseItem;
  if (shape.takes && !entry.from) faults.from = text.choosePlace;
  if (shape.brings && !entry.toLocationId) faults.toLocationId = text.chooseDestination;
  if (shape.takes && shape.brings && entry.from && entry.from.locationId === entry.toLocationId) faults.toLocationId = text.samePlace;
  if (shape.reason?.required && !entry.reasonCode) faults.reasonCode = text.chooseReason;
  if (entry.quantity === "") faults.quantity = text.enterQuantity;
  return { ...trackingFaults(entry, item, shape), ...shortage(entry, item, source), ...faults };
}

function trackingFaults(entry: Entry, item: Item | undefined, shape: Shape): FieldErrors {
  if (!item || item.tracking === "NONE") return {};
  const faults: FieldErrors = {};
  if (comesIn(shape) && !entry.lotCode.trim()) faults.lotCode = item.tracking === "LOT" ? text.enterLot : text.enterSerial;
  if (item.tracking === "SERIAL" && Number(entry.quantity) !== 1) faults.quantity = text.serialIsOne;
  return faults;
}

function shortage(entry: Entry, item: Item | undefined, source: Balance | undefined): FieldErrors {
  if (!shapeOf(entry).takes || !item || !source || baseQuantity(entry, item) <= source.available) return {};
  return { quantity: text.onlyAvailable(`${formatQuantity(source.available)} ${source.uom}`) };
}

/** The quantity in the item's base unit. */
export function baseQuantity({ quantity, uom }: Entry, item: Item): number {
  const factor = item.units.find((unit) => unit.uom === uom)?.factor ?? 1;
  return Math.round(Number(quantity) * factor * 10_000) / 10_000;
}
