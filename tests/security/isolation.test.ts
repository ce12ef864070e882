import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyRoute } from "#platform/http/route.ts";
import { routes } from "#server/app.ts";
import { type EveryThing, fillEveryTable } from "#tests/support/every-table.ts";
import { type IdPlace, idsOf } from "#tests/support/route-ids.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { indistinguishable, type TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let own: EveryThing;
let foreign: EveryThing;

beforeAll(async () => {
  server = await startTestServer("isolation");
  own = await fillEveryTable(server, server.tenants.acme);
  foreign = await fillEveryTable(server, server.tenants.globex);
});
afterAll(() => server.close());

type Thing = keyof EveryThing;
const idsOfThings = (things: EveryThing) => Object.values(things as unknown as Record<string, string>);

/** What an id stands for, by its name; by the address it stands in where it is called `id`. */
const namedThings: Record<string, Thing> = {
  itemId: "item",
  siteId: "site",
  siteIds: "site",
  locationId: "location",
  fromLocationId: "location",
  toLocationId: "location",
  parentId: "location",
  lotId: "lot",
  userId: "user",
  barcodeId: "barcode",
  entityId: "item",
  sessionId: "session",
};
const addressedThings: [prefix: string, thing: Thing][] = [
  ["/users/", "user"],
  ["/auth/sessions/", "session"],
  ["/sites/", "site"],
  ["/locations/", "location"],
  ["/inventory/units/", "unit"],
  ["/inventory/items/", "item"],
  ["/inventory/lots/", "lot"],
  ["/inventory/reason-codes/", "reasonCode"],
  ["/inventory/events/", "event"],
  ["/purchasing/suppliers/", "supplier"],
];

/** A body that would be accepted, with the caller's own things: one line a route that has a body and takes an id. */
const bodies: Record<string, (things: EveryThing) => object> = {
  "POST /users": ({ site }) => ({ email: "new@acme.test", name: "New", password: "Correct-Horse-8", role: "Operator", siteIds: [site] }),
  "PATCH /users/{id}": () => ({ version: 1, role: "Viewer" }),
  "PUT /users/{id}/site-access": ({ site }) => ({ version: 1, siteIds: [site] }),
  "PATCH /sites/{id}": () => ({ version: 1, name: "Renamed" }),
  "POST /sites/{id}/locations": ({ location }) => ({ code: "NEW", type: "STORAGE", parentId: location }),
  "PATCH /locations/{id}": ({ location }) => ({ version: 1, name: "Renamed", parentId: location }),
  "PATCH /inventory/units/{id}": () => ({ version: 1, name: "Renamed" }),
  "PATCH /inventory/items/{id}": () => ({ version: 1, name: "Renamed" }),
  "POST /inventory/items/{id}/barcodes": () => ({ code: "0000000000017" }),
  "POST /inventory/lots": ({ item }) => ({ itemId: item, code: "NEW" }),
  "PATCH /inventory/lots/{id}": () => ({ version: 1, supplierLot: "CHANGED" }),
  "PATCH /inventory/reason-codes/{id}": () => ({ version: 1, name: "Renamed" }),
  "POST /inventory/events": (things) => movement(things),
  "POST /inventory/events/batch": (things) => ({ events: [movement(things)] }),
  "POST /inventory/events/{id}/reverse": () => ({ reasonCode: "ENTRY-ERROR" }),
  "PATCH /purchasing/suppliers/{id}": () => ({ version: 1, name: "Renamed" }),
};
const movement = ({ item, location, lot }: EveryThing) => ({
  type: "MOVE",
  itemId: item,
  quantity: 1,
  fromLocationId: location,
  toLocationId: server.tenants.acme.sites.main.locations["A-02"],
  lotId: lot,
});

// A site counts where a place is named by its code.
const byCodes = (things: EveryThing) => ({ ...movement(things), fromLocationId: undefined, fromLocationCode: "A-01", siteId: things.site });
const bodiesOfSlots: Record<string, (things: EveryThing) => object> = {
  "POST /inventory/events siteId": byCodes,
  "POST /inventory/events/batch events.0.siteId": (things) => ({ events: [byCodes(things)] }),
};

/** Ids that the schema knows as plain text. */
const untyped: Record<string, { place: IdPlace; path: string }[]> = { "GET /audit-events": [{ place: "query", path: "entityId" }] };

const keyOf = (route: AnyRoute) => `${route.method} ${route.path}`;
const slots = routes.flatMap((route) => [...idsOf(route), ...(untyped[keyOf(route)] ?? [])].map((slot) => ({ route, ...slot })));

function thingOf(route: AnyRoute, path: string): Thing | undefined {
  const name = path.split(".").findLast((part) => !/^\d+$/.test(part)) ?? "";
  return namedThings[name] ?? (name === "id" ? addressedThings.find(([prefix]) => route.path.startsWith(prefix))?.[1] : undefined);
}

test("every id that a route takes is tried below: say here what a new one stands for", () => {
  const unknown = slots.filter(({ route, path }) => thingOf(route, path) === undefined);
  expect(unknown.map(({ route, place, path }) => `${keyOf(route)} ${place}.${path}`)).toEqual([]);
  const withoutBody = slots.filter(({ route }) => route.body !== undefined && !bodies[keyOf(route)]);
  expect(withoutBody.map(({ route }) => keyOf(route))).toEqual([]);
  expect(slots.length).toBeGreaterThan(45);
});

/** The route's request with everything of the caller's own, but for one id. */
async function ask(client: TestClient, route: AnyRoute, slot: { place: IdPlace; path: string }, id: string) {
  const params = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    slot.place === "params" && slot.path === name ? id : own[thingOf(route, name) ?? "item"],
  );
  const query = slot.place === "query" ? `?${slot.path}=${id}` : "";
  const body = (bodiesOfSlots[`${keyOf(route)} ${slot.path}`] ?? bodies[keyOf(route)])?.(own);
  if (body && slot.place === "body") put(body, slot.path.split("."), id);
  return await client.call(route.method, params + query, body);
}

function put(body: object, [name = "", ...rest]: string[], value: string): void {
  const fields = body as Record<string, unknown>;
  if (rest.length === 0) fields[name] = value;
  else put(fields[name] as object, rest, value);
}

const everythingOfGlobex = async () => {
  const tables = await server.sql<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1",
  );
  return await Promise.all(
    tables.map(async ({ name }) => [
      name,
      await server.sql(`SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS rows FROM ${name} t WHERE tenant_id = $1`, [
        server.tenants.globex.id,
      ]),
    ]),
  );
};

describe("another company's id is answered as one that does not exist, to the byte", () => {
  test.each(slots.map((slot) => [`${keyOf(slot.route)} ${slot.place}.${slot.path}`, slot] as const))(
    "%s",
    async (_, { route, ...slot }) => {
      const id = foreign[thingOf(route, slot.path) ?? "item"];
      const roles = route.requiresAuth === false ? [] : route.roles.filter((role) => role === "Admin" || role === "Supervisor");
      const before = await everythingOfGlobex();
      for (const role of roles) {
        const client = await server.as(role);
        const [theirs, nobodys] = [await ask(client, route, slot, id), await ask(client, route, slot, crypto.randomUUID())];
        expect(theirs.status).toBe(nobodys.status);
        expect(indistinguishable(theirs)).toBe(indistinguishable(nobodys));
        const said = (answer: typeof theirs) =>
          [...answer.headers].filter(([name]) => !/^(x-request-id|x-response-time|x-ratelimit-.*|ratelimit.*|date)$/.test(name));
        expect(said(theirs)).toEqual(said(nobodys));
        // A list that is filtered by it is empty; everything else is refused, and not for the rest of the request.
        expect(slot.place === "params" ? [404] : route.method === "GET" ? [200, 404] : [400, 404, 409]).toContain(theirs.status);
        expect(theirs.text).not.toContain(idsOfThings(foreign).find((known) => known !== id && theirs.text.includes(known)) ?? "…");
      }
      expect(await everythingOfGlobex()).toEqual(before);
    },
  );
});

test("no list shows anything of another company", async () => {
  const admin = await server.as("Admin");
  const lists = routes.filter((route) => route.method === "GET" && route.requiresAuth !== false && !route.path.includes("{"));
  expect(lists.length).toBeGreaterThan(10);
  for (const { path } of lists) {
    const { status, text } = await admin.get(path);
    expect({ path, status, foreign: [...idsOfThings(foreign), server.tenants.globex.id].filter((id) => text.includes(id)) }).toEqual({
      path,
      status: 200,
      foreign: [],
    });
  }
});

test("the company is the session's, whatever a request says", async () => {
  const admin = await server.as("Admin");
  const globex = server.tenants.globex.id;
  const items = async (query: string, headers = {}) => (await admin.get(`/inventory/items${query}`, headers)).text;
  expect(await items("", { "X-Tenant-Id": globex, "X-Tenant": "globex" })).not.toContain(foreign.item);
  expect((await admin.get(`/inventory/items?tenantId=${globex}`)).status).toBe(400);
  expect((await admin.post("/inventory/items", { sku: "X", name: "X", tenantId: globex })).status).toBe(400);
});
