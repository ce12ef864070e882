import { afterAll, beforeAll, expect, test } from "vitest";
import { SupplierItem, SupplierItemList } from "#contract/supplier-items.ts";
import { createPurchasing, type Purchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let purchasing: Purchasing;
let supervisor: TestClient;
beforeAll(async () => {
  server = await startTestServer("supplier items");
  warehouse = await createWarehouse(server);
  purchasing = await createPurchasing(server);
  supervisor = await server.as("Supervisor");
});
afterAll(() => server.close());

const path = "/purchasing/supplier-items";
const offer = async (more: object = {}, uom?: string) => {
  const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
  return await supervisor.post(path, { supplierId: purchasing.usual.id, itemId: item.id, ...(uom ? { uom } : {}), ...more });
};

test("an offer comes back as it was made, in the base unit unless it says otherwise", async () => {
  const terms = { supplierSku: "THEIRS-1", unitPrice: 30.5, leadTimeDays: 5, minimumQuantity: 2, maximumQuantity: 50 };
  const made = (await offer(terms, "CTN")).read(SupplierItem);
  expect(made).toMatchObject({ ...terms, uom: "CTN", supplierCode: purchasing.usual.code, version: 1 });
  expect((await supervisor.get(`${path}/${made.id}`)).read(SupplierItem)).toEqual(made);
  expect((await offer()).read(SupplierItem)).toMatchObject({ uom: "EA", unitPrice: null, minimumQuantity: null });
});

test("an item is offered once by a supplier", async () => {
  const { supplierId, itemId } = (await offer()).read(SupplierItem);
  expect((await supervisor.post(path, { supplierId, itemId })).error).toMatchObject({
    statusCode: 409,
    code: "UNIQUE_CONSTRAINT_VIOLATION",
  });
});

test("what is wrong is told by field", async () => {
  expect(Object.keys(faultsOf(await offer({}, "FURLONG")))).toEqual(["uom"]);
  expect(Object.keys(faultsOf(await offer({ minimumQuantity: 5, maximumQuantity: 4 })))).toEqual(["maximumQuantity"]);
  expect(Object.keys(faultsOf(await offer({ leadTimeDays: -1, unitPrice: -1, minimumQuantity: 0 }))).toSorted()).toEqual([
    "leadTimeDays",
    "minimumQuantity",
    "unitPrice",
  ]);
  const nobody = "0196f0a0-0000-7000-8000-000000000001";
  expect((await supervisor.post(path, { supplierId: nobody, itemId: (await warehouse.item()).id })).status).toBe(404);
  expect((await supervisor.post(path, { supplierId: purchasing.usual.id, itemId: nobody })).status).toBe(404);
});

test("a change is made from the state that was seen, and held against what is there already", async () => {
  const { id } = (await offer({ minimumQuantity: 5 })).read(SupplierItem);
  const change = (body: object) => supervisor.patch(`${path}/${id}`, body);
  expect((await change({ version: 1, unitPrice: 4, uom: "CTN" })).read(SupplierItem)).toMatchObject({
    unitPrice: 4,
    uom: "CTN",
    version: 2,
  });
  expect((await change({ version: 1, unitPrice: 5 })).error.code).toBe("STALE_VERSION");
  expect(Object.keys(faultsOf(await change({ version: 2, maximumQuantity: 4 })))).toEqual(["maximumQuantity"]);
  expect((await change({ version: 2, minimumQuantity: null, maximumQuantity: 4 })).status).toBe(200);
});

test("offers are listed by supplier and by item, and are taken away", async () => {
  const other = await purchasing.supplier();
  const first = (await offer()).read(SupplierItem);
  const second = (await supervisor.post(path, { supplierId: other.id, itemId: first.itemId, unitPrice: 1 })).read(SupplierItem);
  const ids = async (query: string) => (await supervisor.get(`${path}?${query}`)).read(SupplierItemList).items.map(({ id }) => id);
  expect(await ids(`itemId=${first.itemId}`)).toEqual([first.id, second.id]);
  expect(await ids(`supplierId=${other.id}`)).toEqual([second.id]);
  expect((await supervisor.delete(`${path}/${second.id}`)).status).toBe(204);
  expect((await supervisor.get(`${path}/${second.id}`)).status).toBe(404);
  expect(await ids(`itemId=${first.itemId}`)).toEqual([first.id]);
});
