import { afterAll, beforeAll, expect, test } from "vitest";
import { routes } from "#server/app.ts";
import { type EveryThing, fillEveryTable } from "#tests/support/every-table.ts";
import { requestOf } from "#tests/support/route-requests.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
let foreign: EveryThing;

beforeAll(async () => {
  server = await startTestServer("isolation");
  await fillEveryTable(server, server.tenants.acme);
  foreign = await fillEveryTable(server, server.tenants.globex);
});
afterAll(() => server.close());

const idsOfThings = (things: EveryThing) => Object.values(things as unknown as Record<string, string>);
test("no list shows anything of another company", async () => {
  const admin = await server.as("Admin");
  const lists = routes.filter((route) => route.method === "GET" && route.requiresAuth !== false && !route.path.includes("{"));
  expect(lists.length).toBeGreaterThan(10);
  for (const route of lists) {
    const { path } = requestOf(route, foreign);
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
