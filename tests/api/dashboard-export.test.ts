import { readXlsx } from "hucre/xlsx";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DashboardStats } from "#contract/dashboard.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
beforeAll(async () => {
  server = await startTestServer("dashboard export");
  warehouse = await createWarehouse(server);
  await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 2.5, more: { sku: "=BOLT" } });
});
afterAll(() => server.close());

const path = "/dashboard/stats/export";
const fetched = async (query = "") =>
  fetch(`${server.baseUrl}/api/v1${path}${query}`, { headers: { cookie: (await server.as("Admin")).cookie ?? "" } });

test("the figures come as CSV, JSON and a workbook, all the same", async () => {
  const stats = (await warehouse.get("/dashboard/stats")).read(DashboardStats);
  const csv = await fetched();
  expect([csv.headers.get("content-type"), csv.headers.get("content-disposition")]).toEqual([
    "text/csv; charset=utf-8",
    'attachment; filename="dashboard.csv"',
  ]);
  const lines = (await csv.text()).split("\r\n");
  expect(lines[0]).toBe("figure,of,value");
  expect(lines).toContain("stockValue,,25");
  expect(lines).toContain("topMovers,'=BOLT,1");
  expect(lines).toContain(`movementsPerDay,${stats.movementsPerDay.at(-1)?.day},1`);

  const rows = (await (await fetched("?format=json")).json()) as { figure: string; of: string | null; value: number }[];
  expect(rows).toContainEqual({ figure: "topMovers", of: "=BOLT", value: 1 });
  expect(rows).toHaveLength(lines.length - 2);
  const { sheets } = await readXlsx(new Uint8Array(await (await fetched("?format=xlsx")).arrayBuffer()));
  expect(sheets[0]?.rows.slice(1)).toEqual(rows.map(({ figure, of, value }) => [figure, of, value]));
});

test("of one's own sites only, in a format that there is", async () => {
  const viewer = await server.as("Viewer");
  const { second } = server.tenants.acme.sites;
  expect((await viewer.get(`${path}?siteId=${second.id}`)).error).toMatchObject({ statusCode: 404, code: "NOT_FOUND" });
  expect(Object.keys(faultsOf(await viewer.get(`${path}?format=pdf`)))).toEqual(["format"]);
  expect((await server.anonymous.get(path)).error.statusCode).toBe(401);
});

test("the description of the API says what it answers with", async () => {
  const { paths } = (await server.anonymous.get("/openapi.json")).json as {
    paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
  };
  expect(Object.keys(paths[`/api/v1${path}`]?.get.responses["200"]?.content ?? {})).toEqual([
    "text/csv; charset=utf-8",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/json",
  ]);
});
