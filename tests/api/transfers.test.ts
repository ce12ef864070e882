import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { LotTrace } from "#contract/lots.ts";
import { TransferList } from "#contract/transfers.ts";
import { balancesOf, expectAgreement, expectNothingWritten, faultPaths, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { Answer } from "#tests/support/test-client.ts";
import { createTransfers, type Transfers } from "#tests/support/transfers.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let transfers: Transfers;

beforeAll(async () => {
  server = await startTestServer("transfers");
  warehouse = await createWarehouse(server);
  transfers = await createTransfers(server);
});
afterAll(async () => {
  try {
    await expectAgreement(server);
  } finally {
    await server.close();
  }
});

const stock = (onHand: number) => warehouse.stock({ at: "A-01", onHand });
const placesOf = async (item: Item) =>
  Object.fromEntries((await balancesOf(server, item)).map(({ location, on_hand, status }) => [`${location} ${status}`, on_hand]));
const codeOf = (answer: Answer) => [answer.status, answer.error.code];

describe("a transfer", () => {
  test("is drafted, sent on its way and received: the stock is where the document says it is", async () => {
    const item = await stock(10);
    const draft = await transfers.draft(item, 6);
    expect(draft).toMatchObject({ number: expect.stringMatching(/^TR-\d{6}$/) as string, status: "DRAFT", lineCount: 1, events: [] });
    expect(await placesOf(item)).toEqual({ "MAIN/A-01 AVAILABLE": 10 });
    const sent = await transfers.done(transfers.send(draft));
    expect(sent).toMatchObject({ status: "SENT", lines: [{ quantity: 6, receivedQuantity: 0, inTransitQuantity: 6 }] });
    expect(await placesOf(item)).toEqual({ "MAIN/A-01 AVAILABLE": 4, "MAIN/T-01 AVAILABLE": 6 });
    const received = await transfers.done(transfers.receive(sent, [{ quantity: 6 }]));
    expect(received).toMatchObject({
      status: "RECEIVED",
      lines: [{ receivedQuantity: 6, inTransitQuantity: 0 }],
      receipts: [{ reversedAt: null }],
    });
    expect(received.endedAt).not.toBeNull();
    expect(received.events.map(({ type, quantity }) => [type, quantity])).toEqual([
      ["MOVE", 6],
      ["MOVE", 6],
    ]);
    expect(await placesOf(item)).toEqual({ "MAIN/A-01 AVAILABLE": 4, "SECOND/A-01 AVAILABLE": 6 });
  });

  test("is received in parts, into several places, and on hold where that is said", async () => {
    const item = await stock(10);
    const sent = await transfers.sent(item, 10);
    const other = server.tenants.acme.sites.second.locations["A-02"];
    const part = await transfers.done(
      transfers.receive(sent, [{ quantity: 3 }, { quantity: 2, locationId: other, stockStatus: "AVAILABLE" }]),
    );
    expect(part).toMatchObject({ status: "PARTIALLY_RECEIVED", endedAt: null, lines: [{ receivedQuantity: 5, inTransitQuantity: 5 }] });
    expect((await transfers.done(transfers.receive(part, [{ quantity: 5 }]))).status).toBe("RECEIVED");
    expect(await placesOf(item)).toEqual({ "SECOND/A-01 AVAILABLE": 8, "SECOND/A-02 AVAILABLE": 2 });
  });

  test("takes stock that is on hold as that, and a lot put on hold on its way is received so", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5, lotCode: "L-1", more: { tracking: "LOT" } });
    const [lot] = await server.sql<{ id: string }>("SELECT id FROM lot WHERE item_id = $1", [item.id]);
    const sent = await transfers.sent(item, 5, { lotId: lot?.id });
    expect((await transfers.admin.post(`/inventory/lots/${lot?.id}/hold`, { reasonCode: "QUALITY" })).status).toBe(201);
    expect(codeOf(await transfers.receive(sent, [{ quantity: 5 }]))).toEqual([409, "INSUFFICIENT_STOCK"]);
    await transfers.done(transfers.receive(sent, [{ quantity: 5, stockStatus: "HOLD" }]));
    expect(await placesOf(item)).toEqual({ "SECOND/A-01 HOLD": 5 });
    const held = await warehouse.stock({ at: "A-01", onHand: 2 });
    await ledgerOf(transfers.admin).post({
      type: "HOLD",
      itemId: held.id,
      quantity: 2,
      fromLocationId: warehouse.locationId("A-01"),
      reasonCode: "QUALITY",
    });
    const again = await transfers.sent(held, 2, { stockStatus: "HOLD" });
    await transfers.done(transfers.receive(again, [{ quantity: 2 }]));
    expect(await placesOf(held)).toEqual({ "SECOND/A-01 HOLD": 2 });
  });

  test("never brings more than was sent, however the lines are cut", async () => {
    const item = await stock(10);
    const sent = await transfers.sent(item, 6);
    await expectNothingWritten(server, async () => {
      const { error } = await transfers.receive(sent, [{ quantity: 4 }, { quantity: 3 }]);
      expect(error).toMatchObject({ statusCode: 409, code: "OVER_RECEIPT", details: { sent: 6, received: 0, inTransit: 6, asked: 7 } });
    });
  });

  test("is named in the trace of a lot, where it was sent and where it was received", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5, lotCode: "L-1", more: { tracking: "LOT" } });
    const [lot] = await server.sql<{ id: string }>("SELECT id FROM lot WHERE item_id = $1", [item.id]);
    const sent = await transfers.sent(item, 5, { lotId: lot?.id });
    await transfers.done(transfers.receive(sent, [{ quantity: 5 }]));
    const { passages } = (await transfers.admin.get(`/inventory/lots/${lot?.id}/trace`)).read(LotTrace);
    expect(passages.map(({ type, documentType, documentNumber }) => [type, documentType, documentNumber])).toEqual([
      ["RECEIVE", null, null],
      ["MOVE", "TRANSFER", sent.number],
      ["MOVE", "TRANSFER_RECEIPT", sent.number],
    ]);
  });

  test("is changed while it is a draft, by the version that one saw, and not afterwards", async () => {
    const item = await stock(10);
    const draft = await transfers.draft(item, 6);
    const lines = [{ itemId: item.id, quantity: 2, fromLocationId: warehouse.locationId("A-01") }];
    const supervisor = await server.as("Supervisor");
    const change = (version: number) => supervisor.patch(transfers.path(draft), { version, note: "Less", lines });
    expect(await transfers.done(change(1))).toMatchObject({ version: 2, note: "Less", lines: [{ quantity: 2 }] });
    expect(codeOf(await change(1))).toEqual([409, "STALE_VERSION"]);
    await transfers.done(transfers.send(draft));
    expect(codeOf(await change(3))).toEqual([409, "INVALID_STATE"]);
  });

  test("is cancelled as a draft only", async () => {
    const item = await stock(10);
    const draft = await transfers.draft(item, 6);
    expect((await transfers.done(transfers.sender.post(transfers.path(draft, "/cancel")))).status).toBe("CANCELLED");
    expect(codeOf(await transfers.send(draft))).toEqual([409, "INVALID_STATE"]);
    const sent = await transfers.sent(item, 1);
    expect(codeOf(await transfers.sender.post(transfers.path(sent, "/cancel")))).toEqual([409, "INVALID_STATE"]);
  });

  test("with a dry run is neither sent nor received nor closed nor undone", async () => {
    const item = await stock(10);
    const draft = await transfers.draft(item, 6);
    const dry = (step: string, body: object = {}, client = transfers.sender) =>
      transfers.done(client.post(transfers.path(draft, `${step}?dryRun=true`), body));
    await expectNothingWritten(server, async () => expect((await dry("/send")).status).toBe("SENT"));
    const sent = await transfers.done(transfers.send(draft));
    const lines = [{ lineId: sent.lines[0]?.id, quantity: 6, locationId: server.tenants.acme.sites.second.locations["A-01"] }];
    await expectNothingWritten(server, async () => {
      expect((await dry("/receive", { lines }, transfers.receiver)).status).toBe("RECEIVED");
      expect((await dry("/close", { reasonCode: "CORRECTION" }, transfers.admin)).status).toBe("CLOSED");
      expect((await dry("/reverse", { reasonCode: "ENTRY-ERROR" })).status).toBe("CANCELLED");
    });
    expect((await transfers.read(draft)).status).toBe("SENT");
  });

  test("leaves its trace of every step", async () => {
    const item = await stock(10);
    const sent = await transfers.sent(item, 6);
    const part = await transfers.done(transfers.receive(sent, [{ quantity: 2 }]));
    await transfers.done(transfers.undoReceipt(part));
    await transfers.done(transfers.close(sent));
    const audited = await server.sql<{ action: string; before: object | null; after: object }>(
      "SELECT action, before, after FROM audit_event WHERE entity_id = $1 ORDER BY recorded_at, id",
      [sent.id],
    );
    expect(audited.map(({ action }) => action)).toEqual([
      "transfer.created",
      "transfer.sent",
      "transfer.received",
      "transfer.receipt-reversed",
      "transfer.closed",
    ]);
    expect(audited.at(-1)).toMatchObject({ before: { status: "SENT" }, after: { status: "CLOSED", writtenOff: [{ quantity: 6 }] } });
  });

  test("of two hundred lines is sent and received in as many statements as one of two", async () => {
    const counted = async (size: number) => {
      const items = await Promise.all(Array.from({ length: 2 }, () => stock(1_000)));
      const lines = Array.from({ length: size }, (_, index) => ({ itemId: items[index % 2]?.id ?? "", quantity: 1 }));
      const draft = await transfers.done(transfers.draftOf(lines));
      const sending = await server.statements(() => transfers.done(transfers.send(draft)));
      const all = draft.lines.map(({ id }) => ({ lineId: id, quantity: 1 }));
      const receiving = await server.statements(() => transfers.done(transfers.receive(draft, all)));
      return [sending.length, receiving.length];
    };
    expect(await counted(200)).toEqual(await counted(2));
  });
});

describe("what does not arrive", () => {
  test("stays on its way until it is written off by a Supervisor with a reason, as an adjustment or as scrap", async () => {
    for (const [type, reasonCode] of [
      ["ADJUST", "CORRECTION"],
      ["SCRAP", "DAMAGED"],
    ]) {
      const item = await stock(10);
      const part = await transfers.done(transfers.receive(await transfers.sent(item, 6), [{ quantity: 4 }]));
      expect(await placesOf(item)).toEqual({ "MAIN/A-01 AVAILABLE": 4, "MAIN/T-01 AVAILABLE": 2, "SECOND/A-01 AVAILABLE": 4 });
      expect(codeOf(await transfers.close(part, { type, reasonCode }, transfers.sender))).toEqual([403, "FORBIDDEN"]);
      const closed = await transfers.done(transfers.close(part, { type, reasonCode }, await server.as("Supervisor")));
      expect(closed).toMatchObject({ status: "CLOSED", lines: [{ receivedQuantity: 4, writtenOffQuantity: 2, inTransitQuantity: 0 }] });
      expect(closed.events.at(-1)).toMatchObject({ type, quantity: 2, reasonCode });
      expect(await placesOf(item)).toEqual({ "MAIN/A-01 AVAILABLE": 4, "SECOND/A-01 AVAILABLE": 4 });
      expect(codeOf(await transfers.receive(part, [{ quantity: 1 }]))).toEqual([409, "INVALID_STATE"]);
      expect(codeOf(await transfers.undoReceipt(part))).toEqual([409, "INVALID_STATE"]);
    }
  });

  test("is not written off with a reason of another use", async () => {
    const sent = await transfers.sent(await stock(10), 6);
    const { error } = await transfers.close(sent, { type: "SCRAP", reasonCode: "CORRECTION" });
    expect([error.statusCode, faultPaths(error)]).toEqual([400, ["reasonCode"]]);
  });
});

describe("undone as a whole", () => {
  test("a receipt: what it brought is on its way again, and may be received anew", async () => {
    const item = await stock(10);
    const received = await transfers.done(transfers.receive(await transfers.sent(item, 6), [{ quantity: 6 }]));
    const undone = await transfers.done(transfers.undoReceipt(received));
    expect(undone).toMatchObject({ status: "SENT", endedAt: null, lines: [{ receivedQuantity: 0, inTransitQuantity: 6 }] });
    expect(undone.receipts[0]?.reversedAt).not.toBeNull();
    expect(codeOf(await transfers.undoReceipt(received))).toEqual([409, "ALREADY_REVERSED"]);
    expect((await transfers.done(transfers.receive(received, [{ quantity: 6 }]))).status).toBe("RECEIVED");
    expect(await placesOf(item)).toEqual({ "MAIN/A-01 AVAILABLE": 4, "SECOND/A-01 AVAILABLE": 6 });
  });

  test("not a receipt whose stock was used: what has to be undone first is named", async () => {
    const item = await stock(10);
    const received = await transfers.done(transfers.receive(await transfers.sent(item, 6), [{ quantity: 6 }]));
    const from = server.tenants.acme.sites.second.locations["A-01"];
    const { event } = await ledgerOf(transfers.receiver).post({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: from });
    const { error } = await transfers.undoReceipt(received);
    expect(error).toMatchObject({ statusCode: 409, code: "REVERSAL_BLOCKED", details: { blockers: [{ id: event.id }] } });
  });

  test("a sending: everything is back, and the transfer is over", async () => {
    const item = await stock(10);
    const sent = await transfers.sent(item, 6);
    expect(await transfers.done(transfers.takeBack(sent))).toMatchObject({ status: "CANCELLED", lines: [{ inTransitQuantity: 0 }] });
    expect(await placesOf(item)).toEqual({ "MAIN/A-01 AVAILABLE": 10 });
    expect(codeOf(await transfers.takeBack(sent))).toEqual([409, "INVALID_STATE"]);
  });

  test("not a sending of which something was received; once that is undone it is", async () => {
    const sent = await transfers.sent(await stock(10), 6);
    const part = await transfers.done(transfers.receive(sent, [{ quantity: 1 }]));
    expect(codeOf(await transfers.takeBack(sent))).toEqual([409, "INVALID_STATE"]);
    await transfers.done(transfers.undoReceipt(part));
    expect((await transfers.done(transfers.takeBack(sent))).status).toBe("CANCELLED");
  });

  test("no single event of it", async () => {
    const sent = await transfers.sent(await stock(10), 6);
    expect((await ledgerOf(transfers.admin).reversalRefused(sent.events[0]?.id ?? "")).code).toBe("INVALID_STATE");
  });
});

describe("each end does its part:", () => {
  test("who works at one end only does not plan, and the other site is no site for them", async () => {
    const item = await stock(1);
    for (const client of [transfers.sender, transfers.receiver]) {
      const answer = await transfers.draftOf([{ itemId: item.id, quantity: 1 }], client);
      expect([answer.status, faultPaths(answer.error)]).toEqual([404, [client === transfers.sender ? "toSiteId" : "fromSiteId"]]);
    }
  });

  test("who receives does not send, and who sends does not receive; both see the transfer, and nobody else does", async () => {
    const item = await stock(10);
    const draft = await transfers.draft(item, 6);
    expect(codeOf(await transfers.send(draft, transfers.receiver))).toEqual([403, "OTHER_SITE"]);
    const sent = await transfers.done(transfers.send(draft));
    expect(codeOf(await transfers.receive(sent, [{ quantity: 6 }], transfers.sender))).toEqual([403, "OTHER_SITE"]);
    expect(codeOf(await transfers.takeBack(sent, transfers.receiver))).toEqual([403, "OTHER_SITE"]);
    const [third] = await server.sql<{ id: string }>(
      "INSERT INTO site (tenant_id, code, name) VALUES ($1, 'THIRD', 'Third') RETURNING id",
      [server.tenants.acme.id],
    );
    const elsewhere = await server.addUser("acme", { email: "third@acme.test", name: "T", role: "Operator", siteIds: [third?.id ?? ""] });
    const stranger = await server.newSession("acme", elsewhere.id);
    for (const client of [transfers.sender, transfers.receiver]) expect((await transfers.read(sent, client)).events).toHaveLength(1);
    expect((await stranger.get(transfers.path(sent))).status).toBe(404);
    expect((await transfers.send(sent, stranger)).status).toBe(404);
    expect((await stranger.get("/inventory/transfers")).read(TransferList).items).toEqual([]);
  });

  test("who receives takes nothing from the sender's site but what the transfer has there", async () => {
    const item = await stock(10);
    const sent = await transfers.sent(item, 6);
    const intoSender = await transfers.receive(sent, [{ quantity: 1, locationId: warehouse.locationId("A-02") }]);
    expect([intoSender.status, faultPaths(intoSender.error)]).toEqual([404, ["lines.0.locationId"]]);
    const move = {
      type: "MOVE",
      itemId: item.id,
      quantity: 1,
      fromLocationId: sent.transitLocationId ?? "",
      toLocationId: server.tenants.acme.sites.second.locations["A-01"],
    } as const;
    expect((await ledgerOf(transfers.receiver).send(move)).status).toBe(404);
  });

  test("the list has one's own sites, by site and status", async () => {
    const sent = await transfers.sent(await stock(1), 1);
    const ids = async (query: string, client = transfers.sender) =>
      (await client.get(`/inventory/transfers?${query}`)).read(TransferList).items.map(({ id }) => id);
    const { main, second } = server.tenants.acme.sites;
    expect(await ids("status=SENT")).toContain(sent.id);
    expect(await ids("status=DRAFT")).not.toContain(sent.id);
    expect(await ids(`siteId=${main.id}`)).toContain(sent.id);
    expect(await ids(`siteId=${second.id}`)).toEqual([]);
    expect(await ids(`siteId=${second.id}`, transfers.receiver)).toContain(sent.id);
  });
});

describe("refused when it is drafted or sent:", () => {
  test("what is not there, line by line", async () => {
    const item = await stock(1);
    const nothing = crypto.randomUUID();
    const answer = await transfers.draftOf([
      { itemId: nothing, quantity: 1 },
      { itemId: item.id, quantity: 1, fromLocationId: server.tenants.acme.sites.second.locations["A-01"] },
      { itemId: item.id, quantity: 1, lotId: nothing },
    ]);
    expect([answer.status, faultPaths(answer.error)]).toEqual([404, ["lines.0.itemId", "lines.1.fromLocationId", "lines.2.lotId"]]);
  });

  test("what cannot move so, line by line", async () => {
    const [item, serial] = [await stock(1), await warehouse.item({ tracking: "SERIAL" })];
    const answer = await transfers.draftOf([
      { itemId: item.id, quantity: 0.5 },
      { itemId: serial.id, quantity: 2 },
    ]);
    expect([answer.status, faultPaths(answer.error)]).toEqual([400, ["lines.0.quantity", "lines.1.quantity", "lines.1.lotId"]]);
  });

  test("a transfer within one site", async () => {
    const { main } = server.tenants.acme.sites;
    const lines = [{ itemId: crypto.randomUUID(), quantity: 1, fromLocationId: main.locations["A-01"] }];
    const { error } = await transfers.admin.post("/inventory/transfers", { fromSiteId: main.id, toSiteId: main.id, lines });
    expect([error.statusCode, faultPaths(error)]).toEqual([400, ["toSiteId"]]);
  });

  test("more than is there, whole: nothing is sent", async () => {
    const [enough, little] = [await stock(5), await stock(1)];
    const draft = await transfers.done(
      transfers.draftOf([
        { itemId: enough.id, quantity: 5 },
        { itemId: little.id, quantity: 2 },
      ]),
    );
    expect(codeOf(await transfers.send(draft))).toEqual([409, "INSUFFICIENT_STOCK"]);
    expect(await placesOf(enough)).toEqual({ "MAIN/A-01 AVAILABLE": 5 });
  });

  test("from a site that has no place for what is on its way", async () => {
    const draft = await transfers.draft(await stock(1), 1);
    const transit = (active: boolean) => server.sql(`UPDATE location SET active = ${active} WHERE type = 'TRANSIT'`);
    await transit(false);
    expect(codeOf(await transfers.send(draft))).toEqual([409, "NO_TRANSIT_LOCATION"]);
    await transit(true);
  });
});
