import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "#contract/identity.ts";
import { type Found, SearchResults } from "#contract/search-results.ts";
import { createPurchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("search");
  for (const tenant of ["acme", "globex"] as const) {
    const warehouse = await createWarehouse(server, { tenant });
    const bolt = await warehouse.item({ sku: "BOLT-M8", name: "Hexagon bolt M8", tracking: "LOT" });
    await warehouse.item({ sku: "BOLT-M80", name: "Hexagon bolt M80" });
    await warehouse.item({ sku: "NUT-M8", name: "Fits a bolt-m8" });
    await warehouse.item({ sku: "100%_PURE", name: "Wool" });
    await warehouse.post(`/inventory/items/${bolt.id}/barcodes`, { code: "4006381333931" });
    await warehouse.post("/inventory/lots", { itemId: bolt.id, code: "lot-7a", supplierLot: "Heat 99" });
    await warehouse.post("/purchasing/suppliers", { code: "BOLTS", name: "Bolts & Nuts Ltd" });
    const [main, second] = [server.tenants[tenant].sites.main.id, server.tenants[tenant].sites.second.id];
    await warehouse.post(`/sites/${main}/locations`, { code: "BOLT-BIN", type: "STORAGE", name: "Screws", barcode: "LOC-1" });
    await warehouse.post(`/sites/${second}/locations`, { code: "BOLT-BIN", type: "STORAGE", barcode: "LOC-2" });
  }
  const { draft } = await createPurchasing(server);
  const [item] = await server.sql<{ id: string }>("SELECT id FROM item WHERE tenant_id = $1 AND sku = 'NUT-M8'", [server.tenants.acme.id]);
  const line = { itemId: item?.id ?? "", quantity: 1, unitPrice: 1 };
  await draft([line]);
  await draft([line], { siteId: server.tenants.acme.sites.second.id });
});
afterAll(() => server.close());

const search = async (q: string, { role = "Viewer", more = "" }: { role?: Role; more?: string } = {}): Promise<Found[]> =>
  (await (await server.as(role)).get(`/search?q=${encodeURIComponent(q)}${more}`)).read(SearchResults).items;
const told = (found: readonly Found[]) => found.map(({ kind, code, rank }) => `${rank} ${kind} ${code}`);

describe("what is found", () => {
  test("has the code first, then begins with it, then contains it; kinds in their order", async () => {
    expect(told(await search("bolt-m8"))).toEqual(["0 ITEM BOLT-M8", "1 ITEM BOLT-M80", "2 ITEM NUT-M8"]);
    expect(told(await search("Bolt"))).toEqual([
      "1 ITEM BOLT-M8",
      "1 ITEM BOLT-M80",
      "1 LOCATION BOLT-BIN",
      "1 SUPPLIER BOLTS",
      "2 ITEM NUT-M8",
    ]);
  });

  test("comes with what it is called and where it stands", async () => {
    const { main } = server.tenants.acme.sites;
    const [item] = await search("BOLT-M8");
    expect(item).toMatchObject({ kind: "ITEM", name: "Hexagon bolt M8", siteId: null, itemId: null });
    expect(await search("4006381333931")).toMatchObject([{ kind: "BARCODE", rank: 0, name: "Hexagon bolt M8", itemId: item?.id }]);
    expect(await search("LOT-7A")).toMatchObject([{ kind: "LOT", rank: 0, code: "lot-7a", name: "Hexagon bolt M8", itemId: item?.id }]);
    expect(await search("heat 99")).toMatchObject([{ kind: "LOT", rank: 2, code: "lot-7a" }]);
    expect(await search("LOC-1")).toMatchObject([{ kind: "LOCATION", rank: 0, code: "BOLT-BIN", name: "Screws", siteId: main.id }]);
    expect(await search("nuts l")).toMatchObject([{ kind: "SUPPLIER", rank: 2, code: "BOLTS", name: "Bolts & Nuts Ltd" }]);
    expect(await search("PO-000001")).toMatchObject([
      { kind: "PURCHASE_ORDER", rank: 0, siteId: main.id, name: expect.any(String) as string },
    ]);
  });

  test("by one or two characters is only what has a code that begins with them; by none, nothing", async () => {
    expect(told(await search("n"))).toEqual(["1 ITEM NUT-M8"]);
    expect(told(await search("M8"))).toEqual([]);
    expect(await search("")).toEqual([]);
    expect(await search("  ")).toEqual([]);
  });

  test("wildcards and quotes are letters like others", async () => {
    expect(told(await search("100%_"))).toEqual(["1 ITEM 100%_PURE"]);
    expect(await search("b%t")).toEqual([]);
    expect(await search("___")).toEqual([]);
    expect(await search("it's a \\ thing")).toEqual([]);
  });

  test("is cut to the limit of each kind, the best left; a limit that makes no sense is the default", async () => {
    expect(told(await search("bolt", { more: "&limit=1" }))).toEqual(["1 ITEM BOLT-M8", "1 LOCATION BOLT-BIN", "1 SUPPLIER BOLTS"]);
    const { id } = server.tenants.acme;
    await server.sql("INSERT INTO item (tenant_id, sku, name) SELECT $1, 'MASS-' || n, 'Mass' FROM generate_series(100, 199) n", [id]);
    for (const [more, count] of [
      ["", 10],
      ["&limit=20", 20],
      ["&limit=5000", 50],
      ["&limit=none", 10],
    ] as const)
      expect((await search("mass", { more })).map(({ code }) => code)).toEqual(Array.from({ length: count }, (_, n) => `MASS-${100 + n}`));
  });
});

test("places and orders are those of one's own sites, and everything is of one's own company", async () => {
  const { main, second } = server.tenants.acme.sites;
  const sitesOf = async (q: string, role: Role) => new Set((await search(q, { role })).flatMap(({ siteId }) => siteId ?? []));
  expect(await sitesOf("BOLT-BIN", "Operator")).toEqual(new Set([main.id]));
  expect(await sitesOf("BOLT-BIN", "Admin")).toEqual(new Set([main.id, second.id]));
  expect(await sitesOf("PO-0", "Operator")).toEqual(new Set([main.id]));
  expect(await sitesOf("PO-0", "Admin")).toEqual(new Set([main.id, second.id]));
  expect(await search("LOC-2", { role: "Operator" })).toEqual([]);
  expect(await search("LOC-2", { role: "Admin" })).toHaveLength(1);
  expect((await (await server.as("Admin", "globex")).get("/search?q=PO-0")).read(SearchResults).items).toEqual([]);
});

test("it is one statement", async () => {
  expect(await server.statements(() => search("bolt"))).toHaveLength(2);
});

test("what can only be an attempt at injection is refused", async () => {
  const answer = await (await server.as("Viewer")).get(`/search?q=${encodeURIComponent("x'; DROP TABLE item; --")}`);
  expect(faultsOf(answer)).toHaveProperty("q");
});
