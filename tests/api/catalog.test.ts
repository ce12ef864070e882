import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Barcode, BarcodeList, Item, Lot, LotList, ReasonCode, ReasonCodeList, Unit, UnitList } from "#contract/catalog.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let supervisor: TestClient;
let warehouse: Warehouse;
beforeAll(async () => {
  server = await startTestServer("catalog");
  supervisor = await server.as("Supervisor");
  warehouse = await createWarehouse(server);
});
afterAll(() => server.close());

describe("barcodes", () => {
  test("are added, listed and taken away", async () => {
    const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
    const path = `/inventory/items/${item.id}/barcodes`;
    const carton = (await supervisor.post(path, { code: "C-1", uom: "CTN" })).read(Barcode);
    await supervisor.post(path, { code: "c-1" });
    expect((await supervisor.get(path)).read(BarcodeList).items).toHaveLength(2);
    expect((await supervisor.get(`/inventory/items/${item.id}`)).read(Item).barcodes).toHaveLength(2);
    expect((await supervisor.delete(`${path}/${carton.id}`)).status).toBe(204);
    expect((await supervisor.delete(`${path}/${carton.id}`)).status).toBe(404);
    expect((await supervisor.get(path)).read(BarcodeList).items.map(({ code }) => code)).toEqual(["c-1"]);
  });

  test("are on one item only, in one of its units", async () => {
    const [one, other] = [await warehouse.item(), await warehouse.item()];
    await supervisor.post(`/inventory/items/${one.id}/barcodes`, { code: "ONCE" });
    expect((await supervisor.post(`/inventory/items/${other.id}/barcodes`, { code: "ONCE" })).error).toMatchObject({
      code: "UNIQUE_CONSTRAINT_VIOLATION",
      message: "A record with this code already exists",
    });
    expect(faultsOf(await supervisor.post(`/inventory/items/${one.id}/barcodes`, { code: "2", uom: "PAL" }))).toEqual({
      uom: "Is none of the item's units: EA",
    });
    const { items } = (await supervisor.get(`/inventory/items/${one.id}/barcodes`)).read(BarcodeList);
    expect((await supervisor.delete(`/inventory/items/${other.id}/barcodes/${items[0]?.id}`)).status).toBe(404);
  });
});

describe("lots", () => {
  test("are of an item that is tracked", async () => {
    const [plain, tracked] = [await warehouse.item(), await warehouse.item({ tracking: "LOT" })];
    const lot = (
      await supervisor.post("/inventory/lots", { itemId: tracked.id, code: "L-2030", expiresOn: "2030-02-28", supplierLot: "sup 9" })
    ).read(Lot);
    expect(lot).toMatchObject({ itemId: tracked.id, sku: tracked.sku, expiresOn: "2030-02-28", supplierLot: "sup 9", version: 1 });
    expect(faultsOf(await supervisor.post("/inventory/lots", { itemId: plain.id, code: "L" }))).toEqual({
      itemId: "Is not tracked by lot or serial number",
    });
    expect((await supervisor.post("/inventory/lots", { itemId: tracked.id, code: "L-2030" })).error.code).toBe(
      "UNIQUE_CONSTRAINT_VIOLATION",
    );
    expect(faultsOf(await supervisor.post("/inventory/lots", { itemId: tracked.id, code: "L", expiresOn: "2030-02-30" }))).toHaveProperty(
      "expiresOn",
    );
    expect((await supervisor.patch(`/inventory/lots/${lot.id}`, { version: 1, expiresOn: null })).read(Lot)).toMatchObject({
      expiresOn: null,
      version: 2,
    });
    expect((await supervisor.patch(`/inventory/lots/${lot.id}`, { version: 1, expiresOn: null })).error.code).toBe("STALE_VERSION");
  });

  test("are found by item, expiry and text", async () => {
    const { id } = await warehouse.item({ tracking: "LOT" });
    for (const [code, expiresOn] of [
      ["X-1", "2031-01-01"],
      ["X-2", "2032-01-01"],
      ["X-3", null],
    ])
      await supervisor.post("/inventory/lots", { itemId: id, code, expiresOn });
    const codes = async (query: string) =>
      (await supervisor.get(`/inventory/lots?itemId=${id}&${query}`)).read(LotList).items.map(({ code }) => code);
    expect(await codes("from=2031-06-01")).toEqual(["X-2"]);
    expect(await codes("to=2031-06-01")).toEqual(["X-1"]);
    expect(await codes("search=x-3")).toEqual(["X-3"]);
    expect(await codes("sort=-expiresOn")).toEqual(["X-3", "X-2", "X-1"]);
  });
});

describe("units and reason codes", () => {
  test("a unit out of use is offered to no other item", async () => {
    const unit = (await supervisor.post("/inventory/units", { code: "drum", name: "Drum", whole: true })).read(Unit);
    expect(unit).toMatchObject({ code: "DRUM", whole: true, active: true });
    const user = await warehouse.item({ baseUom: "DRUM" });
    expect((await supervisor.patch(`/inventory/units/${unit.id}`, { version: 1, active: false })).read(Unit).active).toBe(false);
    expect(faultsOf(await supervisor.post("/inventory/items", { sku: "DRUMMED", name: "x", baseUom: "DRUM" }))).toEqual({
      baseUom: "DRUM is not an active unit",
    });
    expect((await supervisor.patch(`/inventory/items/${user.id}`, { version: 1, units: [{ uom: "PAL", factor: 4 }] })).status).toBe(200);
    expect((await supervisor.get("/inventory/units?active=false")).read(UnitList).items.map(({ code }) => code)).toEqual(["DRUM"]);
    expect((await supervisor.post("/inventory/units", { code: "DRUM", name: "Again" })).error.code).toBe("UNIQUE_CONSTRAINT_VIOLATION");
  });

  test("a reason code belongs to a use", async () => {
    const made = (await supervisor.post("/inventory/reason-codes", { code: "broken", name: "Broken", use: "SCRAP" })).read(ReasonCode);
    expect((await supervisor.post("/inventory/reason-codes", { code: "BROKEN", name: "For another use", use: "HOLD" })).status).toBe(201);
    expect((await supervisor.post("/inventory/reason-codes", { code: "BROKEN", name: "Again", use: "SCRAP" })).error.code).toBe(
      "UNIQUE_CONSTRAINT_VIOLATION",
    );
    const codes = (await supervisor.get("/inventory/reason-codes?use=SCRAP")).read(ReasonCodeList).items.map(({ code }) => code);
    expect(codes).toEqual(["BROKEN", "DAMAGED", "EXPIRED"]);
    expect((await supervisor.patch(`/inventory/reason-codes/${made.id}`, { version: 1, active: false })).read(ReasonCode)).toMatchObject({
      active: false,
      version: 2,
    });
  });

  test("a new company has a reason code for every use", async () => {
    for (const use of ["SCRAP", "ADJUST", "HOLD", "COUNT", "REVERSAL", "RETURN", "EXPIRED_OVERRIDE", "CONSUMPTION"]) {
      expect((await supervisor.get(`/inventory/reason-codes?use=${use}`)).read(ReasonCodeList).items.length).toBeGreaterThan(0);
    }
  });
});
