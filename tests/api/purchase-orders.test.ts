import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PurchaseOrder, PurchaseOrderList } from "#contract/purchase-orders.ts";
import { createPurchasing, type Purchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let purchasing: Purchasing;
let admin: TestClient;
let supervisor: TestClient;
let operator: TestClient;

beforeAll(async () => {
  server = await startTestServer("purchase orders");
  warehouse = await createWarehouse(server);
  purchasing = await createPurchasing(server);
  [admin, supervisor, operator] = [await server.as("Admin"), await server.as("Supervisor"), await server.as("Operator")];
});
afterAll(() => server.close());

const orders = "/purchasing/purchase-orders";
const body = (lines: readonly object[], more: object = {}) => ({
  supplierId: purchasing.usual.id,
  siteId: server.tenants.acme.sites.main.id,
  lines,
  ...more,
});
const setting = (settings: object) =>
  server.sql("UPDATE tenant SET settings = $2 WHERE id = $1", [server.tenants.acme.id, JSON.stringify(settings)]);

describe("a draft", () => {
  test("comes back as it was made, with a number of its own and what it comes to", async () => {
    const [one, two] = [await warehouse.item(), await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] })];
    const order = (
      await supervisor.post(
        orders,
        body(
          [
            { itemId: one.id, quantity: 10, unitPrice: 2.5, dueDate: "2031-05-01" },
            { itemId: two.id, quantity: 3, uom: "CTN", unitPrice: 7.1234 },
          ],
          { note: "Ring twice" },
        ),
      )
    ).read(PurchaseOrder);
    expect(order).toMatchObject({
      number: expect.stringMatching(/^PO-\d{6}$/) as string,
      status: "DRAFT",
      version: 1,
      supplierCode: purchasing.usual.code,
      siteCode: "MAIN",
      note: "Ring twice",
      createdBy: server.tenants.acme.users.Supervisor.id,
      submittedBy: null,
      approvedAt: null,
      total: 46.3702,
      dueDate: "2031-05-01",
      lines: [
        { lineNumber: 1, itemId: one.id, quantity: 10, uom: "EA", unitPrice: 2.5, dueDate: "2031-05-01", receivedQuantity: 0 },
        { lineNumber: 2, itemId: two.id, quantity: 3, uom: "CTN", unitPrice: 7.1234, dueDate: null, rejectedQuantity: 0 },
      ],
    });
    expect(await purchasing.read(order)).toEqual(order);
  });

  test("numbers follow each other, also when an order between failed", async () => {
    const item = await warehouse.item();
    const line = { itemId: item.id, quantity: 1, unitPrice: 1 };
    const numberOf = (order: PurchaseOrder) => Number(order.number.slice(3));
    const first = numberOf(await purchasing.draft([line]));
    expect((await admin.post(orders, body([{ ...line, uom: "FURLONG" }]))).status).toBe(400);
    const together = await Promise.all(Array.from({ length: 12 }, () => purchasing.draft([line])));
    expect(together.map(numberOf).toSorted((one, other) => one - other)).toEqual(together.map((_, index) => first + 1 + index));
  });

  test.each([
    ["no line", { lines: [] }, "lines"],
    ["a quantity of nothing", { lines: [{ quantity: 0 }] }, "lines.0.quantity"],
    ["a negative price", { lines: [{ unitPrice: -1 }] }, "lines.0.unitPrice"],
    ["half a piece", { lines: [{ quantity: 1.5 }] }, "lines.0.quantity"],
    ["a unit that the item has not", { lines: [{}, { uom: "CTN" }] }, "lines.1.uom"],
    ["no price, where the supplier has none", { lines: [{ unitPrice: undefined }] }, "lines.0.unitPrice"],
    ["what nobody knows", { colour: "red" }, "colour"],
  ])("with %s is refused by field", async (_, { lines = [{}], ...more }: { lines?: object[]; [name: string]: unknown }, field) => {
    const { id: itemId } = await warehouse.item();
    const answer = await admin.post(
      orders,
      body(
        lines.map((line) => ({ itemId, quantity: 2, unitPrice: 1, ...line })),
        more,
      ),
    );
    expect(answer.status).toBe(400);
    expect(Object.keys(faultsOf(answer))).toEqual([field]);
  });

  test("a half of the base unit may be ordered where the unit is whole in it", async () => {
    const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
    const order = await purchasing.draft([{ itemId: item.id, quantity: 0.5, uom: "CTN", unitPrice: 6 }]);
    expect(order.lines[0]).toMatchObject({ quantity: 0.5, uom: "CTN" });
  });

  test("takes unit, price and due date from what the supplier offers, but no price of another unit", async () => {
    const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
    await server.sql(
      "INSERT INTO supplier_item (tenant_id, supplier_id, item_id, uom, unit_price, lead_time_days) VALUES ($1, $2, $3, 'CTN', 30, 5)",
      [server.tenants.acme.id, purchasing.usual.id, item.id],
    );
    const { lines } = await purchasing.draft([{ itemId: item.id, quantity: 2 }]);
    const [{ due } = { due: "" }] = await server.sql<{ due: string }>(
      "SELECT ((now() AT TIME ZONE 'Europe/Vienna')::date + 5)::text AS due",
    );
    expect(lines).toMatchObject([{ uom: "CTN", unitPrice: 30, dueDate: due }]);
    const perPiece = await admin.post(orders, body([{ itemId: item.id, quantity: 2, uom: "EA" }]));
    expect(Object.keys(faultsOf(perPiece))).toEqual(["lines.0.unitPrice"]);
  });

  test("of what is inactive, closed or not there is refused", async () => {
    const [item, gone] = [await warehouse.item(), await warehouse.item()];
    await admin.patch(`/inventory/items/${gone.id}`, { version: 1, active: false });
    const idle = await purchasing.supplier();
    await admin.patch(`/purchasing/suppliers/${idle.id}`, { version: 1, active: false });
    const line = { itemId: item.id, quantity: 1, unitPrice: 1 };
    const codeOf = async (lines: object[], more: object = {}) => (await admin.post(orders, body(lines, more))).error.code;
    const nobody = "0196f0a0-0000-7000-8000-000000000001";
    expect(await codeOf([{ ...line, itemId: gone.id }])).toBe("ITEM_INACTIVE");
    expect(await codeOf([line], { supplierId: idle.id })).toBe("SUPPLIER_INACTIVE");
    expect(await codeOf([line], { supplierId: nobody })).toBe("NOT_FOUND");
    expect(await codeOf([line], { siteId: nobody })).toBe("NOT_FOUND");
    const unknown = await admin.post(orders, body([line, { ...line, itemId: nobody }]));
    expect(unknown.error).toMatchObject({ statusCode: 404, details: { errors: [{ path: "lines.1.itemId" }] } });
  });

  test("is changed from the state that was seen, its lines as a whole; once submitted no more", async () => {
    const [item, other] = [await warehouse.item(), await warehouse.item()];
    const order = await purchasing.draft([{ itemId: item.id, quantity: 1, unitPrice: 1 }], { note: "first" });
    const path = `${orders}/${order.id}`;
    const changed = (
      await admin.patch(path, {
        version: 1,
        lines: [
          { itemId: other.id, quantity: 5, unitPrice: 3 },
          { itemId: item.id, quantity: 2, unitPrice: 1 },
        ],
      })
    ).read(PurchaseOrder);
    expect(changed).toMatchObject({ version: 2, note: "first", total: 17, lines: [{ itemId: other.id }, { itemId: item.id }] });
    expect((await admin.patch(path, { version: 1, note: "late" })).error.code).toBe("STALE_VERSION");
    expect((await admin.patch(path, { version: 2, note: null })).read(PurchaseOrder)).toMatchObject({ note: null, lines: [{}, {}] });
    await purchasing.step(order, "submit");
    expect((await admin.patch(path, { version: 4, note: "no" })).error).toMatchObject({
      code: "INVALID_STATE",
      details: { status: "SUBMITTED", allowed: ["DRAFT"] },
    });
  });
});

describe("the life of an order", () => {
  const drafted = async () => await purchasing.draft([{ itemId: (await warehouse.item()).id, quantity: 1, unitPrice: 1 }]);

  test("is submitted by one, and approved by another", async () => {
    const order = await drafted();
    expect((await purchasing.step(order, "submit")).read(PurchaseOrder)).toMatchObject({
      status: "SUBMITTED",
      submittedBy: server.tenants.acme.users.Admin.id,
    });
    expect((await purchasing.step(order, "approve")).error).toMatchObject({ statusCode: 403, code: "OWN_ORDER" });
    expect((await purchasing.step(order, "approve", supervisor)).read(PurchaseOrder)).toMatchObject({
      status: "APPROVED",
      approvedBy: server.tenants.acme.users.Supervisor.id,
      version: 3,
    });
  });

  test("a company may let the one who submits approve", async () => {
    const order = await drafted();
    await purchasing.step(order, "submit");
    await setting({ selfApproval: true });
    try {
      expect((await purchasing.step(order, "approve")).status).toBe(200);
    } finally {
      await setting({});
    }
  });

  test("what was rejected is a draft again, and whoever submits it anew does not approve it", async () => {
    const order = await drafted();
    await purchasing.step(order, "submit");
    expect((await purchasing.step(order, "reject", supervisor, { note: "Too dear" })).read(PurchaseOrder)).toMatchObject({
      status: "DRAFT",
      submittedBy: null,
    });
    await purchasing.step(order, "submit", supervisor);
    expect((await purchasing.step(order, "approve", supervisor)).error.code).toBe("OWN_ORDER");
    expect((await purchasing.step(order, "approve")).status).toBe(200);
  });

  test("each step is taken from where it may be, and is refused everywhere else", async () => {
    const reached: Record<string, readonly string[]> = {
      DRAFT: [],
      SUBMITTED: ["submit"],
      APPROVED: ["submit", "approve"],
      CANCELLED: ["cancel"],
    };
    const allowed: Record<string, readonly string[]> = {
      DRAFT: ["submit", "cancel"],
      SUBMITTED: ["approve", "reject", "cancel"],
      APPROVED: ["cancel"],
      CANCELLED: [],
    };
    for (const [status, way] of Object.entries(reached)) {
      for (const name of ["submit", "reject", "approve", "close", "cancel"]) {
        const order = await drafted();
        for (const before of way) await purchasing.step(order, before, before === "approve" ? supervisor : admin);
        const answer = await purchasing.step(order, name, name === "approve" ? supervisor : admin);
        const told = answer.status === 200 ? "taken" : `${answer.error.code} ${String(answer.error.details?.["status"])}`;
        expect(told, `${name} of ${status}`).toBe(allowed[status]?.includes(name) ? "taken" : `INVALID_STATE ${status}`);
      }
    }
  });

  test("a step from a state that is no longer there is refused", async () => {
    const order = await drafted();
    await purchasing.step(order, "submit");
    expect((await purchasing.step(order, "approve", supervisor, { version: 1 })).error.code).toBe("STALE_VERSION");
    expect((await purchasing.step(order, "approve", supervisor, { version: 2 })).status).toBe(200);
  });

  test("of two who approve at once one does", async () => {
    const order = await drafted();
    await purchasing.step(order, "submit");
    const answers = await Promise.all(Array.from({ length: 8 }, () => purchasing.step(order, "approve", supervisor)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    expect((await purchasing.read(order)).version).toBe(3);
  });

  test("is told step by step in the audit trail, with the reason that was given", async () => {
    const order = await drafted();
    await purchasing.step(order, "submit");
    await purchasing.step(order, "cancel", supervisor, { note: "Found a cheaper one" });
    const told = await server.sql<{ action: string; before: object | null; after: object }>(
      "SELECT action, before, after FROM audit_event WHERE entity_type = 'purchase-order' AND entity_id = $1 ORDER BY id",
      [order.id],
    );
    expect(told.map(({ action }) => action)).toEqual(["purchase-order.created", "purchase-order.submitted", "purchase-order.cancelled"]);
    expect(told[2]).toMatchObject({ before: { status: "SUBMITTED" }, after: { status: "CANCELLED", note: "Found a cheaper one" } });
  });
});

describe("the list", () => {
  test("is of one's own sites, and filtered by status, supplier, site, item and text", async () => {
    const [item, supplier] = [await warehouse.item(), await purchasing.supplier({ code: "FINDME-7", name: "Findable Ltd" })];
    const line = { itemId: item.id, quantity: 2, unitPrice: 3 };
    const here = await purchasing.draft([line, line], { supplierId: supplier.id });
    const there = await purchasing.draft([line], { supplierId: supplier.id, siteId: server.tenants.acme.sites.second.id });
    await purchasing.step(there, "submit");
    const numbers = async (query: string, client = admin) =>
      (await client.get(`${orders}?${query}`)).read(PurchaseOrderList).items.map(({ number }) => number);
    expect(await numbers(`supplierId=${supplier.id}`)).toEqual([there.number, here.number]);
    expect(await numbers(`supplierId=${supplier.id}`, operator)).toEqual([here.number]);
    expect((await operator.get(`${orders}/${there.id}`)).status).toBe(404);
    expect(await numbers(`itemId=${item.id}&status=SUBMITTED`)).toEqual([there.number]);
    expect(await numbers(`itemId=${item.id}&siteId=${server.tenants.acme.sites.main.id}`)).toEqual([here.number]);
    expect(await numbers("search=findme-7&sort=number")).toEqual([here.number, there.number]);
    expect(await numbers(`search=${here.number.toLowerCase()}`)).toEqual([here.number]);
    const { items } = (await admin.get(`${orders}?itemId=${item.id}&sort=number`)).read(PurchaseOrderList);
    expect(items[0]).toMatchObject({ lineCount: 2, total: 12, supplierName: "Findable Ltd" });
  });
});
