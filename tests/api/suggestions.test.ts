import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import type { PostEvent } from "#contract/ledger.ts";
import { LocationItem, LocationItemList, PutawaySuggestion, ReplenishmentSuggestion } from "#contract/suggestions.ts";
import { faultPaths, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let admin: TestClient;
let supervisor: TestClient;
let ledger: ReturnType<typeof ledgerOf>;

beforeAll(async () => {
  server = await startTestServer("suggestions");
  warehouse = await createWarehouse(server);
  [admin, supervisor] = [await server.as("Admin"), await server.as("Supervisor")];
  ledger = ledgerOf(admin);
});
afterAll(() => server.close());

/** A site of its own, which only the Admin may enter: places by code, in the order in which one walks. */
async function newSite(places: Record<string, { type?: string; capacity?: number }>) {
  const [site] = await server.sql<{ id: string }>("INSERT INTO site (tenant_id, code, name) VALUES ($1, $2, 'Site') RETURNING id", [
    server.tenants.acme.id,
    crypto.randomUUID().slice(0, 8).toUpperCase(),
  ]);
  const ids: Record<string, string> = {};
  for (const [sequence, [code, { type = "STORAGE", capacity = null }]] of Object.entries(places).entries()) {
    const [made] = await server.sql<{ id: string }>(
      "INSERT INTO location (tenant_id, site_id, code, type, capacity, pick_sequence) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
      [server.tenants.acme.id, site?.id, code, type, capacity, sequence],
    );
    ids[code] = made?.id ?? "";
  }
  return { id: site?.id ?? "", places: ids };
}
const put = (item: Item, quantity: number, toLocationId: string | undefined, more: Partial<PostEvent> = {}) =>
  ledger.post({ type: "RECEIVE", itemId: item.id, quantity, toLocationId: toLocationId ?? "", ...more });

describe("where to put something", () => {
  const suggest = async (query: string, client = admin) =>
    (await client.get(`/inventory/suggestions/putaway?${query}`)).read(PutawaySuggestion);
  const inWords = ({ places }: PutawaySuggestion) => places.map(({ locationCode, why, quantity }) => `${locationCode} ${why} ${quantity}`);

  test("to the same item first as far as it fits, then to where nothing is, as one walks", async () => {
    const site = await newSite({
      "E-1": { capacity: 3 },
      "E-2": {},
      OTHER: {},
      FULL: { capacity: 4 },
      SAME: { capacity: 10 },
      PICK: { type: "PICKING" },
    });
    const [item, other] = [await warehouse.item(), await warehouse.item()];
    await put(other, 5, site.places["OTHER"]);
    await put(item, 4, site.places["FULL"]);
    await put(item, 6, site.places["SAME"]);
    await put(other, 1, site.places["SAME"]);
    const of = `siteId=${site.id}&itemId=${item.id}`;
    const suggested = await suggest(`${of}&quantity=8`);
    expect(inWords(suggested)).toEqual(["SAME SAME_ITEM 3", "E-1 EMPTY 3", "E-2 EMPTY 2"]);
    expect(suggested).toMatchObject({ unplaced: 0, places: [{ onHand: 6, room: 3 }, { onHand: 0, room: 3 }, { room: null }] });
    expect(inWords(await suggest(of))).toEqual(["SAME SAME_ITEM null", "E-1 EMPTY null", "E-2 EMPTY null"]);
  });

  test("says what goes nowhere", async () => {
    const site = await newSite({ "E-1": { capacity: 3 }, "E-2": { capacity: 1.5 } });
    const item = await warehouse.item({ baseUom: "KG" });
    const suggested = await suggest(`siteId=${site.id}&itemId=${item.id}&quantity=5.1`);
    expect(inWords(suggested)).toEqual(["E-1 EMPTY 3", "E-2 EMPTY 1.5"]);
    expect(suggested.unplaced).toBe(0.6);
  });

  test("in one's own sites only", async () => {
    const site = await newSite({ "E-1": {} });
    expect((await supervisor.get(`/inventory/suggestions/putaway?siteId=${site.id}`)).status).toBe(404);
    const { places } = await suggest("", supervisor);
    expect(new Set(places.map(({ siteId }) => siteId))).toEqual(new Set([server.tenants.acme.sites.main.id]));
  });

  test.each(["0", "-1", "x", ""])("refuses %s as a quantity", async (quantity) => {
    expect(faultPaths((await admin.get(`/inventory/suggestions/putaway?quantity=${quantity}`)).error)).toEqual(["quantity"]);
  });
});

describe("what a picking place is to hold", () => {
  const create = (client: TestClient, body: object) => client.post("/inventory/location-items", body);

  test("is set, changed by the version one saw, listed and taken away, with its trace", async () => {
    const item = await warehouse.item();
    const locationId = warehouse.locationId("B-01");
    const made = (await create(supervisor, { locationId, itemId: item.id, minimum: 2, maximum: 6 })).read(LocationItem);
    expect(made).toMatchObject({ locationCode: "B-01", sku: item.sku, minimum: 2, maximum: 6, siteId: server.tenants.acme.sites.main.id });
    expect((await create(supervisor, { locationId, itemId: item.id, minimum: 1, maximum: 2 })).status).toBe(409);
    const path = `/inventory/location-items/${made.id}`;
    expect((await supervisor.patch(path, { version: 1, maximum: 8 })).read(LocationItem)).toMatchObject({
      minimum: 2,
      maximum: 8,
      version: 2,
    });
    expect((await supervisor.patch(path, { version: 1, maximum: 9 })).error.code).toBe("STALE_VERSION");
    const listed = (await supervisor.get(`/inventory/location-items?itemId=${item.id}`)).read(LocationItemList);
    expect(listed.items.map(({ id, maximum }) => [id, maximum])).toEqual([[made.id, 8]]);
    expect((await supervisor.delete(path)).status).toBe(204);
    expect((await supervisor.get(path)).status).toBe(404);
    const audited = await server.sql<{ action: string }>("SELECT action FROM audit_event WHERE entity_id = $1 ORDER BY id", [made.id]);
    expect(audited.map(({ action }) => action)).toEqual(["location-item.created", "location-item.updated", "location-item.deleted"]);
  });

  test("is of a place for picking, in whole units where the item is, and no less at most than at least", async () => {
    const item = await warehouse.item();
    const at = (body: object) =>
      create(supervisor, { locationId: warehouse.locationId("B-01"), itemId: item.id, minimum: 1, maximum: 2, ...body });
    expect(faultPaths((await at({ locationId: warehouse.locationId("A-01") })).error)).toEqual(["locationId"]);
    expect(faultPaths((await at({ minimum: 0.5 })).error)).toEqual(["minimum"]);
    expect(faultPaths((await at({ minimum: 3 })).error)).toEqual(["maximum"]);
    const elsewhere = await at({ locationId: server.tenants.acme.sites.second.locations["B-01"], itemId: crypto.randomUUID() });
    expect([elsewhere.status, faultPaths(elsewhere.error)]).toEqual([404, ["locationId", "itemId"]]);
  });

  test("of another site is not there", async () => {
    const item = await warehouse.item();
    const there = server.tenants.acme.sites.second.locations["B-01"];
    const made = (await create(admin, { locationId: there, itemId: item.id, minimum: 2, maximum: 6 })).read(LocationItem);
    const path = `/inventory/location-items/${made.id}`;
    const tried = [supervisor.get(path), supervisor.patch(path, { version: 1, minimum: 1 }), supervisor.delete(path)];
    expect((await Promise.all(tried)).map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await supervisor.get(`/inventory/location-items?itemId=${item.id}`)).read(LocationItemList).items).toEqual([]);
  });
});

describe("what to fill up", () => {
  const hold = async (item: Item, locationId: string | undefined, minimum: number, maximum: number) =>
    (await admin.post("/inventory/location-items", { locationId, itemId: item.id, minimum, maximum })).read(LocationItem);
  const suggest = async (siteId: string) =>
    (await admin.get(`/inventory/suggestions/replenishment?siteId=${siteId}`)).read(ReplenishmentSuggestion);
  const moves = ({ tasks }: ReplenishmentSuggestion) =>
    tasks.map(({ toLocationCode, short, moves: all }) => [
      toLocationCode,
      ...all.map(({ fromLocationCode, lotCode, quantity }) => `${fromLocationCode} ${lotCode} ${quantity}`),
      short,
    ]);

  test("is what has less than its minimum, up to its maximum, from storage of the site as one walks; no piece twice", async () => {
    const picking = { type: "PICKING" };
    const site = await newSite({ "P-1": picking, "P-2": picking, "P-3": picking, "S-1": {}, "S-2": {}, Q: { type: "QUALITY" } });
    const item = await warehouse.item();
    await put(item, 1, site.places["P-1"]);
    await put(item, 3, site.places["P-3"]);
    await put(item, 6, site.places["S-1"]);
    await put(item, 5, site.places["S-2"]);
    await put(item, 50, site.places["Q"]);
    await put(item, 50, server.tenants.acme.sites.main.locations["A-01"]);
    await hold(item, site.places["P-1"], 2, 5);
    await hold(item, site.places["P-2"], 2, 10);
    await hold(item, site.places["P-3"], 3, 9);
    const suggested = await suggest(site.id);
    expect(moves(suggested)).toEqual([
      ["P-1", "S-1 null 4", 0],
      ["P-2", "S-1 null 2", "S-2 null 5", 3],
    ]);
    expect(suggested).toMatchObject({ more: false, tasks: [{ available: 1, wanted: 4, minimum: 2, maximum: 5 }, { wanted: 10 }] });
  });

  test("takes what expires first, and nothing that has, is on hold or promised", async () => {
    const site = await newSite({ "P-1": { type: "PICKING" }, "S-1": {}, "S-2": {} });
    const item = await warehouse.item({ tracking: "LOT" });
    await put(item, 4, site.places["S-1"], { lotCode: "LATE", expiresOn: "2036-01-01" });
    await put(item, 3, site.places["S-2"], { lotCode: "SOON", expiresOn: "2035-01-01" });
    await put(item, 9, site.places["S-1"], { lotCode: "GONE", expiresOn: "2020-01-01" });
    await put(item, 9, site.places["S-1"], { lotCode: "HELD", expiresOn: "2035-01-01", status: "HOLD" });
    await hold(item, site.places["P-1"], 1, 20);
    expect(moves(await suggest(site.id))).toEqual([["P-1", "S-2 SOON 3", "S-1 LATE 4", 13]]);
    await server.sql("UPDATE inventory_balance SET allocated = 3 WHERE item_id = $1 AND location_id = $2 AND on_hand = 4", [
      item.id,
      site.places["S-1"],
    ]);
    expect(moves(await suggest(site.id))).toEqual([["P-1", "S-2 SOON 3", "S-1 LATE 1", 16]]);
  });

  test("is done by the moves that are suggested: afterwards there is nothing to fill up", async () => {
    const site = await newSite({ "P-1": { type: "PICKING" }, "S-1": {} });
    const item = await warehouse.item();
    await put(item, 9, site.places["S-1"]);
    await hold(item, site.places["P-1"], 2, 6);
    const [task] = (await suggest(site.id)).tasks;
    const events = (task?.moves ?? []).map(({ fromLocationId, quantity }) => {
      const toLocationId = task?.toLocationId ?? "";
      return { type: "MOVE", itemId: item.id, quantity, fromLocationId, toLocationId } as const;
    });
    await ledger.batch(events);
    expect(await warehouse.onHand(item)).toBe(9);
    expect((await suggest(site.id)).tasks).toEqual([]);
  });

  test("of another site is not told", async () => {
    const path = `/inventory/suggestions/replenishment?siteId=${server.tenants.acme.sites.second.id}`;
    expect((await supervisor.get(path)).status).toBe(404);
  });

  test("is told in one query however much there is to fill up", async () => {
    const site = await newSite({ "P-1": { type: "PICKING" }, "P-2": { type: "PICKING" }, "S-1": {} });
    const before = (await server.statements(() => suggest(site.id))).length;
    for (const place of ["P-1", "P-2"]) await hold(await warehouse.item(), site.places[place], 1, 2);
    expect((await server.statements(() => suggest(site.id))).length).toBe(before);
  });
});
