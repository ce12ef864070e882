import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ItemList } from "#contract/catalog.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let supervisor: TestClient;
let warehouse: Warehouse;
beforeAll(async () => {
  server = await startTestServer("item list");
  supervisor = await server.as("Supervisor");
  warehouse = await createWarehouse(server);
});
afterAll(() => server.close());

describe("the list of items", () => {
  const skus = async (query: string) => (await supervisor.get(`/inventory/items?${query}`)).read(ItemList).items.map(({ sku }) => sku);
  beforeAll(async () => {
    for (const [index, name] of ["O'Brien bracket", '3/4" bolt', "50% vinegar", "A--B connector", "union nut", "Ünïcode ßtück"].entries()) {
      await warehouse.item({
        sku: `LIST-${index}`,
        name,
        category: `Cat ${index % 2}`,
        ...(index === 5 ? { tracking: "LOT" as const } : {}),
      });
    }
  });

  test.each([
    ["O'Brien", ["LIST-0"]],
    ['3/4" bolt', ["LIST-1"]],
    ["50%", ["LIST-2"]],
    ["A--B", ["LIST-3"]],
    ["union nut", ["LIST-4"]],
    ["ünïCODE", ["LIST-5"]],
    ["list-3", ["LIST-3"]],
    ["%", ["LIST-2"]],
    ["_", []],
    ["select-grade oak", []],
    ["drop forged", []],
    ["C#", []],
  ])("finds %j", async (text, found) => {
    expect(await skus(`search=${encodeURIComponent(text)}`)).toEqual(found);
  });

  test.each([
    "'; DROP TABLE users; --",
    "x' OR '1'='1",
    "1 UNION SELECT password FROM users",
    "x'; --",
    "a'/*",
    "1 or 1=1",
    "xp_cmdshell",
    "pg_sleep(10)",
  ])("refuses %j", async (text) => {
    const answer = await supervisor.get(`/inventory/items?search=${encodeURIComponent(text)}`);
    expect(answer.error).toMatchObject({ statusCode: 400, message: "Invalid search query - contains forbidden patterns" });
    expect(faultsOf(answer)).toHaveProperty("search");
  });

  test("finds by barcode, in whatever case", async () => {
    const item = await warehouse.item();
    await supervisor.post(`/inventory/items/${item.id}/barcodes`, { code: "Ab-4006381333931" });
    expect(await skus("search=AB-40063813")).toEqual([item.sku]);
  });

  test("filters", async () => {
    expect(await skus("category=Cat%201&sort=-sku")).toEqual(["LIST-5", "LIST-3", "LIST-1"]);
    expect(await skus("tracking=LOT&search=list-")).toEqual(["LIST-5"]);
    expect(await skus("sku=list-2")).toEqual(["LIST-2"]);
    expect(await skus("active=false&search=list-")).toEqual([]);
  });

  test("pages by offset and by cursor through every row once", async () => {
    const all = await skus("search=LIST-&limit=1000");
    expect(all).toHaveLength(6);
    for (const sort of ["sku", "-name", "category,-sku", "-category", "createdAt", "-updatedAt,name"]) {
      const whole = await skus(`search=LIST-&sort=${sort}`);
      const byOffset = [
        ...(await skus(`search=LIST-&sort=${sort}&limit=4`)),
        ...(await skus(`search=LIST-&sort=${sort}&limit=4&offset=4`)),
      ];
      const byCursor: string[] = [];
      let cursor: string | null = null;
      do {
        const after: string = cursor === null ? "" : `&cursor=${cursor}`;
        const page = (await supervisor.get(`/inventory/items?search=LIST-&sort=${sort}&limit=2${after}`)).read(ItemList);
        byCursor.push(...page.items.map(({ sku }) => sku));
        cursor = page.page.nextCursor;
      } while (cursor !== null);
      expect(byOffset, sort).toEqual(whole);
      expect(byCursor, sort).toEqual(whole);
    }
  });

  test("tells its page, and counts when asked", async () => {
    expect((await supervisor.get("/inventory/items?search=LIST-&limit=2&total=true")).read(ItemList).page).toMatchObject({
      limit: 2,
      offset: 0,
      hasMore: true,
      total: 6,
    });
    expect((await supervisor.get("/inventory/items?search=LIST-&offset=100&total=true")).read(ItemList)).toMatchObject({
      items: [],
      page: { hasMore: false, total: 6 },
    });
    expect((await supervisor.get("/inventory/items?limit=1000000")).read(ItemList).page.limit).toBe(1_000);
    expect((await supervisor.get("/inventory/items?limit=-1&offset=-5")).read(ItemList).page).toMatchObject({ limit: 50, offset: 0 });
  });

  test.each([
    ["sort=password", "sort"],
    ["sort=sku;drop", "sort"],
    ["cursor=forged", "cursor"],
    ["unknown=1", "unknown"],
    ["active=maybe", "active"],
    ["tracking=SOME", "tracking"],
    ["total=1", "total"],
    ["search=a&search=b", "search"],
  ])("refuses ?%s", async (query, path) => {
    expect(faultsOf(await supervisor.get(`/inventory/items?${query}`))).toHaveProperty(path);
  });

  test("is one statement, however long, and shows stock and cost", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 4, unitCost: 2.5 });
    const operator = await server.as("Operator");
    for (const client of [warehouse.client, operator]) {
      const statements = await server.statements(async () => {
        const { items } = (await client.get("/inventory/items?limit=1000")).read(ItemList);
        expect(items.find(({ id }) => id === item.id)).toMatchObject({ onHand: 4, averageCost: 2.5 });
      });
      expect(statements.filter((text) => !text.includes("find_session"))).toHaveLength(1);
    }
  });
});
