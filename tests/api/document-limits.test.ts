import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";

// What no document takes, whatever else it says: told by field before anything is looked up.

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("document limits");
  admin = await server.as("Admin");
});
afterAll(() => server.close());

const [id, other] = [randomUUID(), randomUUID()];
const many = (count: number, line: object) => Array.from({ length: count }, () => line);

/** Documents and steps with lines: the address, the lines' name, one line, and what stands beside them. */
const documents: [path: string, lines: string, line: Record<string, unknown>, more: object][] = [
  ["/purchasing/purchase-orders", "lines", { itemId: id, quantity: 1 }, { supplierId: id, siteId: id }],
  [`/purchasing/purchase-orders/${id}/receive`, "lines", { lineId: id, quantity: 1, locationId: id }, {}],
  ["/inventory/transfers", "lines", { itemId: id, quantity: 1, fromLocationId: id }, { fromSiteId: id, toSiteId: other }],
  [`/inventory/transfers/${id}/receive`, "lines", { lineId: id, quantity: 1, locationId: id }, {}],
  [`/manufacturing/production-orders/${id}/consume`, "components", { itemId: id, quantity: 1, locationId: id }, {}],
  ["/manufacturing/boms", "components", { itemId: id, quantity: 1 }, { itemId: other, version: "1" }],
];

describe.each(documents)("%s", (path, lines, line, more) => {
  const ask = (body: object) => admin.post(path, { ...more, ...body });

  test("of one line too many is refused with how many it may have", async () => {
    const { status, error } = await ask({ [lines]: many(501, line) });
    expect([status, error.details?.["errors"]]).toEqual([400, [{ path: lines, message: expect.stringContaining("500") as string }]]);
  });

  test("of 10,000 lines is refused by how many they are, or by how large they are together", async () => {
    const { status, error } = await ask({ [lines]: many(10_000, line) });
    const told = status === 413 ? error.message : JSON.stringify(error.details?.["errors"]);
    expect(told).toMatch(status === 413 ? /larger than 1048576 bytes/ : /"path":"(lines|components)".*500/);
    expect([400, 413]).toContain(status);
  });

  test("of no lines is refused", async () => {
    expect(Object.keys(faultsOf(await ask({ [lines]: [] })))).toEqual([lines]);
  });

  test.each([-1, 0, 1.00001, 1e15, "1", null])("of quantity %s is refused by line", async (quantity) => {
    expect(Object.keys(faultsOf(await ask({ [lines]: [line, { ...line, quantity }] })))).toContain(`${lines}.1.quantity`);
  });
});

describe("what is asked for", () => {
  test.each([
    ["/purchasing/purchase-orders?status=LOST", "status"],
    ["/purchasing/purchase-orders?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "to"],
    ["/purchasing/purchase-orders?from=2026-02-30T00:00:00Z", "from"],
    ["/inventory/transfers?status=LOST", "status"],
    ["/cycle-counts?status=LOST", "status"],
    ["/manufacturing/boms?status=LOST", "status"],
    ["/manufacturing/production-orders?status=LOST", "status"],
    ["/manufacturing/postings?type=LOST", "type"],
    ["/alerts?status=LOST", "status"],
    ["/reports/movement?from=2026-02-01&to=2026-01-01", "to"],
    ["/reports/movement?from=2026-02-30&to=2026-04-01", "from"],
    ["/audit-events?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "to"],
  ])("%s is refused by its field", async (path, field) => {
    expect(Object.keys(faultsOf(await admin.get(path)))).toEqual([field]);
  });

  test.each([
    [
      "/purchasing/purchase-orders",
      { supplierId: id, siteId: id, lines: [{ itemId: id, quantity: 1, dueDate: "2026-02-30" }] },
      "lines.0.dueDate",
    ],
    ["/manufacturing/production-orders", { itemId: id, siteId: id, quantity: 1, dueDate: "2026-13-01" }, "dueDate"],
    [`/manufacturing/production-orders/${id}/output`, { quantity: -1, locationId: id }, "quantity"],
    [`/manufacturing/production-orders/${id}/output`, { quantity: 1, scrapQuantity: 0.00001, locationId: id }, "scrapQuantity"],
    ["/manufacturing/boms", { itemId: id, version: "1", yieldQuantity: 0, components: [{ itemId: other, quantity: 1 }] }, "yieldQuantity"],
  ])("%s with %o is refused by its field", async (path, body, field) => {
    expect(Object.keys(faultsOf(await admin.post(path, body)))).toEqual([field]);
  });
});
