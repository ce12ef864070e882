import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Posted, PostedBatch } from "#contract/ledger.ts";
import { availableOf, expectAgreement, type EventBody, expectNothingWritten, faultPaths, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let client: TestClient;
let ledger: ReturnType<typeof ledgerOf>;
let A1: string;
let A2: string;

beforeAll(async () => {
  server = await startTestServer("ledger batch");
  warehouse = await createWarehouse(server);
  client = await server.as("Operator");
  ledger = ledgerOf(client);
  [A1, A2] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
});
afterAll(async () => {
  try {
    await expectAgreement(server);
  } finally {
    await server.close();
  }
});

const receive = (itemId: string, quantity: number, toLocationId = A1): EventBody => ({ type: "RECEIVE", itemId, quantity, toLocationId });
const move = (itemId: string, quantity: number): EventBody => ({ type: "MOVE", itemId, quantity, fromLocationId: A1, toLocationId: A2 });
const ship = (itemId: string, quantity: number, fromLocationId = A1): EventBody => ({ type: "SHIP", itemId, quantity, fromLocationId });

describe("a batch", () => {
  test("posts line after line: what an earlier one brings, a later one may take", async () => {
    const { id } = await warehouse.item();
    const { events, balances } = await ledger.batch([receive(id, 5), move(id, 5), ship(id, 4, A2), receive(id, 1)]);
    expect(events.map(({ type, quantity }) => [type, quantity])).toEqual([
      ["RECEIVE", 5],
      ["MOVE", 5],
      ["SHIP", 4],
      ["RECEIVE", 1],
    ]);
    expect(Object.fromEntries(balances.map(({ locationCode, onHand }) => [locationCode, onHand]))).toEqual({ "A-01": 1, "A-02": 1 });
    expect(new Set(events.map(({ recordedAt }) => recordedAt)).size).toBe(1);
  });

  test("does not take what only a later line brings", async () => {
    const { id } = await warehouse.item();
    const answer = await ledger.sendBatch([ship(id, 1), receive(id, 5)]);
    expect(answer.error).toMatchObject({ code: "INSUFFICIENT_STOCK", details: { asked: 1, available: 0 } });
  });

  test("that ends well but goes short on its way is refused, at the line that is short", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 3 });
    const answer = await ledger.sendBatch([ship(item.id, 2), ship(item.id, 2), receive(item.id, 10)]);
    expect(answer.error).toMatchObject({ code: "INSUFFICIENT_STOCK", details: { asked: 2, available: 1 } });
  });

  test.each<[string, (id: string) => EventBody, number]>([
    ["a shortage", (id) => ship(id, 99), 409],
    ["a fault", (id) => ({ ...ship(id, 1), quantity: 0.5 }), 400],
    ["an unknown item", () => ship(crypto.randomUUID(), 1), 404],
    ["a role that may not", (id) => ({ ...ship(id, 1), type: "ADJUST", reasonCode: "CORRECTION" }), 403],
  ])("with %s in its last line posts nothing at all", async (_, last, status) => {
    const item = await warehouse.stock({ at: "A-01", onHand: 3 });
    await expectNothingWritten(server, async () => {
      expect((await ledger.sendBatch([receive(item.id, 1), move(item.id, 1), last(item.id)])).status).toBe(status);
    });
  });

  test("tells every fault of every line", async () => {
    const { id } = await warehouse.item();
    const answer = await ledger.sendBatch([{ type: "MOVE", itemId: id, quantity: 1 }, receive(id, 1), { ...receive(id, 1), unitCost: -1 }]);
    expect(faultPaths(answer.error)).toEqual(["events.2.unitCost"]);
    const wellFormed = await ledger.sendBatch([
      { type: "MOVE", itemId: id, quantity: 1 },
      receive(id, 1),
      { ...receive(id, 1), reasonCode: "X" },
    ]);
    expect(faultPaths(wellFormed.error)).toEqual(["events.0.fromLocationId", "events.0.toLocationId", "events.2.reasonCode"]);
    const unknown = await ledger.sendBatch([receive(crypto.randomUUID(), 1), receive(id, 1, crypto.randomUUID())]);
    expect(faultPaths(unknown.error)).toEqual(["events.0.itemId", "events.1.toLocationId"]);
  });

  test("of a thousand events is posted; of none, or one more, it is not", async () => {
    const { id } = await warehouse.item();
    const lines = (length: number) => Array.from({ length }, () => receive(id, 1));
    expect((await ledger.batch(lines(1_000))).events).toHaveLength(1_000);
    expect((await ledger.sendBatch(lines(1_001))).status).toBe(400);
    expect((await ledger.sendBatch([])).status).toBe(400);
    expect(await availableOf(server, { id })).toEqual({ "A-01": 1_000 });
  });
});

describe("a dry run", () => {
  test("tells exactly what would be written, answers 200, and writes nothing", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5, unitCost: 2 });
    const lot = await warehouse.item({ tracking: "LOT" });
    const [single, batch] = [move(item.id, 2), [move(item.id, 2), ship(item.id, 1, A2), { ...receive(lot.id, 1), lotCode: "NEW" }]];
    let [shown, shownBatch] = [{} as Posted, {} as PostedBatch];
    await expectNothingWritten(server, async () => {
      const answers = [
        await client.post("/inventory/events?dryRun=true", single),
        await client.post("/inventory/events/batch?dryRun=true", { events: batch }),
      ] as const;
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      [shown, shownBatch] = [answers[0].read(Posted), answers[1].read(PostedBatch)];
    });
    const posted = await ledger.batch(batch);
    expect(shown.event).toMatchObject({ type: "MOVE", quantity: 2 });
    expect(unstamped(shownBatch)).toEqual(unstamped(posted));
  });

  test("refuses what would be refused, in the same words", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const dry = await client.post("/inventory/events?dryRun=true", ship(item.id, 6));
    const real = await ledger.send(ship(item.id, 6));
    expect([dry.status, dry.error.message, dry.error.details]).toEqual([real.status, real.error.message, real.error.details]);
  });

  test("of a reversal shows it, and leaves the event as it is", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const { event } = await ledger.post(ship(item.id, 5));
    await expectNothingWritten(server, async () => {
      const answer = await client.post(`/inventory/events/${event.id}/reverse?dryRun=true`, { reasonCode: "ENTRY-ERROR" });
      expect(answer.status).toBe(200);
      expect(answer.read(Posted).event.reversesEventId).toBe(event.id);
    });
    await ledger.reverse(event.id);
  });

  test("takes no notice of an Idempotency-Key, so that the real one may follow with it", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const headers = { "Idempotency-Key": "dry then real" };
    await expectNothingWritten(server, async () =>
      expect((await client.post("/inventory/events?dryRun=true", ship(item.id, 1), headers)).status).toBe(200),
    );
    const real = await ledger.send(ship(item.id, 1), headers);
    expect([real.status, real.headers.get("idempotency-replayed")]).toEqual([201, null]);
    const again = await client.post("/inventory/events?dryRun=true", ship(item.id, 1), headers);
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, null]);
    expect(await availableOf(server, item)).toEqual({ "A-01": 4 });
  });

  test("spelled otherwise is refused, never taken for the real thing", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    await expectNothingWritten(server, async () => {
      for (const query of ["dryRun=1", "dryRun=TRUE", "dryrun=true", "dryRun=", "dryRun=true&dryRun=false"])
        expect((await client.post(`/inventory/events?${query}`, ship(item.id, 1))).status, query).toBe(400);
    });
  });
});

/** Without what is each writing's own: ids and instants. */
const unstamped = (posted: PostedBatch): unknown =>
  JSON.parse(
    JSON.stringify(posted, (name, value: unknown) =>
      ["id", "lotId", "recordedAt", "occurredAt", "createdAt", "updatedAt"].includes(name) ? undefined : value,
    ),
  );

describe("statements", () => {
  const count = async (work: () => Promise<{ status: number; text: string }>) => {
    let answer = { status: 0, text: "" };
    const sent = await server.statements(async () => void (answer = await work()));
    expect(answer.status, answer.text.slice(0, 300)).toBe(201);
    return sent.length;
  };
  const items = (length: number, more = {}) => Promise.all(Array.from({ length }, () => warehouse.item(more)));
  const kinds: [string, (length: number) => Promise<EventBody[]>][] = [
    ["receipts", async (length) => (await items(5)).flatMap(({ id }) => Array.from({ length: length / 5 }, () => receive(id, 1)))],
    [
      "receipts of new lots",
      async (length) =>
        (await items(5, { tracking: "LOT", shelfLifeDays: 10 })).flatMap(({ id }) =>
          Array.from({ length: length / 5 }, (_, lot) => ({ ...receive(id, 1), lotCode: `L-${length}-${lot}` })),
        ),
    ],
    [
      "moves",
      async (length) => {
        const item = await warehouse.stock({ at: "A-01", onHand: length });
        return Array.from({ length }, () => move(item.id, 1));
      },
    ],
    [
      "everything mixed, by codes and in cartons",
      async (length) => {
        const item = await warehouse.item({ units: [{ uom: "CTN", factor: 12 }] });
        const siteId = server.tenants.acme.sites.main.id;
        const five: EventBody[] = [
          { type: "RECEIVE", sku: item.sku, quantity: 1, uom: "CTN", siteId, toLocationCode: "A-01", unitCost: 2 },
          { type: "MOVE", sku: item.sku, quantity: 3, siteId, fromLocationCode: "A-01", toLocationCode: "A-02" },
          { type: "HOLD", sku: item.sku, quantity: 1, fromLocationId: A2, reasonCode: "QUALITY" },
          { type: "SCRAP", sku: item.sku, quantity: 1, fromLocationId: A1, reasonCode: "DAMAGED" },
          { type: "SHIP", sku: item.sku, quantity: 1, fromLocationId: A2 },
        ];
        return Array.from({ length: length / 5 }, () => five).flat();
      },
    ],
  ];
  test.each(kinds)("a batch of 500 %s takes no more of them than one of 5", async (_, linesOf) => {
    const [few, many] = [await linesOf(5), await linesOf(500)];
    const [forFew, forMany] = [await count(() => ledger.sendBatch(few)), await count(() => ledger.sendBatch(many))];
    expect(forMany).toBeLessThanOrEqual(forFew);
    expect(forFew).toBeLessThanOrEqual(9);
  });
});
