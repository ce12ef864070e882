import { afterAll, beforeAll, expect, test } from "vitest";
import { PurchaseOrder } from "#contract/purchase-orders.ts";
import { adventureworksFor, because, isThere, rowsOf, succeeded } from "#tests/support/adventureworks.ts";
import { differencesOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

// Four years of a bicycle maker's purchasing, made and received anew through the API, from eight clients at once: all of it by
// `npm run replay`, which takes minutes; every tenth order in `npm test`.

const clients = 8;
const every = Number(process.env["REPLAY_EVERY"] ?? 10);

let server: TestServer;
let adventureworks: ReturnType<typeof adventureworksFor>;
let admin: TestClient;
let supervisor: TestClient;
let operator: TestClient;

beforeAll(async () => {
  server = await startTestServer("replay purchasing");
  adventureworks = adventureworksFor(server);
  [admin, supervisor, operator] = [await server.as("Admin"), await server.as("Supervisor"), await server.as("Operator")];
});
afterAll(async () => {
  adventureworks.remove();
  await server.close();
});

/** Does every piece of work once, eight at a time. */
async function together<T>(pieces: readonly T[], work: (piece: T) => Promise<void>): Promise<void> {
  const waiting = pieces.values();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (const piece of waiting) await work(piece);
    }),
  );
}

async function idsBy(table: "item" | "supplier", key: string): Promise<Map<string, string>> {
  const rows = await server.sql<{ name: string; id: string }>(`SELECT ${key} AS name, id FROM ${table} WHERE tenant_id = $1`, [
    server.tenants.acme.id,
  ]);
  return new Map(rows.map(({ name, id }) => [name, id]));
}

/** What is no longer bought or used is taken into use again: history did not follow the rule. */
async function activateAll(): Promise<void> {
  for (const [table, path] of [
    ["supplier", "/purchasing/suppliers"],
    ["item", "/inventory/items"],
  ]) {
    const idle = await server.sql<{ id: string; version: number }>(`SELECT id, version FROM ${table} WHERE tenant_id = $1 AND NOT active`, [
      server.tenants.acme.id,
    ]);
    for (const { id, version } of idle) expect((await admin.patch(`${path}/${id}`, { version, active: true })).status).toBe(200);
  }
}

interface Arrival {
  order: string;
  line: string;
  received: number;
  rejected: number;
}

async function makeOrder(id: string, header: Record<string, string>, details: readonly Record<string, string>[], ids: Ids) {
  const lines = details.map((detail) => ({
    itemId: ids.item(detail["ProductID"]),
    quantity: Number(detail["OrderQty"]),
    unitPrice: Number(detail["UnitPrice"]),
    dueDate: detail["DueDate"]?.slice(0, 10),
  }));
  const body = { supplierId: ids.supplier(header["VendorID"]), siteId: server.tenants.acme.sites.main.id, note: id, lines };
  const order = (await admin.post("/purchasing/purchase-orders", body, { "Idempotency-Key": `order ${id}` })).read(PurchaseOrder);
  const path = `/purchasing/purchase-orders/${order.id}`;
  (await admin.post(`${path}/submit`)).read(PurchaseOrder);
  (await supervisor.post(`${path}/approve`)).read(PurchaseOrder);
  return order;
}

interface Ids {
  item(product: string | undefined): string;
  supplier(vendor: string | undefined): string;
}

/** The numbers of the data as the ids of what was imported. */
async function readIds(): Promise<Ids> {
  const [items, suppliers] = [await idsBy("item", "sku"), await idsBy("supplier", "code")];
  const skus = new Map(rowsOf("Product.csv").map((row) => [row["ProductID"], row["ProductNumber"]]));
  const codes = new Map(rowsOf("Vendor.csv").map((row) => [row["BusinessEntityID"], row["AccountNumber"]]));
  const found = (id: string | undefined, name: string | undefined) => {
    if (id === undefined) throw new Error(`${name} was not imported`);
    return id;
  };
  return {
    item: (product) => found(items.get(skus.get(product) ?? ""), product),
    supplier: (vendor) => found(suppliers.get(codes.get(vendor) ?? ""), vendor),
  };
}

test.skipIf(!isThere)(
  `orders are made, approved and received line by line, one of ${every}, and every figure is the data's${because}`,
  { timeout: 900_000 },
  async () => {
    for (const [kind, file] of [
      ["units", "UnitMeasure.csv"],
      ["items", "Product.csv"],
      ["suppliers", "Vendor.csv"],
    ] as const)
      succeeded(await adventureworks.bring(kind, file));
    await activateAll();
    const ids = await readIds();
    const headers = rowsOf("PurchaseOrderHeader.csv").filter((_, index) => index % every === 0);
    const chosen = new Set(headers.map((row) => row["PurchaseOrderID"]));
    const rowsOfOrders = rowsOf("PurchaseOrderDetail.csv").filter((row) => chosen.has(row["PurchaseOrderID"]));
    const details = Map.groupBy(rowsOfOrders, (row) => row["PurchaseOrderID"] ?? "");

    const arrivals: Arrival[] = [];
    await together(headers, async (header) => {
      const id = header["PurchaseOrderID"] ?? "";
      const rows = details.get(id) ?? [];
      const order = await makeOrder(id, header, rows, ids);
      for (const [index, row] of rows.entries()) {
        const received = Number(row["ReceivedQty"]);
        if (received > 0)
          arrivals.push({ order: order.id, line: order.lines[index]?.id ?? "", received, rejected: Number(row["RejectedQty"]) });
      }
    });
    expect(headers.length).toBe(Math.ceil(4_012 / every));
    expect(arrivals.length).toBe(rowsOfOrders.filter((row) => Number(row["ReceivedQty"]) > 0).length);

    // The lines of an order far apart, and those of many orders side by side.
    const mixed = arrivals.toSorted((one, other) => one.line.slice(-12).localeCompare(other.line.slice(-12)));
    await together(mixed, async ({ order, line, received, rejected }) => {
      const lines = [
        { lineId: line, quantity: received, rejectedQuantity: rejected, locationId: server.tenants.acme.sites.main.locations["A-01"] },
      ];
      const answer = await operator.post(`/purchasing/purchase-orders/${order}/receive`, { lines }, { "Idempotency-Key": `line ${line}` });
      if (answer.status !== 201) throw new Error(answer.text);
    });

    const stored = await server.sql<{ note: string; line: number; received: number; rejected: number }>(
      `SELECT o.note, l.line_number AS line, l.received_quantity::float8 AS received, l.rejected_quantity::float8 AS rejected
       FROM purchase_order_line l JOIN purchase_order o ON o.tenant_id = l.tenant_id AND o.id = l.purchase_order_id`,
    );
    const told = new Map(
      stored.map(({ note, line, received, rejected }) => [`${note} ${line}`, `${received} received, ${rejected} rejected`]),
    );
    const wanted = [...details].flatMap(([id, rows]) =>
      rows.map(
        (row, index) => [`${id} ${index + 1}`, `${Number(row["ReceivedQty"])} received, ${Number(row["RejectedQty"])} rejected`] as const,
      ),
    );
    expect(wanted).toHaveLength(every === 1 ? 8_845 : rowsOfOrders.length);
    expect(wanted.filter(([line, figures]) => told.get(line) !== figures)).toEqual([]);

    const sum = (column: string) => rowsOfOrders.reduce((total, row) => total + Number(row[column]), 0);
    const onHand = await server.sql<{ status: string; on_hand: number }>(
      "SELECT status, sum(on_hand)::float8 AS on_hand FROM inventory_balance GROUP BY status ORDER BY status",
    );
    expect(onHand).toEqual([
      { status: "AVAILABLE", on_hand: sum("StockedQty") },
      { status: "HOLD", on_hand: sum("RejectedQty") },
    ]);
    expect(await differencesOf(server.ownerUrl)).toEqual([]);
  },
);
