import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { type CycleCount, CycleCountList } from "#contract/counting.ts";
import { type Counting, createCounting } from "#tests/support/counting.ts";
import { balancesOf, expectAgreement, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let counting: Counting;
let ledger: ReturnType<typeof ledgerOf>;
let cause: string;

beforeAll(async () => {
  server = await startTestServer("cycle counts");
  warehouse = await createWarehouse(server);
  counting = await createCounting(server);
  ledger = ledgerOf(await server.as("Operator"));
  const [reason] = await server.sql<{ code: string }>("SELECT code FROM reason_code WHERE tenant_id = $1 AND use = 'COUNT' LIMIT 1", [
    server.tenants.acme.id,
  ]);
  cause = reason?.code ?? "";
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

const lineOf = (count: CycleCount, item: Pick<Item, "id">, index = 0) => {
  const line = count.lines.filter(({ itemId }) => itemId === item.id)[index];
  if (!line) throw new Error("No such line");
  return line;
};
const settings = (given: object) =>
  server.sql("UPDATE tenant SET settings = $2 WHERE id = $1", [server.tenants.acme.id, JSON.stringify(given)]);
/** One item with 20 at A-01, counted as `counted`. */
const countedOnce = async (counted: number, more: object = {}) => {
  const item = await warehouse.stock({ at: "A-01", onHand: 20, unitCost: 2 });
  const begun = await counting.begin({ itemIds: [item.id], ...more });
  const count = await counting.counted(counting.record(begun, [{ lineId: lineOf(begun, item).id, countedQuantity: counted }]));
  return { item, count, line: lineOf(count, item) };
};

describe("a plan", () => {
  test("comes back as it was made; its lines come when it begins", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const planned = await counting.plan({ itemIds: [item.id], name: "Monday", scheduledFor: "2031-05-01" });
    expect(planned).toMatchObject({
      number: expect.stringMatching(/^CC-\d{6}$/) as string,
      name: "Monday",
      status: "SCHEDULED",
      scheduledFor: "2031-05-01",
      lines: [],
      accuracy: null,
    });
    expect(await counting.counted(counting.start(planned))).toMatchObject({
      status: "IN_PROGRESS",
      lineCount: 1,
      countedCount: 0,
      lines: [{ itemId: item.id, locationCode: "A-01", status: "PENDING", expectedQuantity: 5, countedQuantity: null, difference: null }],
    });
    expect((await counting.start(planned)).error.code).toBe("INVALID_STATE");
  });

  test.each([
    ["an item count without items", { type: "ITEM" }, "itemIds"],
    ["a place count without places", { type: "LOCATION", locationIds: [] }, "locationIds"],
    ["a class without one", { type: "ABC" }, "abcClass"],
    ["a sample without a size", { type: "RANDOM" }, "sampleSize"],
    ["a full count with items", { type: "FULL", itemIds: ["0196f0a0-0000-7000-8000-000000000001"] }, "itemIds"],
  ])("%s is refused by field", async (_, more, field) => {
    const body = { siteId: server.tenants.acme.sites.main.id, name: "Count", ...more };
    expect(Object.keys(faultsOf(await (await server.as("Supervisor")).post("/cycle-counts", body)))).toEqual([field]);
  });

  test("of places counts what stands in them, and in the places below", async () => {
    const site = server.tenants.acme.sites.main;
    const supervisor = await server.as("Supervisor");
    const zone = (await supervisor.post(`/sites/${site.id}/locations`, { code: "ZONE-9", type: "STORAGE" })).json as { id: string };
    const bin = (await supervisor.post(`/sites/${site.id}/locations`, { code: "ZONE-9-1", type: "STORAGE", parentId: zone.id })).json as {
      id: string;
    };
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    await ledger.post({ type: "MOVE", itemId: item.id, quantity: 2, fromLocationId: warehouse.locationId("A-01"), toLocationId: bin.id });
    const count = await counting.begin({ type: "LOCATION", locationIds: [zone.id] });
    expect(count.lines.map(({ locationCode, expectedQuantity }) => [locationCode, expectedQuantity])).toEqual([["ZONE-9-1", 2]]);
  });

  test("of a class counts its items, and a sample as many lines as it says", async () => {
    const [one, two] = [
      await warehouse.stock({ at: "A-01", onHand: 5, more: { abcClass: "C" } }),
      await warehouse.stock({ at: "A-02", onHand: 5 }),
    ];
    const ofClass = await counting.begin({ type: "ABC", abcClass: "C" });
    expect(ofClass.lines.map(({ itemId }) => itemId)).toEqual([one.id]);
    expect(two.id).not.toBe(one.id);
    expect((await counting.begin({ type: "RANDOM", sampleSize: 2 })).lines).toHaveLength(2);
  });

  test("that would look at nothing does not begin; places of another site are not found", async () => {
    const empty = await counting.plan({ itemIds: [(await warehouse.item()).id] });
    expect((await counting.start(empty)).error.code).toBe("NOTHING_TO_COUNT");
    const body = {
      siteId: server.tenants.acme.sites.main.id,
      type: "LOCATION",
      name: "Count",
      locationIds: [warehouse.locationId("A-01"), server.tenants.acme.sites.second.locations["A-01"]],
    };
    expect((await (await server.as("Admin")).post("/cycle-counts", body)).error).toMatchObject({
      statusCode: 404,
      details: { errors: [{ path: "locationIds.1" }] },
    });
  });

  test("stands in the list of its site, to those who work there", async () => {
    const body = { siteId: server.tenants.acme.sites.second.id, type: "FULL", name: "Elsewhere" };
    await (await server.as("Admin")).post("/cycle-counts", body);
    const names = async (client: Awaited<ReturnType<TestServer["as"]>>, query = "") =>
      (await client.get(`/cycle-counts?limit=1000&${query}`)).read(CycleCountList).items.map(({ name }) => name);
    expect(await names(await server.as("Admin"), "status=SCHEDULED&type=FULL")).toEqual(["Elsewhere"]);
    expect(await names(await server.as("Operator"), "type=FULL")).toEqual([]);
    expect(await names(await server.as("Admin"), `siteId=${server.tenants.acme.sites.second.id}`)).toEqual(["Elsewhere"]);
  });
});

describe("recording", () => {
  test("keeps what was counted beside the books of that moment; the last line moves the count to review", async () => {
    const [one, two] = [await warehouse.stock({ at: "A-01", onHand: 20 }), await warehouse.stock({ at: "A-01", onHand: 5 })];
    const begun = await counting.begin({ itemIds: [one.id, two.id] });
    await ledger.post({ type: "SHIP", itemId: one.id, quantity: 3, fromLocationId: warehouse.locationId("A-01") });
    const half = await counting.counted(counting.record(begun, [{ lineId: lineOf(begun, one).id, countedQuantity: 16 }]));
    expect(half).toMatchObject({ status: "IN_PROGRESS", countedCount: 1 });
    const whole = await counting.counted(counting.record(begun, [{ lineId: lineOf(begun, two).id, countedQuantity: 5 }]));
    expect(whole).toMatchObject({ status: "REVIEW", countedCount: 2 });
    const seen = await counting.read(begun);
    expect(lineOf(seen, one)).toMatchObject({ status: "COUNTED", expectedQuantity: 17, countedQuantity: 16, difference: -1 });
    expect(seen.accuracy).toBe(50);
  });

  test("a line may be recorded again until it is approved", async () => {
    const { item, count, line } = await countedOnce(18);
    await counting.counted(counting.record(count, [{ lineId: line.id, countedQuantity: 20 }]));
    expect(lineOf(await counting.read(count), item)).toMatchObject({ countedQuantity: 20, difference: 0 });
  });

  test("takes what was found where nobody expected it, with its lot", async () => {
    const lotted = await warehouse.stock({ at: "A-01", onHand: 20, lotCode: "L-1", more: { tracking: "LOT" } });
    const begun = await counting.begin({ itemIds: [lotted.id] });
    const at = { itemId: lotted.id, locationId: warehouse.locationId("B-01") };
    await counting.counted(counting.record(begun, [{ lineId: lineOf(begun, lotted).id, countedQuantity: 20 }]));
    const found = await counting.counted(counting.record(begun, [{ ...at, lotCode: "L-1", countedQuantity: 4 }]));
    expect(found).toMatchObject({ status: "REVIEW", lineCount: 2 });
    const again = await counting.counted(counting.record(begun, [{ ...at, lotCode: "L-1", countedQuantity: 3 }]));
    expect(again.lineCount).toBe(2);
    const line = (await counting.read(begun)).lines.find(({ locationCode }) => locationCode === "B-01");
    expect(line).toMatchObject({ lotCode: "L-1", expectedQuantity: 0, countedQuantity: 3, difference: 3 });
    await counting.counted(
      counting.approve(begun, {
        lines: [
          { lineId: line?.id, decision: "APPROVE", reasonCode: cause },
          { lineId: lineOf(begun, lotted).id, decision: "APPROVE" },
        ],
      }),
    );
    expect(await warehouse.onHand(lotted, "B-01")).toBe(3);
  });

  test("is refused whole, with every fault by its field", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 20 });
    const lotted = await warehouse.stock({ at: "A-01", onHand: 2, more: { tracking: "LOT" } });
    const begun = await counting.begin({ itemIds: [item.id, lotted.id] });
    const { id: lineId } = lineOf(begun, item);
    const fields = async (...lines: Parameters<Counting["record"]>[1][number][]) =>
      Object.keys(faultsOf(await counting.record(begun, lines)));
    expect(await fields({ lineId, countedQuantity: -1 })).toEqual(["lines.0.countedQuantity"]);
    expect(await fields({ lineId, countedQuantity: 1.5 })).toEqual(["lines.0.countedQuantity"]);
    expect(await fields({ countedQuantity: 1 })).toEqual(["lines.0.lineId"]);
    expect(await fields({ lineId, countedQuantity: 1 }, { lineId, countedQuantity: 2 })).toContain("lines.1.lineId");
    expect(await fields({ itemId: lotted.id, locationId: warehouse.locationId("A-02"), countedQuantity: 1 })).toEqual(["lines.0.lotId"]);
    const nowhere = { itemId: item.id, locationId: server.tenants.acme.sites.second.locations["A-01"], countedQuantity: 1 };
    expect((await counting.record(begun, [nowhere])).error).toMatchObject({
      statusCode: 404,
      details: { errors: [{ path: "lines.0.locationId" }] },
    });
    expect((await counting.read(begun)).countedCount).toBe(0);
  });
});

describe("a blind count", () => {
  test("tells who counts nothing of what the books say, in no answer, and the Supervisor everything", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 4711 });
    const begun = await counting.begin({ itemIds: [item.id], blind: true });
    const recorded = await counting.record(begun, [{ lineId: lineOf(begun, item).id, countedQuantity: 4709 }]);
    const [asOperator, asSupervisor] = [await counting.read(begun, "Operator"), await counting.read(begun)];
    expect(JSON.stringify([begun, asOperator]) + recorded.text).not.toContain("4711");
    expect(lineOf(asOperator, item)).toMatchObject({ expectedQuantity: null, difference: null, countedQuantity: 4709 });
    expect(asOperator.accuracy).toBeNull();
    expect(lineOf(asSupervisor, item)).toMatchObject({ expectedQuantity: 4711, difference: -2 });
    const list = await (await server.as("Operator")).get("/cycle-counts?limit=1000");
    expect(list.read(CycleCountList).items.find(({ id }) => id === begun.id)).toMatchObject({ blind: true, accuracy: null });
  });
});

describe("approval", () => {
  test("applies the difference and not the figure: what moved since stays moved", async () => {
    const { item, count, line } = await countedOnce(18);
    await ledger.post({
      type: "MOVE",
      itemId: item.id,
      quantity: 5,
      fromLocationId: warehouse.locationId("A-01"),
      toLocationId: warehouse.locationId("A-02"),
    });
    const done = await counting.counted(counting.approve(count, { lines: [{ lineId: line.id, decision: "APPROVE", reasonCode: cause }] }));
    expect(done).toMatchObject({
      status: "APPROVED",
      endedAt: expect.any(String) as string,
      lines: [{ status: "APPROVED", reasonCode: cause }],
    });
    expect((await balancesOf(server, item)).map(({ location, on_hand }) => [location, on_hand])).toEqual([
      ["MAIN/A-01", 13],
      ["MAIN/A-02", 5],
    ]);
  });

  test("adds what is more, on hold where it stood on hold, at the average cost", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 3 });
    await ledger.post({ type: "HOLD", itemId: item.id, quantity: 4, fromLocationId: warehouse.locationId("A-01"), reasonCode: "QUALITY" });
    const begun = await counting.begin({ itemIds: [item.id] });
    const lines = begun.lines.map(({ id, stockStatus }) => ({ lineId: id, countedQuantity: stockStatus === "HOLD" ? 5 : 6 }));
    const count = await counting.counted(counting.record(begun, lines));
    await counting.counted(
      counting.approve(count, { lines: count.lines.map(({ id }) => ({ lineId: id, decision: "APPROVE", reasonCode: cause })) }),
    );
    expect((await balancesOf(server, item)).map(({ status, on_hand }) => [status, on_hand])).toEqual([
      ["AVAILABLE", 6],
      ["HOLD", 5],
    ]);
    const [event] = await server.sql<{ unit_cost: number }>(
      "SELECT unit_cost::float8 AS unit_cost FROM inventory_event WHERE item_id = $1 AND type = 'COUNT'",
      [item.id],
    );
    expect(event?.unit_cost).toBe(3);
  });

  test("needs a cause for each difference, and takes it only of the right use", async () => {
    const { count, line } = await countedOnce(18);
    const decide = (more: object) => counting.approve(count, { lines: [{ lineId: line.id, decision: "APPROVE", ...more }] });
    expect(Object.keys(faultsOf(await decide({})))).toEqual(["lines.0.reasonCode"]);
    expect(Object.keys(faultsOf(await decide({ reasonCode: "DAMAGED" })))).toEqual(["lines.0.reasonCode"]);
    expect((await counting.read(count)).status).toBe("REVIEW");
  });

  test("is nobody's who counted the line", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 20 });
    const begun = await counting.begin({ itemIds: [item.id] });
    const { id: lineId } = lineOf(begun, item);
    const count = await counting.counted(counting.record(begun, [{ lineId, countedQuantity: 20 }], "Supervisor"));
    expect((await counting.approve(count, { lines: [{ lineId, decision: "APPROVE" }] })).error).toMatchObject({
      statusCode: 403,
      code: "OWN_COUNT",
    });
    expect((await counting.approve(count, { withinTolerance: true })).error.code).toBe("OWN_COUNT");
    expect((await counting.approve(count, { lines: [{ lineId, decision: "APPROVE" }] }, "Admin")).status).toBe(200);
  });

  test("sends a line back to be counted by somebody else", async () => {
    const { item, count, line } = await countedOnce(12);
    const back = await counting.counted(counting.approve(count, { lines: [{ lineId: line.id, decision: "RECOUNT" }] }));
    expect(back).toMatchObject({ status: "IN_PROGRESS", lines: [{ status: "RECOUNT" }] });
    expect((await counting.record(back, [{ lineId: line.id, countedQuantity: 20 }])).error).toMatchObject({
      statusCode: 403,
      code: "SAME_COUNTER",
    });
    await counting.counted(counting.record(back, [{ lineId: line.id, countedQuantity: 20 }], "Admin"));
    expect(await counting.counted(counting.approve(count, { lines: [{ lineId: line.id, decision: "APPROVE" }] }))).toMatchObject({
      status: "APPROVED",
    });
    expect(await warehouse.onHand(item)).toBe(20);
  });

  test("at once of what is within the company's tolerance, by quantity and by value, and of nothing beyond", async () => {
    await settings({ countTolerancePercent: 10, countToleranceValue: 5 });
    try {
      const items = await Promise.all([20, 19, 17, 16].map(() => warehouse.stock({ at: "A-01", onHand: 20, unitCost: 2 })));
      const dear = await warehouse.stock({ at: "A-01", onHand: 20, unitCost: 3 });
      const begun = await counting.begin({ itemIds: [...items, dear].map(({ id }) => id) });
      const lines = [...items.map((item, index) => ({ item, counted: [20, 19, 18, 17][index] ?? 0 })), { item: dear, counted: 18 }];
      const count = await counting.counted(
        counting.record(
          begun,
          lines.map(({ item, counted }) => ({ lineId: lineOf(begun, item).id, countedQuantity: counted })),
        ),
      );
      expect(Object.keys(faultsOf(await counting.approve(count, { withinTolerance: true })))).toContain("reasonCode");
      const partly = await counting.counted(counting.approve(count, { withinTolerance: true, reasonCode: cause }));
      expect(partly.status).toBe("REVIEW");
      expect(lines.map(({ item }) => lineOf(partly, item).status)).toEqual(["APPROVED", "APPROVED", "APPROVED", "COUNTED", "COUNTED"]);
      expect((await counting.approve(count, { withinTolerance: true, reasonCode: cause })).error.code).toBe("NOTHING_TO_APPROVE");
    } finally {
      await settings({});
    }
  });

  test("is refused of what is not counted, and of a count that is not in review", async () => {
    const [one, two] = [await warehouse.stock({ at: "A-01", onHand: 2 }), await warehouse.stock({ at: "A-01", onHand: 2 })];
    const begun = await counting.begin({ itemIds: [one.id, two.id] });
    const decide = (item: Item) => counting.approve(begun, { lines: [{ lineId: lineOf(begun, item).id, decision: "APPROVE" }] });
    await counting.counted(counting.record(begun, [{ lineId: lineOf(begun, one).id, countedQuantity: 2 }]));
    expect((await decide(one)).error).toMatchObject({ code: "INVALID_STATE", details: { status: "IN_PROGRESS" } });
    await counting.counted(counting.record(begun, [{ lineId: lineOf(begun, two).id, countedQuantity: 2 }]));
    await counting.counted(decide(one));
    expect((await decide(one)).error).toMatchObject({ code: "LINE_NOT_COUNTED", details: { status: "APPROVED" } });
    await counting.counted(decide(two));
    expect((await decide(two)).error).toMatchObject({ code: "INVALID_STATE", details: { status: "APPROVED" } });
  });

  test("that would take what is no longer there is refused whole", async () => {
    const { item, count, line } = await countedOnce(5);
    await ledger.post({ type: "SHIP", itemId: item.id, quantity: 10, fromLocationId: warehouse.locationId("A-01") });
    const refused = await counting.approve(count, { lines: [{ lineId: line.id, decision: "APPROVE", reasonCode: cause }] });
    expect(refused.error).toMatchObject({ statusCode: 409, code: "INSUFFICIENT_STOCK", details: { asked: 15, available: 10 } });
    expect((await counting.read(count)).status).toBe("REVIEW");
  });

  test("is undone as a whole, once", async () => {
    const { item, count, line } = await countedOnce(25);
    await counting.counted(counting.approve(count, { lines: [{ lineId: line.id, decision: "APPROVE", reasonCode: cause }] }));
    expect(await warehouse.onHand(item)).toBe(25);
    expect(await counting.counted(counting.reverse(count))).toMatchObject({ status: "APPROVED", reversedAt: expect.any(String) as string });
    expect(await warehouse.onHand(item)).toBe(20);
    expect((await counting.reverse(count)).error.code).toBe("ALREADY_REVERSED");
  });

  test("of a count without differences writes no event, and may be undone too", async () => {
    const { count, line } = await countedOnce(20);
    await counting.counted(counting.approve(count, { lines: [{ lineId: line.id, decision: "APPROVE" }] }));
    expect(await server.sql("SELECT 1 FROM inventory_event WHERE source_id = $1", [count.id])).toEqual([]);
    expect((await counting.reverse(count)).status).toBe(200);
  });

  test("is not asked for after a count was cancelled", async () => {
    const { count, line } = await countedOnce(18);
    expect(await counting.counted(counting.cancel(count))).toMatchObject({ status: "CANCELLED" });
    expect((await counting.approve(count, { lines: [{ lineId: line.id, decision: "APPROVE", reasonCode: cause }] })).error.code).toBe(
      "INVALID_STATE",
    );
    expect((await counting.record(count, [{ lineId: line.id, countedQuantity: 1 }])).error.code).toBe("INVALID_STATE");
  });
});

test("five hundred lines take as many statements as one, to record and to approve", async () => {
  const item = await warehouse.item({ tracking: "LOT" });
  const at = warehouse.locationId("A-02");
  const countOf = async (length: number) => {
    const lots = Array.from({ length }, (_, lot) => `L-${length}-${lot}`);
    await ledger.batch(lots.map((lotCode) => ({ type: "RECEIVE", itemId: item.id, quantity: 3, toLocationId: at, lotCode })));
    const begun = await counting.begin({ itemIds: [item.id] });
    const fresh = begun.lines.filter(({ lotCode }) => lots.includes(lotCode ?? ""));
    const rest = begun.lines.filter(({ lotCode }) => !lots.includes(lotCode ?? "")).map(({ id }) => ({ lineId: id, countedQuantity: 2 }));
    if (rest.length > 0) await counting.counted(counting.record(begun, rest));
    const lines = fresh.map(({ id }) => ({ lineId: id, countedQuantity: 2 }));
    const recording = await server.statements(() => counting.counted(counting.record(begun, lines)));
    const decisions = fresh.map(({ id }) => ({ lineId: id, decision: "APPROVE", reasonCode: cause }));
    const approving = await server.statements(() => counting.counted(counting.approve(begun, { lines: decisions })));
    return [recording.length, approving.length];
  };
  expect(await countOf(1)).toEqual(await countOf(500));
}, 60_000);
