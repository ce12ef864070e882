import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Item, ItemList, Lot } from "#contract/catalog.ts";
import { Supplier } from "#contract/purchasing.ts";
import { Location, LocationList, SiteList } from "#contract/sites.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { indistinguishable, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let admin: TestClient;
let operator: TestClient;
let supervisor: TestClient;
/** Things of the other company, by what a path calls them. */
let foreign: Record<"site" | "location" | "item" | "barcode" | "lot" | "supplier" | "unit" | "reason", string>;

beforeAll(async () => {
  server = await startTestServer("access");
  [admin, operator, supervisor] = await Promise.all([server.as("Admin"), server.as("Operator"), server.as("Supervisor")]);
  const other = await server.as("Admin", "globex");
  const item = (await other.post("/inventory/items", { sku: "SECRET", name: "Secret", tracking: "LOT" })).read(Item);
  const barcode = (await other.post(`/inventory/items/${item.id}/barcodes`, { code: "9001" })).json as { id: string };
  const [unit] = await server.sql<{ id: string }>("SELECT id FROM unit WHERE tenant_id = $1 LIMIT 1", [server.tenants.globex.id]);
  const [reason] = await server.sql<{ id: string }>("SELECT id FROM reason_code WHERE tenant_id = $1 LIMIT 1", [server.tenants.globex.id]);
  foreign = {
    site: server.tenants.globex.sites.main.id,
    location: server.tenants.globex.sites.main.locations["A-01"],
    item: item.id,
    barcode: barcode.id,
    lot: (await other.post("/inventory/lots", { itemId: item.id, code: "L-1" })).read(Lot).id,
    supplier: (await other.post("/purchasing/suppliers", { code: "S", name: "S" })).read(Supplier).id,
    unit: unit?.id ?? "",
    reason: reason?.id ?? "",
  };
});
afterAll(() => server.close());

type Call = [method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE", path: string, body?: object];

/** How the answer for something out of sight differs from the `404` for an id that nothing has; undefined when it does not. */
async function tellsApart(client: TestClient, [method, path, body]: Call, id: string): Promise<string | undefined> {
  const unknown = crypto.randomUUID();
  const replaced = <T>(value: T): T => JSON.parse(JSON.stringify(value ?? null).replaceAll(id, unknown)) as T;
  const there = await client.call(method, path, body);
  const nowhere = await client.call(method, replaced(path), body && replaced(body));
  const asExpected = nowhere.status === 404 && nowhere.error.code === "NOT_FOUND" && nowhere.error.message === "Not found";
  return asExpected && indistinguishable(there) === indistinguishable(nowhere)
    ? undefined
    : `${method} ${path}: ${there.text} instead of ${nowhere.text}`;
}

describe("another company's things are not there", () => {
  test.each<[keyof typeof foreign, (id: string) => Call[]]>([
    [
      "site",
      (id) => [
        ["GET", `/sites/${id}`],
        ["PATCH", `/sites/${id}`, { version: 1, name: "Mine" }],
        ["GET", `/sites/${id}/locations`],
        ["POST", `/sites/${id}/locations`, { code: "X", type: "STORAGE" }],
        ["GET", `/dashboard/stats?siteId=${id}`],
      ],
    ],
    [
      "location",
      (id) => [
        ["GET", `/locations/${id}`],
        ["PATCH", `/locations/${id}`, { version: 1, name: "Mine" }],
      ],
    ],
    [
      "item",
      (id) => [
        ["GET", `/inventory/items/${id}`],
        ["PATCH", `/inventory/items/${id}`, { version: 1, name: "Mine" }],
        ["GET", `/inventory/items/${id}/barcodes`],
        ["POST", `/inventory/items/${id}/barcodes`, { code: "1" }],
        ["POST", "/inventory/lots", { itemId: id, code: "L" }],
      ],
    ],
    [
      "lot",
      (id) => [
        ["GET", `/inventory/lots/${id}`],
        ["PATCH", `/inventory/lots/${id}`, { version: 1, supplierLot: "X" }],
      ],
    ],
    [
      "supplier",
      (id) => [
        ["GET", `/purchasing/suppliers/${id}`],
        ["PATCH", `/purchasing/suppliers/${id}`, { version: 1, name: "Mine" }],
      ],
    ],
    [
      "unit",
      (id) => [
        ["GET", `/inventory/units/${id}`],
        ["PATCH", `/inventory/units/${id}`, { version: 1, name: "Mine" }],
      ],
    ],
    [
      "reason",
      (id) => [
        ["GET", `/inventory/reason-codes/${id}`],
        ["PATCH", `/inventory/reason-codes/${id}`, { version: 1, name: "Mine" }],
      ],
    ],
  ])("%s", async (thing, calls) => {
    for (const call of calls(foreign[thing])) expect(await tellsApart(admin, call, foreign[thing])).toBeUndefined();
  });

  test("a barcode, under an item of ours", async () => {
    const item = (await admin.post("/inventory/items", { sku: "OURS", name: "Ours" })).read(Item);
    expect(await tellsApart(admin, ["DELETE", `/inventory/items/${item.id}/barcodes/${foreign.barcode}`], foreign.barcode)).toBeUndefined();
  });

  test("a parent for a location of ours", async () => {
    const { main } = server.tenants.acme.sites;
    expect(
      await tellsApart(
        admin,
        ["POST", `/sites/${main.id}/locations`, { code: "CHILD", type: "STORAGE", parentId: foreign.location }],
        foreign.location,
      ),
    ).toBeUndefined();
    expect(
      await tellsApart(
        admin,
        ["PATCH", `/locations/${main.locations["A-02"]}`, { version: 1, parentId: foreign.location }],
        foreign.location,
      ),
    ).toBeUndefined();
  });

  test("in lists and searches", async () => {
    expect((await admin.get("/inventory/items?search=secret")).read(ItemList).items).toEqual([]);
    expect((await admin.get("/inventory/items?search=9001")).read(ItemList).items).toEqual([]);
    expect((await admin.get(`/locations?siteId=${foreign.site}`)).read(LocationList).items).toEqual([]);
    expect((await admin.get(`/inventory/lots?itemId=${foreign.item}`)).json).toMatchObject({ items: [] });
    const codes = (await admin.get("/sites")).read(SiteList).items.map(({ name }) => name);
    expect(codes).toEqual(["MAIN of acme", "SECOND of acme"]);
  });

  test("a code that they use is free for us", async () => {
    expect((await admin.post("/inventory/items", { sku: "SECRET", name: "Ours too" })).status).toBe(201);
  });
});

describe("a site without access is not there", () => {
  test.each<["operator" | "supervisor", (site: string, location: string) => [Call, string][]]>([
    [
      "operator",
      (site, location) => [
        [["GET", `/sites/${site}`], site],
        [["GET", `/sites/${site}/locations`], site],
        [["GET", `/locations/${location}`], location],
        [["GET", `/dashboard/stats?siteId=${site}`], site],
      ],
    ],
    [
      "supervisor",
      (site, location) => [
        [["POST", `/sites/${site}/locations`, { code: "X", type: "STORAGE" }], site],
        [["PATCH", `/locations/${location}`, { version: 1, name: "Mine" }], location],
      ],
    ],
  ])("for the %s", async (who, calls) => {
    const { second } = server.tenants.acme.sites;
    for (const [call, id] of calls(second.id, second.locations["A-01"]))
      expect(await tellsApart(who === "operator" ? operator : supervisor, call, id)).toBeUndefined();
  });

  test("as a parent", async () => {
    const { main, second } = server.tenants.acme.sites;
    expect(
      await tellsApart(
        supervisor,
        ["POST", `/sites/${main.id}/locations`, { code: "CHILD", type: "STORAGE", parentId: second.locations["A-01"] }],
        second.locations["A-01"],
      ),
    ).toBeUndefined();
  });

  test("in lists", async () => {
    const { main, second } = server.tenants.acme.sites;
    expect((await operator.get("/sites")).read(SiteList).items.map(({ id }) => id)).toEqual([main.id]);
    const siteIds = new Set((await operator.get("/locations?limit=1000")).read(LocationList).items.map(({ siteId }) => siteId));
    expect([...siteIds]).toEqual([main.id]);
    const [hidden, unknown] = [
      await operator.get(`/locations?siteId=${second.id}`),
      await operator.get(`/locations?siteId=${crypto.randomUUID()}`),
    ];
    expect(hidden.read(LocationList).items).toEqual([]);
    expect(hidden.text).toBe(unknown.text);
  });

  test("in what is on hand", async () => {
    const warehouse = await createWarehouse(server);
    const item = await warehouse.stock({ at: "A-01", onHand: 7 });
    await admin.post("/inventory/events", {
      type: "RECEIVE",
      itemId: item.id,
      quantity: 5,
      toLocationId: server.tenants.acme.sites.second.locations["A-01"],
    });
    const seenBy = async (client: TestClient) => [
      (await client.get(`/inventory/items/${item.id}`)).read(Item).onHand,
      (await client.get(`/inventory/items?sku=${item.sku}`)).read(ItemList).items[0]?.onHand,
    ];
    expect(await seenBy(admin)).toEqual([12, 12]);
    expect(await seenBy(operator)).toEqual([7, 7]);
  });

  test("an id in capitals is the same id", async () => {
    const { main } = server.tenants.acme.sites;
    expect((await operator.get(`/locations/${main.locations["A-01"].toUpperCase()}`)).read(Location).id).toBe(main.locations["A-01"]);
    expect((await operator.get(`/sites/${main.id.toUpperCase()}`)).status).toBe(200);
  });
});
