import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BomList } from "#contract/boms.ts";
import { type ImportKind, ImportResult } from "#contract/data-exchange.ts";
import { PurchaseOrderList } from "#contract/purchase-orders.ts";
import { SupplierItemList } from "#contract/supplier-items.ts";
import { differencesOf } from "#tests/support/ledger.ts";
import { createPurchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("import documents");
  admin = await server.as("Admin");
  await counts("suppliers", "code,name,active\nACME-SUP,Supplier,true\nGONE,Gone,false\n");
  await counts("items", "sku,name,tracking\nBIKE,Bike,NONE\nWHEEL,Wheel,NONE\nRIM,Rim,NONE\nSPOKE,Spoke,NONE\nMOTOR,Motor,SERIAL\n");
});
afterAll(() => server.close());

const send = (kind: ImportKind, csv: string, query = "?siteCode=MAIN") =>
  admin.call("POST", `/import/${kind}${query}`, csv, { "content-type": "text/csv" });
async function counts(kind: ImportKind, csv: string, query?: string) {
  const { rowsCreated, rowsChanged, rowsUnchanged, rowsBad } = (await send(kind, csv, query)).read(ImportResult);
  return [rowsCreated, rowsChanged, rowsUnchanged, rowsBad];
}
const faults = async (kind: ImportKind, csv: string, query?: string) => {
  const rows = ((await send(kind, csv, query)).error.details?.["badRows"] ?? []) as { line: number; column: string; reason: string }[];
  return rows.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
};

describe("what suppliers offer", () => {
  const csv =
    "supplier,sku,supplier_sku,unit_price,lead_time_days,minimum_quantity,maximum_quantity\nACME-SUP,WHEEL,W-1,12.5,14,10,\nGONE,RIM,,3,,,\n";

  test("comes in, again changes nothing, and changed is changed", async () => {
    expect(await counts("supplier-items", csv)).toEqual([2, 0, 0, 0]);
    expect(await counts("supplier-items", csv)).toEqual([0, 0, 2, 0]);
    expect(await counts("supplier-items", csv.replace("12.5", "13"))).toEqual([0, 1, 1, 0]);
    const { items } = (await admin.get("/purchasing/supplier-items?limit=1")).read(SupplierItemList);
    expect(items).toMatchObject([
      { sku: "WHEEL", supplierSku: "W-1", uom: "EA", unitPrice: 13, leadTimeDays: 14, minimumQuantity: 10, maximumQuantity: null },
    ]);
  });

  test("is refused by line and column where it cannot be", async () => {
    const bad =
      "supplier,sku,uom,minimum_quantity,maximum_quantity\nNOBODY,WHEEL,,,\nACME-SUP,NOTHING,,,\nACME-SUP,RIM,CTN,,\nACME-SUP,SPOKE,,10,5\n";
    expect(await faults("supplier-items", bad)).toEqual([
      "2 supplier: There is no supplier NOBODY",
      "3 sku: There is no item NOTHING",
      "4 uom: RIM has no unit CTN",
      "5 maximum_quantity: Must not be less than the minimum of 10",
    ]);
    expect(await faults("supplier-items", "supplier,sku,maximum_quantity\nACME-SUP,WHEEL,5\n")).toEqual([
      "2 maximum_quantity: Must not be less than the minimum of 10",
    ]);
  });
});

describe("bills of materials", () => {
  const csv =
    "sku,version,component,quantity,scrap_percent,issue_method\nBIKE,1,WHEEL,2,,\nWHEEL,1,RIM,1,,\nWHEEL,1,SPOKE,32,2.5,backflush\n";

  test("come in as active ones, and again change nothing; a new version retires the one before", async () => {
    expect(await counts("boms", csv)).toEqual([3, 0, 0, 0]);
    expect(await counts("boms", csv)).toEqual([0, 0, 3, 0]);
    expect(await counts("boms", "sku,version,component,quantity,yield_quantity,effective_from\nWHEEL,2,RIM,2,2,2026-01-01\n")).toEqual([
      1, 0, 0, 0,
    ]);
    const { items } = (await admin.get("/manufacturing/boms")).read(BomList);
    expect(items.map(({ sku, revision, status, componentCount }) => `${sku} ${revision} ${status} ${componentCount}`).toSorted()).toEqual([
      "BIKE 1 ACTIVE 1",
      "WHEEL 1 RETIRED 2",
      "WHEEL 2 ACTIVE 1",
    ]);
    expect(items.find(({ sku, revision }) => `${sku} ${revision}` === "WHEEL 2")).toMatchObject({
      yieldQuantity: 2,
      effectiveFrom: "2026-01-01",
    });
    expect(await server.sql("SELECT after FROM audit_event WHERE action = 'bom.retired'")).toEqual([{ after: { status: "RETIRED" } }]);
  });

  test("are refused where they contradict what is there, each other, or reason", async () => {
    expect(await faults("boms", csv.replace("32", "36"))).toEqual([
      "4 version: Version 1 of WHEEL is there with other components: give these a version of their own",
    ]);
    const bad =
      "sku,version,component,quantity,yield_quantity,scrap_percent,issue_method,effective_from,effective_to\n" +
      "NOTHING,1,RIM,1,,,,,\nSPOKE,1,NOTHING,1,,,,,\nSPOKE,2,SPOKE,1,,,,,\nRIM,1,MOTOR,1,,101,BACKFLUSH,2026-02-01,2026-01-01\nBIKE,2,RIM,1,1,,,,\nBIKE,2,SPOKE,1,2,,,,\n";
    expect(await faults("boms", bad)).toEqual(
      expect.arrayContaining([
        "2 sku: There is no item NOTHING",
        "3 component: There is no item NOTHING",
        "4 component: SPOKE would contain itself",
        "5 effective_to: Must not be before effective_from",
        "5 issue_method: MOTOR has serial numbers, which somebody has to name: MANUAL",
        "5 scrap_percent: Must be at most 100",
        "7 version: Version 2 of BIKE has another yield, date or state in another line",
      ]),
    );
    expect(await faults("boms", "sku,version,component,quantity\nSPOKE,7,RIM,1\nSPOKE,8,RIM,2\n")).toEqual([
      "3 active: Two versions of SPOKE would be active",
    ]);
  });

  test("that would close a loop are refused, with those that are there and among themselves", async () => {
    expect(await faults("boms", "sku,version,component,quantity\nRIM,9,BIKE,1\n")).toEqual([
      "2 component: RIM would contain itself through BIKE",
    ]);
    expect(await faults("boms", "sku,version,component,quantity\nRIM,9,SPOKE,1\nSPOKE,9,MOTOR,1\nMOTOR,9,RIM,1\n")).toEqual([
      "2 component: RIM would contain itself through SPOKE",
      "3 component: SPOKE would contain itself through MOTOR",
      "4 component: MOTOR would contain itself through RIM",
    ]);
  });

  test("come in whole: bad rows of documents cannot be skipped", async () => {
    const answer = await send("boms", "sku,version,component,quantity\nRIM,10,NOTHING,1\n", "?siteCode=MAIN&skipBadRows=true");
    expect([answer.status, answer.error.message]).toEqual([400, expect.stringContaining("cannot be skipped")]);
  });
});

describe("purchase orders", () => {
  const head = "number,line_number,supplier,sku,quantity,unit_price,due_date,ordered_on,status,received_quantity,rejected_quantity\n";
  const csv =
    head +
    "OLD-1,20,GONE,WHEEL,10,2.5,2025-03-01,2025-02-01,CLOSED,8,1\nOLD-1,10,GONE,RIM,5,1,,2025-02-01,CLOSED,5,0\n" +
    "OLD-2,1,ACME-SUP,RIM,5,1.25,2026-12-01,2026-11-01,SENT,2,0\nOLD-3,1,ACME-SUP,RIM,5,1,,,approved,,\nOLD-4,1,ACME-SUP,RIM,5,1,,,DRAFT,,\n";

  test("open and closed ones come in with what had come of them, and again change nothing", async () => {
    expect(await counts("purchase-orders", csv)).toEqual([5, 0, 0, 0]);
    expect(await counts("purchase-orders", csv)).toEqual([0, 0, 5, 0]);
    const { items } = (await admin.get("/purchasing/purchase-orders?sort=number")).read(PurchaseOrderList);
    expect(items.map(({ number, status, lineCount, total }) => [number, status, lineCount, total])).toEqual([
      ["OLD-1", "CLOSED", 2, 30],
      ["OLD-2", "PARTIALLY_RECEIVED", 1, 6.25],
      ["OLD-3", "APPROVED", 1, 5],
      ["OLD-4", "DRAFT", 1, 5],
    ]);
    expect(items[0]?.createdAt).toMatch(/^2025-0[12]/);
    expect(await differencesOf(server.ownerUrl)).toEqual([]);
  });

  test("what is still open is received as if the order had been made here", async () => {
    const purchasing = await createPurchasing(server);
    const { items } = (await admin.get("/purchasing/purchase-orders?search=OLD-2")).read(PurchaseOrderList);
    const order = await purchasing.read(items[0] ?? { id: "" });
    expect(order.lines).toMatchObject([{ lineNumber: 1, sku: "RIM", receivedQuantity: 2, rejectedQuantity: 0 }]);
    expect((await purchasing.receive(order, [{ quantity: 4 }])).error.code).toBe("OVER_RECEIPT");
    const receipt = await purchasing.received(purchasing.receive(order, [{ quantity: 3 }]));
    expect((await purchasing.read(order)).status).toBe("RECEIVED");
    expect(await differencesOf(server.ownerUrl)).toEqual([]);
    expect((await purchasing.reverse(receipt)).status).toBe(201);
    expect(await purchasing.read(order)).toMatchObject({ status: "PARTIALLY_RECEIVED", lines: [{ receivedQuantity: 2 }] });
    expect(await differencesOf(server.ownerUrl)).toEqual([]);
  });

  test("are refused by line and column where they cannot be", async () => {
    const bad =
      head +
      "PO-000001,1,ACME-SUP,RIM,5,1,,,,,\nBAD-1,1,NOBODY,NOTHING,0.5,1,,,,,\nBAD-2,1,ACME-SUP,RIM,5.5,1,,,,,\nBAD-3,1,ACME-SUP,RIM,5,1,,,DRAFT,1,\n" +
      "BAD-4,1,ACME-SUP,RIM,5,1,,,CLOSED,1,2\nBAD-5,1,ACME-SUP,RIM,5,1,,,,,\nBAD-5,2,GONE,RIM,5,1,,,,,\nOLD-3,1,ACME-SUP,RIM,6,1,,,,,\n";
    expect(await faults("purchase-orders", bad)).toEqual([
      "2 number: Numbers like this one are given here: put something before it, such as OLD-PO-000001",
      "3 sku: There is no item NOTHING",
      "3 supplier: There is no supplier NOBODY",
      "4 quantity: EA is counted in whole units",
      "5 received_quantity: Nothing can have come for an order that is DRAFT",
      "6 rejected_quantity: Must not be more than received_quantity, which is all that arrived",
      "8 number: Order BAD-5 has another supplier, site, day, status or note in another line",
      "9 number: Order OLD-3 is there with other lines: change it there",
    ]);
  });
});
