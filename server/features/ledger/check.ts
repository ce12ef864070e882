import type { FieldError } from "#contract/errors.ts";
import { AppError, AuthorizationError, ConflictError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { maySeeSite } from "#platform/http/site-access.ts";
import type { Resolved, ResolvedLocation } from "./resolve.ts";
import { faultsOf, mayOverrideExpiry, type PostRequest, requireRoleFor, respectsExpiry } from "./rules.ts";

/** Where a field of one request stands in the body: `quantity` of a single event, `events.3.quantity` in a batch. */
export type PathOf = (line: number, field: string) => string;

/** Checks each request by itself. Throws `403` for the role, or `400` with every fault of every line. */
export function requireWellFormed(context: Context, requests: readonly PostRequest[], pathOf: PathOf): void {
  for (const { type } of requests) requireRoleFor(type, context.role);
  const now = new Date();
  const faults = requests.flatMap((request, line) =>
    faultsOf(request, now).map(({ path, message }) => ({ path: pathOf(line, path), message })),
  );
  if (faults.length > 0) throw new ValidationError(faults);
}

/** Throws one `404` for whatever is unknown, foreign or in a site without access: the answer does not tell which. */
export function requireFound(context: Context, requests: readonly PostRequest[], resolved: readonly Resolved[], pathOf: PathOf): void {
  const brought = new Set<string>();
  const missing = resolved.flatMap((found) => {
    const request = requests[found.line] as PostRequest;
    const lotKey = `${found.item?.id} ${request.lotCode}`;
    if (bringsLots(request)) brought.add(lotKey);
    return missingFields(context, request, found, brought.has(lotKey)).map((path) => ({
      path: pathOf(found.line, path),
      message: "Not found",
    }));
  });
  if (missing.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors: missing } });
}

function missingFields(context: Context, request: PostRequest, { item, from, to, lot }: Resolved, bringsLot: boolean): string[] {
  const visible = (location: ResolvedLocation | null) => location !== null && maySeeSite(context, location.siteId);
  const missing: string[] = [];
  if (!item) missing.push(request.itemId ? "itemId" : "sku");
  for (const [side, location] of [
    ["from", from],
    ["to", to],
  ] as const) {
    const named = request[`${side}LocationId`] ? `${side}LocationId` : request[`${side}LocationCode`] ? `${side}LocationCode` : undefined;
    if (named && !visible(location)) missing.push(named);
  }
  // A lot is of the item, or it is not there.
  const lotIsOurs = lot !== null && (!item || lot.itemId === item.id);
  if (request.lotId && !lotIsOurs) missing.push("lotId");
  if (request.lotCode && item && !lotIsOurs && !bringsLot) missing.push("lotCode");
  return missing;
}

export const bringsLots = ({ type }: PostRequest) => type === "RECEIVE" || type === "PRODUCE";

/** Checks what was found against the request. Throws `400` with every fault. */
export function requireFitting(requests: readonly PostRequest[], resolved: readonly Resolved[], pathOf: PathOf): void {
  const faults = resolved.flatMap((found) =>
    faultsOfFound(requests[found.line] as PostRequest, found).map(({ path, message }) => ({ path: pathOf(found.line, path), message })),
  );
  if (faults.length > 0) throw new ValidationError(faults);
}

/** Throws `409` where the state of item, place or lot forbids it, `403` for an override. */
export function requirePostable(context: Context, requests: readonly PostRequest[], resolved: readonly Resolved[]): void {
  for (const found of resolved) requireState(context, requests[found.line] as PostRequest, found);
}

function faultsOfFound(request: PostRequest, { item, uomKnown, quantityFits, quantityWhole, reasonKnown }: Resolved): FieldError[] {
  if (!item) return [];
  const faults: FieldError[] = [];
  const hasLot = Boolean(request.lotId ?? request.lotCode);
  if (!uomKnown) faults.push({ path: "uom", message: `${item.sku} has no unit ${request.uom}` });
  else if (!quantityFits)
    faults.push({
      path: "quantity",
      message: `Does not come to an amount of ${item.baseUom} with at most 4 decimals and 11 digits before them`,
    });
  else if (item.whole && !quantityWhole) faults.push({ path: "quantity", message: `${item.baseUom} is counted in whole units` });
  if (item.tracking === "NONE" && hasLot) faults.push({ path: "lotId", message: `${item.sku} is not tracked by lot` });
  if (item.tracking !== "NONE" && !hasLot)
    faults.push({
      path: "lotId",
      message: item.tracking === "LOT" ? "This item moves only with a lot" : "This item moves only with a serial number",
    });
  if (item.tracking === "SERIAL" && request.quantity !== 1) faults.push({ path: "quantity", message: "A serial number is one unit" });
  if (item.tracking === "SERIAL" && request.uom && request.uom !== item.baseUom)
    faults.push({ path: "uom", message: `A serial number is one ${item.baseUom}` });
  if (item.tracking === "NONE" && request.expiresOn) faults.push({ path: "expiresOn", message: "Only lots expire" });
  if (!reasonKnown) faults.push({ path: "reasonCode", message: "There is no active reason code like this for this use" });
  return faults;
}

function requireState(context: Context, request: PostRequest, { item, to, lot }: Resolved): void {
  if (!item) return;
  const brings = to !== null && request.type !== "MOVE";
  requireActive(brings ? item : null, to);
  if (lot?.expired && respectsExpiry(request.type)) requireOverride(context, request, item.sku, lot.code, lot.expiresOn);
}

/** Throws `409` for an item or a location that nothing more comes into. */
export function requireActive(
  item: Pick<NonNullable<Resolved["item"]>, "sku" | "active"> | null,
  to: Pick<ResolvedLocation, "code" | "active"> | null,
): void {
  if (item && !item.active) throw new ConflictError("ITEM_INACTIVE", `${item.sku} is inactive: nothing more comes in`, { sku: item.sku });
  if (to && !to.active)
    throw new ConflictError("LOCATION_INACTIVE", `${to.code} is inactive: nothing more goes there`, { locationCode: to.code });
}

function requireOverride(context: Context, request: PostRequest, sku: string, lotCode: string, expiresOn: string | null): void {
  const details = { sku, lotCode, expiresOn };
  // A reason of another use was given for something else: whoever gave it need not know that the lot has expired.
  const { reasonCode, reasonUse = "EXPIRED_OVERRIDE" } = request;
  const way =
    reasonUse === "EXPIRED_OVERRIDE"
      ? "a Supervisor may override with a reason code of use EXPIRED_OVERRIDE"
      : `a reason of use ${reasonUse} does not let it go`;
  if (!reasonCode || reasonUse !== "EXPIRED_OVERRIDE")
    throw new ConflictError("LOT_EXPIRED", `Lot ${lotCode} of ${sku} expired on ${expiresOn}: ${way}`, details);
  if (!mayOverrideExpiry(context.role)) throw new AuthorizationError("Only a Supervisor may let an expired lot go");
}
