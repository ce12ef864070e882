import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Receipt, ReceiptList } from "#contract/receipts.ts";
import { balancesOf, expectAgreement } from "#tests/support/ledger.ts";
import { createPurchasing, type LineBody, type Purchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let purchasing: Purchasing;
let operator: TestClient;

beforeAll(async () => {
  server = await startTestServer("receiving");
  warehouse = await createWarehouse(server);
  purchasing = await createPurchasing(server);
  operator = await server.as("Operator");
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

const tolerance = (percent: number) =>
  server.sql("UPDATE tenant SET settings = $2 WHERE id = $1", [
    server.tenants.acme.id,
    JSON.stringify({ overReceiptTolerancePercent: percent }),
  ]);
const averageOf = async (itemId: string) =>
  (await server.sql<{ cost: number }>("SELECT average_cost::float8 AS cost FROM item_valuation WHERE item_id = $1", [itemId]))[0]?.cost;

describe("a receipt", () => {
  test("brings stock in at the order's price, counts on its line, and moves the order on", async () => {
    const item = await warehouse.item();
    const order = await purchasing.ofItem(item, 10, 2.5);
    const first = await purchasing.received(purchasing.receive(order, [{ quantity: 4 }], operator));
    expect(first).toMatchObject({
      number: expect.stringMatching(/^RC-\d{6}$/) as string,
      purchaseOrderId: order.id,
      purchaseOrderNumber: order.number,
      userId: server.tenants.acme.users.Operator.id,
      reversedAt: null,
      lines: [
        { lineId: order.lines[0]?.id, quantity: 4, rejectedQuantity: 0, locationCode: "A-01", rejectedLocationId: null, lotId: null },
      ],
      events: [{ type: "RECEIVE", quantity: 4, unitCost: 2.5, toLocationCode: "A-01", status: "AVAILABLE", fromLocationId: null }],
    });
    expect(await purchasing.read(order)).toMatchObject({ status: "PARTIALLY_RECEIVED", lines: [{ receivedQuantity: 4 }] });
    await purchasing.received(purchasing.receive(order, [{ quantity: 6 }]));
    expect(await purchasing.read(order)).toMatchObject({ status: "RECEIVED", dueDate: null, lines: [{ receivedQuantity: 10 }] });
    expect(await balancesOf(server, item)).toMatchObject([{ location: "MAIN/A-01", on_hand: 10 }]);
    expect(await averageOf(item.id)).toBe(2.5);
  });

  test("of an order of many lines leaves it open until all have come", async () => {
    const [one, two] = [await warehouse.item(), await warehouse.item()];
    const order = await purchasing.approved([
      { itemId: one.id, quantity: 2, unitPrice: 1 },
      { itemId: two.id, quantity: 3, unitPrice: 1 },
    ]);
    const [first, second] = order.lines;
    await purchasing.received(purchasing.receive(order, [{ lineId: first?.id, quantity: 2 }]));
    expect((await purchasing.read(order)).status).toBe("PARTIALLY_RECEIVED");
    await purchasing.received(purchasing.receive(order, [{ lineId: second?.id, quantity: 3 }]));
    expect((await purchasing.read(order)).status).toBe("RECEIVED");
  });

  test("puts what was rejected on hold in a quality location: in the first of the site, or in the one that is named", async () => {
    const item = await warehouse.item();
    const order = await purchasing.ofItem(item, 10);
    const receipt = await purchasing.received(purchasing.receive(order, [{ quantity: 6, rejectedQuantity: 2 }]));
    expect(receipt.events.map(({ quantity, status, toLocationCode }) => [quantity, status, toLocationCode])).toEqual([
      [4, "AVAILABLE", "A-01"],
      [2, "HOLD", "Q-01"],
    ]);
    expect((await purchasing.read(order)).lines).toMatchObject([{ receivedQuantity: 6, rejectedQuantity: 2 }]);
    const all = { quantity: 4, rejectedQuantity: 4, rejectedLocationId: warehouse.locationId("Q-01") };
    expect((await purchasing.received(purchasing.receive(order, [all]))).events).toMatchObject([{ quantity: 4, status: "HOLD" }]);
    expect(await purchasing.read(order)).toMatchObject({ status: "RECEIVED", lines: [{ receivedQuantity: 10, rejectedQuantity: 6 }] });
    expect(await warehouse.onHand(item, "A-01")).toBe(4);
  });

  test("counts in the order's unit, and stores in the item's", async () => {
    const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
    const order = await purchasing.ofItem(item, 3, 30, { uom: "CTN" });
    const { events } = await purchasing.received(purchasing.receive(order, [{ quantity: 1.5 }]));
    expect(events).toMatchObject([{ quantity: 18, enteredQuantity: 1.5, enteredUom: "CTN", unitCost: 2.5 }]);
    expect((await purchasing.read(order)).lines).toMatchObject([{ quantity: 3, receivedQuantity: 1.5 }]);
  });

  test("weighs the average cost", async () => {
    const item = await warehouse.stock({ at: "A-02", onHand: 10, unitCost: 1 });
    const order = await purchasing.ofItem(item, 30, 5);
    await purchasing.received(purchasing.receive(order, [{ quantity: 30 }]));
    expect(await averageOf(item.id)).toBe(4);
  });

  test("takes several lots of a line, each with its expiry, and makes those that are new", async () => {
    const item = await warehouse.item({ tracking: "LOT" });
    const order = await purchasing.ofItem(item, 10);
    const receipt = await purchasing.received(
      purchasing.receive(order, [
        { quantity: 4, lotCode: "L-1", expiresOn: "2031-01-01" },
        { quantity: 6, rejectedQuantity: 1, lotCode: "L-2", expiresOn: "2032-01-01" },
      ]),
    );
    expect(receipt.lines.map(({ lotCode, quantity }) => [lotCode, quantity])).toEqual([
      ["L-1", 4],
      ["L-2", 6],
    ]);
    expect((await balancesOf(server, item)).map(({ lot, on_hand, status }) => `${on_hand} of ${lot} ${status}`).toSorted()).toEqual([
      "1 of L-2 HOLD",
      "4 of L-1 AVAILABLE",
      "5 of L-2 AVAILABLE",
    ]);
    expect((await purchasing.read(order)).status).toBe("RECEIVED");
  });

  test("of serial numbers takes one a line", async () => {
    const item = await warehouse.item({ tracking: "SERIAL" });
    const order = await purchasing.ofItem(item, 3);
    const serials = ["S-1", "S-2", "S-3"].map((lotCode) => ({ quantity: 1, lotCode }));
    await purchasing.received(purchasing.receive(order, serials));
    expect(await warehouse.onHand(item)).toBe(3);
    const two = await purchasing.receive(await purchasing.ofItem(item, 2), [{ quantity: 2, lotCode: "S-9" }]);
    expect(Object.keys(faultsOf(two))).toEqual(["lines.0.quantity"]);
  });

  test("as a dry run shows everything and writes nothing", async () => {
    const item = await warehouse.item();
    const order = await purchasing.ofItem(item, 10);
    const line = { lineId: order.lines[0]?.id, quantity: 10, locationId: warehouse.locationId("A-01") };
    const dry = await operator.post(`/purchasing/purchase-orders/${order.id}/receive?dryRun=true`, { lines: [line] });
    expect(dry.read(Receipt).events).toMatchObject([{ quantity: 10 }]);
    expect(await purchasing.read(order)).toEqual(order);
    expect(await warehouse.onHand(item)).toBe(0);
  });
});

describe("what is refused, whole", () => {
  test("more than was ordered, in one line or in several, now or over time", async () => {
    const item = await warehouse.item();
    const order = await purchasing.ofItem(item, 10);
    expect((await purchasing.receive(order, [{ quantity: 11 }])).error).toMatchObject({
      statusCode: 409,
      code: "OVER_RECEIPT",
      details: { lineId: order.lines[0]?.id, ordered: 10, received: 0, asked: 11 },
    });
    expect((await purchasing.receive(order, [{ quantity: 6 }, { quantity: 5 }])).error.details).toMatchObject({ asked: 11 });
    await purchasing.received(purchasing.receive(order, [{ quantity: 9, rejectedQuantity: 9 }]));
    expect((await purchasing.receive(order, [{ quantity: 2 }])).error.details).toMatchObject({ ordered: 10, received: 9, asked: 2 });
    expect(await warehouse.onHand(item, "A-01")).toBe(0);
  });

  test("more than the company's tolerance allows, to the last piece", async () => {
    const item = await warehouse.item();
    const order = await purchasing.ofItem(item, 30);
    await tolerance(10);
    try {
      expect((await purchasing.receive(order, [{ quantity: 34 }])).error.details).toMatchObject({ ordered: 30, most: 33, asked: 34 });
      await purchasing.received(purchasing.receive(order, [{ quantity: 33 }]));
    } finally {
      await tolerance(0);
    }
    expect(await purchasing.read(order)).toMatchObject({ status: "RECEIVED", lines: [{ receivedQuantity: 33 }] });
  });

  test("an order that nobody approved, that is closed or cancelled", async () => {
    const item = await warehouse.item();
    const lines = [{ itemId: item.id, quantity: 5, unitPrice: 1 }];
    const stateOf = async (steps: readonly string[]) => {
      const order = steps[0] === "approve" ? await purchasing.approved(lines) : await purchasing.draft(lines);
      for (const name of steps.filter((step) => step !== "approve")) {
        if (name === "receive") await purchasing.received(purchasing.receive(order, [{ quantity: 1 }]));
        else await purchasing.step(order, name);
      }
      return (await purchasing.receive(order, [{ quantity: 1 }])).error;
    };
    for (const [status, steps] of [
      ["DRAFT", []],
      ["SUBMITTED", ["submit"]],
      ["CANCELLED", ["cancel"]],
      ["CLOSED", ["approve", "receive", "close"]],
    ] as const)
      expect(await stateOf(steps)).toMatchObject({ code: "INVALID_STATE", details: { status } });
    expect(await warehouse.onHand(item)).toBe(1);
  });

  test("lines and places that are not the order's, told as if they were not there", async () => {
    const item = await warehouse.item();
    const [order, other] = [await purchasing.ofItem(item, 5), await purchasing.ofItem(item, 5)];
    const elsewhere = server.tenants.acme.sites.second.locations["A-01"];
    const told = async (line: LineBody) => (await purchasing.receive(order, [{ quantity: 1 }, line])).error;
    for (const [line, field] of [
      [{ lineId: other.lines[0]?.id, quantity: 1 }, "lineId"],
      [{ quantity: 1, locationId: elsewhere }, "locationId"],
      [{ quantity: 1, rejectedQuantity: 1, rejectedLocationId: elsewhere }, "rejectedLocationId"],
    ] as const)
      expect(await told(line)).toMatchObject({
        statusCode: 404,
        details: { errors: [{ path: `lines.1.${field}` }] },
      });
    expect((await purchasing.read(order)).status).toBe("APPROVED");
  });

  test("faults, told by the fields of the request and not by the ledger's", async () => {
    const [item, lotted] = [await warehouse.item(), await warehouse.item({ tracking: "LOT" })];
    const order = await purchasing.ofItem(item, 5);
    const fieldsOf = async (of: typeof order, line: object) => Object.keys(faultsOf(await purchasing.receive(of, [line])));
    expect(await fieldsOf(order, { quantity: 0 })).toEqual(["lines.0.quantity"]);
    expect(await fieldsOf(order, { quantity: 1, rejectedQuantity: 2 })).toEqual(["lines.0.rejectedQuantity"]);
    expect(await fieldsOf(order, { quantity: 1.5 })).toEqual(["lines.0.quantity"]);
    expect(await fieldsOf(order, { quantity: 2, rejectedQuantity: 1.5 })).toContain("lines.0.rejectedQuantity");
    expect(await fieldsOf(order, { quantity: 1, rejectedQuantity: 1, rejectedLocationId: warehouse.locationId("A-02") })).toEqual([
      "lines.0.rejectedLocationId",
    ]);
    expect(await fieldsOf(await purchasing.ofItem(lotted, 5), { quantity: 1 })).toEqual(["lines.0.lotId"]);
  });

  test("rejects, where the site has no quality location", async () => {
    const quality = warehouse.locationId("Q-01");
    const order = await purchasing.ofItem(await warehouse.item(), 5);
    await server.sql("UPDATE location SET active = false WHERE id = $1", [quality]);
    try {
      expect((await purchasing.receive(order, [{ quantity: 1, rejectedQuantity: 1 }])).error.code).toBe("NO_QUALITY_LOCATION");
    } finally {
      await server.sql("UPDATE location SET active = true WHERE id = $1", [quality]);
    }
  });

  test("an order of a site without access, as if it were not there", async () => {
    const item = await warehouse.item();
    const order = await purchasing.approvedElsewhere([{ itemId: item.id, quantity: 5, unitPrice: 1 }]);
    expect((await purchasing.receive(order, [{ quantity: 1 }], operator)).status).toBe(404);
  });
});

describe("a reversal", () => {
  test("undoes events, lines and status as a whole, once", async () => {
    const item = await warehouse.item({ tracking: "LOT" });
    const order = await purchasing.ofItem(item, 10);
    const kept = await purchasing.received(purchasing.receive(order, [{ quantity: 3, lotCode: "KEPT" }]));
    const wrong = await purchasing.received(purchasing.receive(order, [{ quantity: 7, rejectedQuantity: 2, lotCode: "WRONG" }]));
    const undone = await purchasing.received(purchasing.reverse(wrong, operator));
    expect(undone).toMatchObject({ id: wrong.id, reversedBy: server.tenants.acme.users.Operator.id, version: 2 });
    expect(undone.events.map(({ quantity, reversesEventId }) => [quantity, reversesEventId !== null])).toEqual([
      [5, false],
      [2, false],
      [2, true],
      [5, true],
    ]);
    expect(await purchasing.read(order)).toMatchObject({
      status: "PARTIALLY_RECEIVED",
      lines: [{ receivedQuantity: 3, rejectedQuantity: 0 }],
    });
    expect((await purchasing.reverse(wrong)).error.code).toBe("ALREADY_REVERSED");
    await purchasing.received(purchasing.reverse(kept));
    expect(await purchasing.read(order)).toMatchObject({ status: "APPROVED", lines: [{ receivedQuantity: 0 }] });
    expect(await warehouse.onHand(item)).toBe(0);
    expect((await purchasing.step(order, "cancel")).status).toBe(200);
  });

  test("is refused with what has to be undone first, and then changes nothing", async () => {
    const item = await warehouse.item();
    const order = await purchasing.ofItem(item, 10);
    const receipt = await purchasing.received(purchasing.receive(order, [{ quantity: 10 }]));
    const move = { type: "MOVE", itemId: item.id, quantity: 4, fromLocationId: warehouse.locationId("A-01") };
    await operator.post("/inventory/events", { ...move, toLocationId: warehouse.locationId("A-02") });
    const refused = await purchasing.reverse(receipt);
    expect(refused.error).toMatchObject({
      statusCode: 409,
      code: "REVERSAL_BLOCKED",
      details: { blockers: [{ type: "MOVE", quantity: 4 }] },
    });
    expect(await purchasing.read(order)).toMatchObject({ status: "RECEIVED" });
  });

  test("of a single event of a receipt is refused: the receipt is undone as a whole", async () => {
    const order = await purchasing.ofItem(await warehouse.item(), 10);
    const { events } = await purchasing.received(purchasing.receive(order, [{ quantity: 10 }]));
    const answer = await operator.post(`/inventory/events/${events[0]?.id}/reverse`, { reasonCode: "ENTRY-ERROR" });
    expect(answer.error).toMatchObject({ code: "INVALID_STATE", details: { sourceType: "RECEIPT" } });
  });

  test("of a closed order leaves it closed", async () => {
    const order = await purchasing.ofItem(await warehouse.item(), 10);
    const receipt = await purchasing.received(purchasing.receive(order, [{ quantity: 4 }]));
    expect((await purchasing.step(order, "close")).status).toBe(200);
    await purchasing.received(purchasing.reverse(receipt));
    expect(await purchasing.read(order)).toMatchObject({ status: "CLOSED", lines: [{ receivedQuantity: 0 }] });
  });
});

test("receipts are listed by order and site, those of other sites to nobody else", async () => {
  const item = await warehouse.item();
  const here = await purchasing.ofItem(item, 10);
  const there = await purchasing.approvedElsewhere([{ itemId: item.id, quantity: 5, unitPrice: 1 }]);
  const first = await purchasing.received(purchasing.receive(here, [{ quantity: 1 }]));
  const second = await purchasing.received(purchasing.receive(here, [{ quantity: 2 }]));
  const far = await purchasing.received(
    purchasing.receive(there, [{ quantity: 1, locationId: server.tenants.acme.sites.second.locations["A-01"] }]),
  );
  const numbers = async (query: string, client: TestClient) =>
    (await client.get(`/purchasing/receipts?${query}`)).read(ReceiptList).items.map(({ number }) => number);
  expect(await numbers(`purchaseOrderId=${here.id}`, operator)).toEqual([second.number, first.number]);
  expect(await numbers(`purchaseOrderId=${there.id}`, operator)).toEqual([]);
  expect(await numbers(`siteId=${server.tenants.acme.sites.second.id}`, await server.as("Admin"))).toEqual([far.number]);
  expect((await operator.get(`/purchasing/receipts/${far.id}`)).status).toBe(404);
});

test("a receipt of five hundred lines takes as many statements as one of one, and its reversal too", async () => {
  const items = await Promise.all(Array.from({ length: 5 }, () => warehouse.item({ tracking: "LOT" })));
  const countOf = async (length: number) => {
    const order = await purchasing.approved(
      Array.from({ length }, (_, line) => ({ itemId: items[line % 5]?.id ?? "", quantity: 2, unitPrice: 1 })),
    );
    const lines = order.lines.map(({ id }, line) => ({ lineId: id, quantity: 2, rejectedQuantity: 1, lotCode: `L-${length}-${line}` }));
    let receipt: Receipt | undefined;
    const receiving = await server.statements(async () => (receipt = await purchasing.received(purchasing.receive(order, lines))));
    expect(receipt?.events).toHaveLength(2 * length);
    const reversing = await server.statements(() => purchasing.received(purchasing.reverse(receipt as Receipt)));
    const approving = await server.statements(() => purchasing.step(order, "cancel"));
    return [receiving.length, reversing.length, approving.length];
  };
  expect(await countOf(500)).toEqual(await countOf(1));
}, 60_000);
