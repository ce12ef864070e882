import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ProductionPostingList } from "#contract/production.ts";
import { expectAgreement } from "#tests/support/ledger.ts";
import { createManufacturing, type Manufacturing } from "#tests/support/manufacturing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let making: Manufacturing;

beforeAll(async () => {
  server = await startTestServer("production postings");
  warehouse = await createWarehouse(server);
  making = await createManufacturing(server, warehouse);
  await warehouse.post("/inventory/reason-codes", { use: "CONSUMPTION", code: "MORE", name: "More was needed" });
  await warehouse.post("/inventory/reason-codes", { use: "EXPIRED_OVERRIDE", code: "STILL-GOOD", name: "Still good" });
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

describe("consumption", () => {
  test("takes what is allocated, whole or not at all, and is undone as a whole", async () => {
    const { order, frame, wheel } = await making.bikes();
    const short = await making.consume(order, [
      { itemId: frame.id, quantity: 5 },
      { itemId: wheel.id, quantity: 10, locationId: warehouse.locationId("A-02") },
    ]);
    expect(short.error).toMatchObject({ code: "INSUFFICIENT_STOCK", details: { sku: wheel.sku } });
    expect([await warehouse.onHand(frame), await making.allocated(frame)]).toEqual([10, 5]);
    const posting = await making.posting(
      making.consume(order, [
        { itemId: frame.id, quantity: 5 },
        { itemId: wheel.id, quantity: 4 },
        { itemId: wheel.id, quantity: 6 },
      ]),
    );
    expect(posting).toMatchObject({ type: "CONSUMPTION", productionOrderNumber: order.number, userName: expect.any(String) as string });
    expect(posting.events.map(({ type, unitCost }) => [type, unitCost])).toEqual([
      ["ISSUE", 100],
      ["ISSUE", 10],
      ["ISSUE", 10],
    ]);
    const consumed = await making.read(order);
    expect(consumed).toMatchObject({ status: "IN_PROGRESS", consumedCost: 600, openCost: 600 });
    expect(making.componentOf(consumed, wheel)).toMatchObject({ consumedQuantity: 10, allocatedQuantity: 0, shortQuantity: 0 });
    expect((await making.step(order, "cancel")).error.code).toBe("INVALID_STATE");
    const undone = await making.posting(making.undo(posting));
    expect(undone.events).toHaveLength(6);
    expect(await making.read(order)).toMatchObject({ status: "RELEASED", consumedCost: 0, openCost: 0 });
    expect([await warehouse.onHand(frame), await warehouse.onHand(wheel)]).toEqual([10, 20]);
    expect((await making.undo(posting)).error.code).toBe("ALREADY_REVERSED");
    const { items } = (await warehouse.get(`/manufacturing/postings?productionOrderId=${order.id}&type=CONSUMPTION`)).read(
      ProductionPostingList,
    );
    expect(items).toMatchObject([{ id: posting.id, reversedAt: expect.any(String) as string }]);
  });

  test("from elsewhere gives back what was promised beyond the need", async () => {
    const { order, frame } = await making.bikes();
    await warehouse.stock({ at: "A-02", item: frame, onHand: 5, unitCost: 100 });
    await making.posting(making.consume(order, [{ itemId: frame.id, quantity: 3, locationId: warehouse.locationId("A-02") }]));
    expect(making.componentOf(await making.read(order), frame)).toMatchObject({ consumedQuantity: 3, allocatedQuantity: 2 });
    expect(await making.allocated(frame)).toBe(2);
  });

  test("beyond the plan, or of what was not planned, needs a reason of its own use", async () => {
    const { order, frame } = await making.bikes();
    const other = await warehouse.stock({ at: "A-01", onHand: 5 });
    const beyond = await making.consume(order, [
      { itemId: frame.id, quantity: 3 },
      { itemId: frame.id, quantity: 3 },
    ]);
    expect(beyond.error).toMatchObject({ code: "OVER_CONSUMPTION", details: { sku: frame.sku, planned: 5, consumed: 0, asked: 6 } });
    expect((await making.consume(order, [{ itemId: other.id, quantity: 1 }])).error.code).toBe("OVER_CONSUMPTION");
    expect(faultsOf(await making.consume(order, [{ itemId: other.id, quantity: 1, reasonCode: "STILL-GOOD" }]))).toHaveProperty([
      "components.0.reasonCode",
    ]);
    const posting = await making.posting(
      making.consume(order, [
        { itemId: other.id, quantity: 1, reasonCode: "MORE" },
        { itemId: frame.id, quantity: 6, reasonCode: "MORE" },
      ]),
    );
    expect(posting.events.map(({ reasonCode }) => reasonCode)).toEqual(["MORE", "MORE"]);
    const after = await making.read(order);
    expect(making.componentOf(after, other)).toMatchObject({ plannedQuantity: 0, consumedQuantity: 1, issueMethod: "MANUAL" });
    expect(making.componentOf(after, frame)).toMatchObject({
      plannedQuantity: 5,
      consumedQuantity: 6,
      allocatedQuantity: 0,
      shortQuantity: 0,
    });
  });

  test("of an expired lot needs a Supervisor's reason; of another site's place, or before release, there is none", async () => {
    const lots = await warehouse.item({ tracking: "LOT" });
    await warehouse.stock({ at: "A-01", item: lots, onHand: 5, lotCode: "OLD", expiresOn: "2020-01-01" });
    const product = await warehouse.item();
    await making.bom(product, [{ item: lots, quantity: 1 }]);
    const order = await making.planned(product, 2);
    const line = { itemId: lots.id, quantity: 1, lotCode: "OLD" };
    expect((await making.consume(order, [line])).error.code).toBe("INVALID_STATE");
    await making.order(making.step(order, "release"));
    expect((await making.consume(order, [line])).error.code).toBe("LOT_EXPIRED");
    expect((await making.consume(order, [{ ...line, reasonCode: "STILL-GOOD" }])).status).toBe(403);
    expect((await making.consume(order, [{ ...line, reasonCode: "STILL-GOOD" }], undefined, "Supervisor")).status).toBe(201);
    // Why more is needed says nothing of the lot: a Supervisor who does not know that it has expired is told.
    const beyond = await making.consume(order, [{ ...line, quantity: 3, reasonCode: "MORE" }], undefined, "Supervisor");
    expect([beyond.error.code, await warehouse.onHand(lots)]).toEqual(["LOT_EXPIRED", 4]);
    const elsewhere = server.tenants.acme.sites.second.locations["A-01"];
    const answer = await making.consume(order, [{ ...line, locationId: elsewhere }], undefined, "Admin");
    expect([answer.status, answer.error.details]).toEqual([
      404,
      { errors: [{ path: "components.0.locationId", message: "Not found in the order's site" }] },
    ]);
  });
});

describe("output", () => {
  test("costs what was consumed, share by share, and scrap is borne by what is good", async () => {
    const { order, bike, frame, wheel } = await making.bikes();
    await making.posting(
      making.consume(order, [
        { itemId: frame.id, quantity: 5 },
        { itemId: wheel.id, quantity: 10 },
      ]),
    );
    const first = await making.posting(making.output(order, 2));
    expect(first).toMatchObject({
      type: "OUTPUT",
      quantity: 2,
      scrapQuantity: 0,
      events: [{ type: "PRODUCE", quantity: 2, unitCost: 120, toLocationCode: "A-02" }],
    });
    expect(await making.read(order)).toMatchObject({ producedQuantity: 2, consumedCost: 600, openCost: 360 });
    // The last three cost 360, and one of them is spoiled.
    const second = await making.posting(making.output(order, 2, { scrapQuantity: 1 }));
    expect(second.events).toMatchObject([{ type: "PRODUCE", quantity: 2, unitCost: 180 }]);
    expect(await making.read(order)).toMatchObject({ producedQuantity: 4, scrappedQuantity: 1, openCost: 0 });
    expect(await warehouse.onHand(bike)).toBe(4);
    expect((await making.output(order, 1)).error).toMatchObject({ code: "OVER_PRODUCTION", details: { ordered: 5, before: 5, asked: 1 } });
    expect((await making.output(order, 1, { reasonCode: "MORE" })).status).toBe(201);
    const done = await making.order(making.step(order, "complete"));
    expect(done.completedAt).not.toBeNull();
    expect((await making.output(order, 1)).error.code).toBe("INVALID_STATE");
    expect((await making.order(making.step(order, "close"))).status).toBe("CLOSED");
    expect((await making.undo(second)).error.code).toBe("INVALID_STATE");
  });

  test("backflushes what is to be, first expired first, its own promises included, and nothing twice", async () => {
    const glue = await warehouse.item({ tracking: "LOT", baseUom: "KG" });
    await warehouse.stock({ at: "A-01", item: glue, onHand: 1, unitCost: 4, lotCode: "LATE", expiresOn: "2031-01-01" });
    await warehouse.stock({ at: "A-02", item: glue, onHand: 0.5, unitCost: 4, lotCode: "EARLY", expiresOn: "2030-01-01" });
    const product = await warehouse.item();
    await making.bom(product, [{ item: glue, quantity: 1, issueMethod: "BACKFLUSH" }], { yieldQuantity: 3 });
    const order = await making.released(product, 3);
    expect(making.componentOf(order, glue)).toMatchObject({ plannedQuantity: 1, allocatedQuantity: 1 });
    const third = await making.posting(making.output(order, 1));
    expect(third.events.map(({ type, lotCode, quantity }) => [type, lotCode, quantity])).toEqual([
      ["ISSUE", "EARLY", 0.3334],
      ["PRODUCE", null, 1],
    ]);
    const rest = await making.posting(making.output(order, 2));
    expect(rest.events.map(({ type, lotCode, quantity }) => [type, lotCode, quantity])).toEqual([
      ["ISSUE", "EARLY", 0.1666],
      ["ISSUE", "LATE", 0.5],
      ["PRODUCE", null, 2],
    ]);
    expect(await making.read(order)).toMatchObject({ consumedCost: 4, components: [{ consumedQuantity: 1, allocatedQuantity: 0 }] });
    expect(await making.allocated(glue)).toBe(0);
  });

  test("of which a component is lacking is not made at all", async () => {
    const { order, bike, wheel } = await making.bikes({ wheels: "BACKFLUSH", ordered: 15 });
    const answer = await making.output(order, 11);
    expect(answer.error).toMatchObject({ code: "INSUFFICIENT_STOCK", details: { sku: wheel.sku, asked: 22, available: 20 } });
    expect([await warehouse.onHand(wheel), await warehouse.onHand(bike), (await making.read(order)).status]).toEqual([20, 0, "RELEASED"]);
  });

  test("of a lot makes the lot; a serial number is one unit; places of other sites are refused", async () => {
    const part = await warehouse.stock({ at: "A-01", onHand: 10 });
    const [lots, serials] = [await warehouse.item({ tracking: "LOT", shelfLifeDays: 30 }), await warehouse.item({ tracking: "SERIAL" })];
    for (const product of [lots, serials]) await making.bom(product, [{ item: part, quantity: 1, issueMethod: "BACKFLUSH" }]);
    const order = await making.released(lots, 2);
    expect(faultsOf(await making.output(order, 2))).toHaveProperty("lotId");
    expect((await making.posting(making.output(order, 2, { lotCode: "MADE-1", expiresOn: "2031-01-01" }))).events.at(-1)).toMatchObject({
      type: "PRODUCE",
      lotCode: "MADE-1",
    });
    const ofSerials = await making.released(serials, 2);
    expect(faultsOf(await making.output(ofSerials, 2, { lotCode: "S-1" }))).toHaveProperty("quantity");
    expect((await making.output(ofSerials, 1, { lotCode: "S-1" })).status).toBe(201);
    expect((await making.output(ofSerials, 1, { lotCode: "S-1" })).status).toBe(409);
    const elsewhere = await making.output(
      ofSerials,
      1,
      { lotCode: "S-2", locationId: server.tenants.acme.sites.second.locations["A-01"] },
      undefined,
      "Admin",
    );
    expect(elsewhere.status).toBe(404);
    expect(faultsOf(await making.output(ofSerials, 0))).toHaveProperty("quantity");
  });

  test("undone takes back what it made and what it consumed; what was used since has to be undone first", async () => {
    const { order, bike, frame, wheel } = await making.bikes({ wheels: "BACKFLUSH" });
    const consumption = await making.posting(making.consume(order, [{ itemId: frame.id, quantity: 5 }]));
    const made = await making.posting(making.output(order, 5));
    expect(made.events.at(-1)).toMatchObject({ type: "PRODUCE", unitCost: 120 });
    expect((await making.undo(consumption)).error).toMatchObject({ code: "REVERSAL_BLOCKED", details: { postings: [{ id: made.id }] } });
    const shipped = await warehouse.post("/inventory/events", {
      type: "SHIP",
      itemId: bike.id,
      quantity: 1,
      fromLocationId: warehouse.locationId("A-02"),
    });
    const { event } = shipped.json as { event: { id: string } };
    expect((await making.undo(made)).error).toMatchObject({ code: "REVERSAL_BLOCKED", details: { blockers: [{ id: event.id }] } });
    await warehouse.post(`/inventory/events/${event.id}/reverse`, { reasonCode: "ENTRY-ERROR" });
    expect((await making.order(making.step(order, "complete"))).status).toBe("COMPLETED");
    await making.posting(making.undo(made));
    expect(await making.read(order)).toMatchObject({ status: "IN_PROGRESS", completedAt: null, producedQuantity: 0 });
    await making.posting(making.undo(consumption));
    expect(await making.read(order)).toMatchObject({ status: "RELEASED", openCost: 0 });
    expect([await warehouse.onHand(bike), await warehouse.onHand(frame), await warehouse.onHand(wheel)]).toEqual([0, 10, 20]);
    expect((await making.order(making.step(order, "cancel"))).status).toBe("CANCELLED");
  });

  test("carries what was consumed to the last hundred-thousandth: less than that is not undone before it", async () => {
    const [drop, bulk] = [await warehouse.item({ baseUom: "KG" }), await warehouse.item({ baseUom: "KG" })];
    await warehouse.stock({ at: "A-01", item: drop, onHand: 1, unitCost: 0.1 });
    await warehouse.stock({ at: "A-01", item: bulk, onHand: 1, unitCost: 1 });
    const product = await warehouse.item({ baseUom: "KG" });
    await making.bom(product, [
      { item: drop, quantity: 0.001 },
      { item: bulk, quantity: 10 },
    ]);
    const order = await making.released(product, 0.1);
    const dropped = await making.posting(making.consume(order, [{ itemId: drop.id, quantity: 0.0001 }]));
    await making.posting(making.consume(order, [{ itemId: bulk.id, quantity: 1 }]));
    const made = await making.posting(making.output(order, 0.1));
    expect(made.events).toMatchObject([{ type: "PRODUCE", unitCost: 10.0001 }]);
    expect((await making.undo(dropped)).error).toMatchObject({ code: "REVERSAL_BLOCKED", details: { postings: [{ id: made.id }] } });
    expect([(await making.undo(made)).status, (await making.undo(dropped)).status]).toEqual([200, 200]);
  });

  test("whose consumption other output carries too is undone after that", async () => {
    const part = await warehouse.stock({ at: "A-01", onHand: 5, unitCost: 3 });
    const product = await warehouse.item();
    await making.bom(product, [{ item: part, quantity: 1, issueMethod: "BACKFLUSH" }], { yieldQuantity: 3 });
    const order = await making.released(product, 3);
    // A whole part is opened for the first, and is enough for the others.
    const first = await making.posting(making.output(order, 1));
    const others = await making.posting(making.output(order, 2));
    expect([first, others].map(({ events }) => events.map(({ type, unitCost }) => [type, unitCost]))).toEqual([
      [
        ["ISSUE", 3],
        ["PRODUCE", 1],
      ],
      [["PRODUCE", 1]],
    ]);
    expect((await making.undo(first)).error).toMatchObject({ code: "REVERSAL_BLOCKED", details: { postings: [{ id: others.id }] } });
    expect((await making.undo(others)).status).toBe(200);
    expect((await making.undo(first)).status).toBe(200);
    expect(await making.read(order)).toMatchObject({ status: "RELEASED", consumedCost: 0, openCost: 0 });
  });
});

describe("however many lines", () => {
  test("consumption and output take as many statements for 500 components as for one", async () => {
    const statementsFor = async (count: number) => {
      const parts = await Promise.all(Array.from({ length: count }, () => warehouse.item()));
      const at = warehouse.locationId("A-01");
      const stocked = parts.map(({ id }) => ({ type: "RECEIVE", itemId: id, quantity: 2, toLocationId: at }));
      expect((await warehouse.post("/inventory/events/batch", { events: stocked })).status).toBe(201);
      const product = await warehouse.item();
      await making.bom(
        product,
        parts.map((item, index) => ({ item, quantity: 1, issueMethod: index % 2 === 0 ? "BACKFLUSH" : "MANUAL" }) as const),
      );
      const order = await making.planned(product, 2);
      const counted = async (work: () => Promise<{ status: number }>) => {
        const statements = await server.statements(async () => expect([200, 201]).toContain((await work()).status));
        return statements.length;
      };
      return [
        await counted(() => making.step(order, "release")),
        await counted(() =>
          making.consume(
            order,
            parts.map(({ id }) => ({ itemId: id, quantity: 1 })),
          ),
        ),
        await counted(() => making.output(order, 2)),
      ];
    };
    await statementsFor(1);
    expect(await statementsFor(500)).toEqual(await statementsFor(1));
  });
});
