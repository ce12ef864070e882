import type { AnyRoute } from "#platform/http/route.ts";
import type { EveryThing } from "./every-table.ts";
import { testPassword } from "./fixtures.ts";
import { putAt } from "./put-at.ts";
import { fieldsOf, type Place } from "./route-fields.ts";

// What the tests that walk the list of routes need to know of a route besides the route itself. A new route gets its lines here.

export const keyOf = (route: AnyRoute) => `${route.method} ${route.path}`;

/** A body that would be accepted, with the caller's own things: one line for each route that takes one. */
const bodies: Record<string, (things: EveryThing) => object> = {
  "POST /auth/login": () => ({ email: "operator@acme.test", password: testPassword }),
  "POST /auth/logout": () => ({}),
  "POST /auth/switch-tenant": () => ({ tenant: "acme" }),
  "POST /users": ({ site }) => ({ email: "new@acme.test", name: "New", role: "Operator", siteIds: [site] }),
  "PUT /auth/password": () => ({ currentPassword: testPassword, newPassword: "Another-Horse-8" }),
  "POST /auth/password-reset": () => ({ email: "operator@acme.test" }),
  "POST /auth/password-reset/look": ({ linkToken }) => ({ token: linkToken }),
  "POST /auth/password-reset/confirm": ({ linkToken }) => ({ token: linkToken, password: "Another-Horse-8" }),
  "POST /users/{id}/password-link": () => ({}),
  "POST /failed-mails/{mailId}/send": () => ({}),
  "PATCH /users/{id}": () => ({ version: 1, role: "Viewer" }),
  "PUT /users/{id}/site-access": ({ site }) => ({ version: 1, siteIds: [site] }),
  "PATCH /settings": () => ({ version: 1, name: "Renamed" }),
  "POST /sites": () => ({ code: "NEW", name: "New" }),
  "PATCH /sites/{id}": () => ({ version: 1, name: "Renamed" }),
  "POST /sites/{id}/locations": ({ location }) => ({ code: "NEW", type: "STORAGE", parentId: location }),
  "PATCH /locations/{id}": ({ nextLocation }) => ({ version: 1, name: "Renamed", parentId: nextLocation }),
  "POST /inventory/units": () => ({ code: "NEW", name: "New" }),
  "PATCH /inventory/units/{id}": () => ({ version: 1, name: "Renamed" }),
  "POST /inventory/items": () => ({ sku: "NEW", name: "New", units: [{ uom: "CTN", factor: 12 }] }),
  "PATCH /inventory/items/{id}": () => ({ version: 1, name: "Renamed" }),
  "POST /inventory/items/{id}/barcodes": () => ({ code: "0000000000017" }),
  "POST /inventory/lots": ({ item }) => ({ itemId: item, code: "NEW" }),
  "PATCH /inventory/lots/{id}": () => ({ version: 1, supplierLot: "CHANGED" }),
  "POST /inventory/lots/{id}/hold": () => ({ reasonCode: "QUALITY" }),
  "POST /inventory/lots/{id}/release": () => ({ reasonCode: "QUALITY" }),
  "POST /inventory/lots/{id}/recall": () => ({ reasonCode: "QUALITY" }),
  "POST /inventory/reason-codes": () => ({ code: "NEW", name: "New", use: "SCRAP" }),
  "PATCH /inventory/reason-codes/{id}": () => ({ version: 1, name: "Renamed" }),
  "POST /inventory/events": (things) => movement(things),
  "POST /inventory/events/batch": (things) => ({ events: [movement(things)] }),
  "POST /inventory/events/{id}/reverse": () => ({ reasonCode: "ENTRY-ERROR" }),
  "POST /admin/security/blocked-addresses": () => ({ address: "203.0.113.7", minutes: 5, reason: "Guesses passwords" }),
  "POST /admin/security/blocked-addresses/unblock": () => ({ address: "203.0.113.7" }),
  "POST /admin/circuit-breakers/{name}/open": () => ({}),
  "POST /admin/circuit-breakers/{name}/close": () => ({}),
  "POST /admin/circuit-breakers/{name}/automatic": () => ({}),
  "POST /purchasing/suppliers": () => ({ code: "NEW", name: "New" }),
  "PATCH /purchasing/suppliers/{id}": () => ({ version: 1, name: "Renamed" }),
  "POST /purchasing/supplier-items": ({ supplier, nextItem }) => ({ supplierId: supplier, itemId: nextItem, unitPrice: 2 }),
  "PATCH /purchasing/supplier-items/{id}": () => ({ version: 1, unitPrice: 3 }),
  "POST /purchasing/purchase-orders": ({ supplier, site, item }) => ({
    supplierId: supplier,
    siteId: site,
    lines: [{ itemId: item, quantity: 12, unitPrice: 2.5 }],
  }),
  "PATCH /purchasing/purchase-orders/{id}": ({ item }) => ({ version: 1, lines: [{ itemId: item, quantity: 12, unitPrice: 2.5 }] }),
  "POST /purchasing/purchase-orders/{id}/submit": () => ({}),
  "POST /purchasing/purchase-orders/{id}/reject": () => ({}),
  "POST /purchasing/purchase-orders/{id}/approve": () => ({}),
  "POST /purchasing/purchase-orders/{id}/send": () => ({ byMail: false }),
  "POST /purchasing/purchase-orders/{id}/close": () => ({}),
  "POST /purchasing/purchase-orders/{id}/cancel": () => ({}),
  "POST /purchasing/purchase-orders/{id}/receive": ({ purchaseOrderLine, location, qualityLocation, lot }) => ({
    lines: [
      {
        lineId: purchaseOrderLine,
        quantity: 2,
        rejectedQuantity: 1,
        locationId: location,
        rejectedLocationId: qualityLocation,
        lotId: lot,
      },
    ],
  }),
  "POST /inventory/abc-classes/compute": () => ({}),
  "POST /inventory/location-items": ({ pickingLocation, nextItem }) => ({
    locationId: pickingLocation,
    itemId: nextItem,
    minimum: 1,
    maximum: 5,
  }),
  "PATCH /inventory/location-items/{id}": () => ({ version: 1, minimum: 2 }),
  "POST /inventory/transfers": ({ site, nextSite, item, lot, location }) => ({
    fromSiteId: site,
    toSiteId: nextSite,
    lines: [{ itemId: item, lotId: lot, fromLocationId: location, quantity: 2 }],
  }),
  "PATCH /inventory/transfers/{id}": ({ item, lot, location }) => ({
    version: 1,
    lines: [{ itemId: item, lotId: lot, fromLocationId: location, quantity: 2 }],
  }),
  "POST /inventory/transfers/{id}/send": () => ({}),
  "POST /inventory/transfers/{id}/receive": ({ transferLine, location }) => ({
    lines: [{ lineId: transferLine, quantity: 1, locationId: location }],
  }),
  "POST /inventory/transfers/{id}/receipts/{receiptId}/reverse": () => ({ reasonCode: "ENTRY-ERROR" }),
  "POST /inventory/transfers/{id}/reverse": () => ({ reasonCode: "ENTRY-ERROR" }),
  "POST /inventory/transfers/{id}/close": () => ({ reasonCode: "CORRECTION" }),
  "POST /inventory/transfers/{id}/cancel": () => ({}),
  "POST /alerts/{id}/acknowledge": () => ({}),
  "PATCH /auth/me": () => ({ alertDigest: "NONE" }),
  "POST /cycle-counts": ({ site, location }) => ({ siteId: site, type: "LOCATION", name: "New", locationIds: [location] }),
  "POST /cycle-counts/{id}/start": () => ({}),
  "POST /cycle-counts/{id}/record": ({ countLine }) => ({ lines: [{ lineId: countLine, countedQuantity: 10 }] }),
  "POST /cycle-counts/{id}/approve": ({ countLine }) => ({
    lines: [{ lineId: countLine, decision: "APPROVE", reasonCode: "COUNT-DIFFERENCE" }],
  }),
  "POST /cycle-counts/{id}/cancel": () => ({}),
  "POST /cycle-counts/{id}/reverse": () => ({ reasonCode: "ENTRY-ERROR" }),
  "POST /manufacturing/boms": ({ item, nextItem }) => ({
    itemId: nextItem,
    version: "NEW",
    components: [{ itemId: item, quantity: 2, scrapPercent: 5, issueMethod: "BACKFLUSH" }],
  }),
  "PATCH /manufacturing/boms/{id}": () => ({ version: 1, note: "Changed" }),
  "POST /manufacturing/boms/{id}/activate": () => ({}),
  "POST /manufacturing/boms/{id}/retire": () => ({}),
  "POST /manufacturing/boms/{id}/set-standard-cost": () => ({}),
  "POST /manufacturing/production-orders": ({ product, bom, site }) => ({ itemId: product, bomId: bom, siteId: site, quantity: 2 }),
  "PATCH /manufacturing/production-orders/{id}": () => ({ version: 1, note: "Changed" }),
  "POST /manufacturing/production-orders/{id}/release": () => ({}),
  "POST /manufacturing/production-orders/{id}/allocate": () => ({}),
  "POST /manufacturing/production-orders/{id}/complete": () => ({}),
  "POST /manufacturing/production-orders/{id}/close": () => ({}),
  "POST /manufacturing/production-orders/{id}/cancel": () => ({}),
  "POST /manufacturing/production-orders/{id}/consume": ({ item, location, lot }) => ({
    components: [{ itemId: item, quantity: 1, locationId: location, lotId: lot }],
  }),
  "POST /manufacturing/production-orders/{id}/output": ({ location }) => ({ quantity: 1, locationId: location }),
  "POST /manufacturing/postings/{id}/reverse": () => ({ reasonCode: "ENTRY-ERROR" }),
  "POST /purchasing/receipts/{id}/reverse": () => ({ reasonCode: "ENTRY-ERROR" }),
};

const movement = ({ item, location, nextLocation, lot }: EveryThing) => ({
  type: "MOVE",
  itemId: item,
  quantity: 1,
  fromLocationId: location,
  toLocationId: nextLocation,
  lotId: lot,
});

/** Fields that count only beside others, which the body above has not. */
const bodiesOfFields: Record<string, (things: EveryThing) => object> = {
  // A site counts where a place is named by its code.
  "POST /inventory/events siteId": (things) => byCodes(things),
  "POST /inventory/events/batch events.0.siteId": (things) => ({ events: [byCodes(things)] }),
};
const byCodes = (things: EveryThing) => ({ ...movement(things), fromLocationId: undefined, fromLocationCode: "A-01", siteId: things.site });

/** A file for each route that takes one. */
const files: Record<string, { type: string; text: string }> = {
  "POST /import/{kind}": { type: "text/csv", text: "code,name\nNEW-BY-FILE,New\n" },
};

/** What is told of a span of days is not told without one. */
const spanOf = (key: string) =>
  /^GET \/reports\/(movement|turnover|supplier-performance)\b/.test(key) ? ["from=2026-01-01&to=2026-12-31"] : [];

/** Parameters of addresses that are no ids. */
const words: Record<string, string> = { kind: "units", name: "email-service" };

/** What an id stands for, by its name; by the address it stands in where it is called `id`. */
const namedThings: Record<string, keyof EveryThing> = {
  itemId: "item",
  siteId: "site",
  siteIds: "site",
  fromSiteId: "site",
  toSiteId: "nextSite",
  receiptId: "transferReceipt",
  locationId: "location",
  fromLocationId: "location",
  toLocationId: "location",
  parentId: "location",
  lotId: "lot",
  userId: "user",
  barcodeId: "barcode",
  entityId: "item",
  sessionId: "session",
  mailId: "failedMail",
  supplierId: "supplier",
  purchaseOrderId: "purchaseOrder",
  locationIds: "location",
  itemIds: "item",
  rejectedLocationId: "qualityLocation",
  bomId: "bom",
  componentItemId: "item",
  productionOrderId: "productionOrder",
};
const addressedThings: [prefix: string, thing: keyof EveryThing][] = [
  ["/users/", "user"],
  ["/auth/sessions/", "session"],
  ["/sites/", "site"],
  ["/locations/", "location"],
  ["/inventory/units/", "unit"],
  ["/inventory/items/", "item"],
  ["/inventory/lots/", "lot"],
  ["/inventory/transfers/", "transfer"],
  ["/inventory/location-items/", "locationItem"],
  ["/inventory/reason-codes/", "reasonCode"],
  ["/inventory/events/", "event"],
  ["/purchasing/suppliers/", "supplier"],
  ["/purchasing/supplier-items/", "supplierItem"],
  ["/purchasing/purchase-orders/", "purchaseOrder"],
  ["/purchasing/receipts/", "receipt"],
  ["/cycle-counts/", "cycleCount"],
  ["/alerts/", "alert"],
  ["/manufacturing/boms/", "bom"],
  ["/manufacturing/production-orders/", "productionOrder"],
  ["/manufacturing/postings/", "productionPosting"],
];

/** The same of what is called `lineId`. */
const addressedLines: [prefix: string, thing: keyof EveryThing][] = [
  ["/purchasing/purchase-orders/", "purchaseOrderLine"],
  ["/cycle-counts/", "countLine"],
  ["/inventory/transfers/", "transferLine"],
];

/** Ids that the schema knows as plain text. */
const untyped: Record<string, { place: Place; path: string }[]> = { "GET /audit-events": [{ place: "query", path: "entityId" }] };

/** One place in a request where an id stands. */
export interface IdSlot {
  place: Place;
  path: string;
}

export const slotsOf = (route: AnyRoute): IdSlot[] => [...fieldsOf(route).filter(({ isId }) => isId), ...(untyped[keyOf(route)] ?? [])];

/** The kind of thing that an id of a request stands for; undefined when nothing above says so. */
export function thingOf(route: AnyRoute, path: string): keyof EveryThing | undefined {
  const name = path.split(".").findLast((part) => !/^\d+$/.test(part)) ?? "";
  const known = { id: addressedThings, lineId: addressedLines }[name];
  return namedThings[name] ?? known?.find(([prefix]) => route.path.startsWith(prefix))?.[1];
}

/** Lines to add to this file, for a route that is new. */
export function missingLines(route: AnyRoute): string[] {
  const key = keyOf(route);
  return [
    ...(route.body && !bodies[key] ? [`bodies["${key}"]: a body that would be accepted`] : []),
    ...(route.acceptsFile && !files[key] ? [`files["${key}"]: a file that would be accepted`] : []),
    ...slotsOf(route)
      .filter(({ path }) => thingOf(route, path) === undefined)
      .map(({ place, path }) => `namedThings or addressedThings: what ${place}.${path} of ${key} stands for`),
    ...[...route.path.matchAll(/\{(\w+)\}/g)]
      .filter(([, name = ""]) => !words[name] && thingOf(route, name) === undefined)
      .map(([, name = ""]) => `words["${name}"]: what stands in the address of ${key}`),
  ];
}

export interface RouteRequest {
  path: string;
  type: string | undefined;
  /** An object to be sent as JSON, or the text of a file. */
  body: object | string | undefined;
}

/** The route's request with everything of the caller's own, but for one id where a slot is named. */
export function requestOf(route: AnyRoute, own: EveryThing, slot?: IdSlot, id = ""): RouteRequest {
  const key = keyOf(route);
  const address = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    slot?.place === "params" && slot.path === name ? id : (words[name] ?? own[thingOf(route, name) ?? "item"]),
  );
  // Of the formats of a file the one that the same tests can read.
  const query = [
    ...spanOf(key),
    ...(route.answersFile ? ["format=json"] : []),
    ...(slot?.place === "query" ? [`${slot.path}=${encodeURIComponent(id)}`] : []),
  ].join("&");
  const path = query === "" ? address : `${address}?${query}`;
  const file = files[key];
  if (file) return { path, type: file.type, body: file.text };
  const body = ((slot && bodiesOfFields[`${key} ${slot.path}`]) ?? bodies[key])?.(own);
  if (body && slot?.place === "body") putAt(body, slot.path, id);
  return { path, type: body && "application/json", body };
}
