import type { FieldError } from "#contract/errors.ts";
import type { ReasonUse } from "#contract/catalog.ts";
import type { Role } from "#contract/identity.ts";
import type { EventType, PostEvent, StockStatus } from "#contract/ledger.ts";
import { AuthorizationError } from "#platform/errors.ts";
import { supervisors, workers } from "#platform/http/route.ts";

/** What a type of event asks for: where stock comes from and goes to, and why. */
interface Shape {
  from: "required" | "none" | "either";
  to: "required" | "none" | "either" | "same";
  /** Reason codes of these uses may explain it. */
  reason?: { use: ReasonUse; required: boolean };
  /** Taken from stock in this state only. */
  takes?: StockStatus;
  roles: readonly Role[];
}

const shapes: Readonly<Record<EventType, Shape>> = {
  RECEIVE: { from: "none", to: "required", roles: workers },
  MOVE: { from: "required", to: "required", roles: workers },
  ISSUE: { from: "required", to: "none", takes: "AVAILABLE", reason: { use: "EXPIRED_OVERRIDE", required: false }, roles: workers },
  PRODUCE: { from: "none", to: "required", roles: workers },
  RETURN: { from: "none", to: "required", reason: { use: "RETURN", required: false }, roles: workers },
  SHIP: { from: "required", to: "none", takes: "AVAILABLE", reason: { use: "EXPIRED_OVERRIDE", required: false }, roles: workers },
  SCRAP: { from: "required", to: "none", reason: { use: "SCRAP", required: true }, roles: workers },
  HOLD: { from: "required", to: "same", takes: "AVAILABLE", reason: { use: "HOLD", required: true }, roles: workers },
  RELEASE: { from: "required", to: "same", takes: "HOLD", reason: { use: "HOLD", required: false }, roles: workers },
  ADJUST: { from: "either", to: "either", reason: { use: "ADJUST", required: true }, roles: supervisors },
  COUNT: { from: "either", to: "either", reason: { use: "COUNT", required: true }, roles: supervisors },
};

/** What the ledger is asked to post: a client's event, or one of a document, which may also be of the other types. */
export interface PostRequest extends Omit<PostEvent, "type"> {
  type: EventType;
  source?: { type: string; id: string };
  /** Where the document asks for a reason of another use than the type does. */
  reasonUse?: ReasonUse;
}

export const reasonUseOf = (type: EventType): ReasonUse | undefined => shapes[type].reason?.use;

/** Expired lots leave by these only when a Supervisor says why. */
export const respectsExpiry = (type: EventType) => type === "SHIP" || type === "ISSUE";

export const mayOverrideExpiry = (role: Role) => supervisors.some((supervisor) => supervisor === role);

/** Throws `403` when the role may not post this type. */
export function requireRoleFor(type: EventType, role: Role): void {
  if (!shapes[type].roles.includes(role)) throw new AuthorizationError(`Your role may not post ${type} events`);
}

/** Where stock is taken from and goes to, as states; null for outside. */
export function statusesOf({ type, status, ...request }: PostRequest): { from: StockStatus | null; to: StockStatus | null } {
  if (type === "HOLD") return { from: "AVAILABLE", to: "HOLD" };
  if (type === "RELEASE") return { from: "HOLD", to: "AVAILABLE" };
  const taken = status ?? "AVAILABLE";
  return { from: names(request, "from") ? taken : null, to: names(request, "to") ? taken : null };
}

/** Everything that is wrong with one request by itself, before anything is looked up. */
export function faultsOf(request: PostRequest, now: Date): FieldError[] {
  return [...namingFaults(request), ...placeFaults(request), ...fieldFaults(request, now)];
}

function namingFaults(request: PostRequest): FieldError[] {
  const faults: FieldError[] = [];
  const fault = (path: string, message: string) => faults.push({ path, message });
  if (!request.itemId && !request.sku) fault("itemId", "Name the item by itemId or sku");
  for (const [id, code] of [
    ["itemId", "sku"],
    ["fromLocationId", "fromLocationCode"],
    ["toLocationId", "toLocationCode"],
    ["lotId", "lotCode"],
  ] as const) {
    if (request[id] && request[code]) fault(code, `Give ${id} or ${code}, not both`);
  }
  if ((request.fromLocationCode || request.toLocationCode) && !request.siteId) fault("siteId", "A location's code needs its siteId");
  return faults;
}

function placeFaults(request: PostRequest): FieldError[] {
  const { type } = request;
  const shape = shapes[type];
  const faults: FieldError[] = [];
  const [from, to] = [names(request, "from"), names(request, "to")];
  if (shape.from === "required" && !from)
    faults.push({ path: "fromLocationId", message: `${type} needs the location that stock is taken from` });
  if (shape.from === "none" && from) faults.push({ path: "fromLocationId", message: `${type} takes stock from no location` });
  if (shape.to === "required" && !to) faults.push({ path: "toLocationId", message: `${type} needs the location that stock goes to` });
  if ((shape.to === "none" || shape.to === "same") && to)
    faults.push({ path: "toLocationId", message: `${type} moves stock to no other location` });
  if (shape.from === "either" && from === to)
    faults.push({ path: "toLocationId", message: `${type} needs either toLocationId (more) or fromLocationId (less)` });
  if (type === "MOVE" && from && to && samePlace(request))
    faults.push({ path: "toLocationId", message: "Must differ from fromLocationId" });
  return faults;
}

function fieldFaults(request: PostRequest, now: Date): FieldError[] {
  const { type } = request;
  const { reason, takes } = shapes[type];
  const faults: FieldError[] = [];
  if (takes && request.status && request.status !== takes) faults.push({ path: "status", message: `${type} takes ${takes} stock only` });
  if (reason?.required && !request.reasonCode)
    faults.push({ path: "reasonCode", message: `${type} needs a reason code of use ${reason.use}` });
  if (!reason && request.reasonCode) faults.push({ path: "reasonCode", message: `${type} takes no reason code` });
  if (request.unitCost !== undefined && type !== "RECEIVE" && type !== "PRODUCE")
    faults.push({ path: "unitCost", message: `${type} carries the average cost: leave unitCost out` });
  if (request.expiresOn && type !== "RECEIVE" && type !== "PRODUCE")
    faults.push({ path: "expiresOn", message: "Only a receipt brings an expiry date" });
  if (request.occurredAt && new Date(request.occurredAt) > now) faults.push({ path: "occurredAt", message: "Must not be in the future" });
  return faults;
}

const names = (request: Partial<PostRequest>, side: "from" | "to") =>
  Boolean(request[`${side}LocationId`] ?? request[`${side}LocationCode`]);

const samePlace = (request: PostRequest) =>
  request.fromLocationId !== undefined
    ? request.fromLocationId === request.toLocationId
    : request.fromLocationCode === request.toLocationCode;
