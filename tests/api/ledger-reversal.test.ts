import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import type { InventoryEvent, PostableType } from "#contract/ledger.ts";
import {
  averageCostOf,
  balancesOf,
  expectAgreement,
  type EventBody,
  expectNothingWritten,
  faultPaths,
  ledgerOf,
} from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let ledger: ReturnType<typeof ledgerOf>;
let operator: ReturnType<typeof ledgerOf>;
let A1: string;
let A2: string;

beforeAll(async () => {
  server = await startTestServer("ledger reversal");
  warehouse = await createWarehouse(server);
  ledger = ledgerOf(await server.as("Supervisor"));
  operator = ledgerOf(await server.as("Operator"));
  [A1, A2] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
});
afterAll(async () => {
  try {
    await expectAgreement(server);
  } finally {
    await server.close();
  }
});

const bodies: Record<PostableType, () => EventBody> = {
  RECEIVE: () => ({ type: "RECEIVE", quantity: 3, toLocationId: A2, unitCost: 9 }),
  MOVE: () => ({ type: "MOVE", quantity: 3, fromLocationId: A1, toLocationId: A2 }),
  RETURN: () => ({ type: "RETURN", quantity: 3, toLocationId: A2 }),
  SHIP: () => ({ type: "SHIP", quantity: 3, fromLocationId: A1 }),
  SCRAP: () => ({ type: "SCRAP", quantity: 3, fromLocationId: A1, reasonCode: "DAMAGED" }),
  HOLD: () => ({ type: "HOLD", quantity: 3, fromLocationId: A1, reasonCode: "QUALITY" }),
  RELEASE: () => ({ type: "RELEASE", quantity: 2, fromLocationId: A2 }),
  ADJUST: () => ({ type: "ADJUST", quantity: 3, fromLocationId: A1, reasonCode: "CORRECTION" }),
};
/** Ten at A-01, two on hold at A-02. */
const stock = async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 2 });
  await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 2, toLocationId: A2, status: "HOLD", unitCost: 2 });
  return item;
};

describe.each(Object.entries(bodies))("%s", (type, bodyOf) => {
  test("undone, stock and cost are what they were, and both events name each other", async () => {
    const item = await stock();
    const before = { balances: await balancesOf(server, item), cost: await averageCostOf(server, item) };
    const { event } = await ledger.post({ ...bodyOf(), itemId: item.id, note: "first" });
    const { event: undone } = await ledger.reverse(event.id);
    expect(undone).toMatchObject({
      type,
      quantity: event.quantity,
      unitCost: event.unitCost,
      reversesEventId: event.id,
      reasonCode: "ENTRY-ERROR",
      note: null,
      fromLocationId: event.toLocationId,
      toLocationId: event.fromLocationId,
      status: event.toStatus,
      toStatus: event.status,
    });
    expect({ balances: await balancesOf(server, item), cost: await averageCostOf(server, item) }).toEqual(before);
    expect(await readEvent(event.id)).toMatchObject({ reversedByEventId: undone.id, note: "first" });
    expect(await readEvent(undone.id)).toEqual(undone);
  });

  test("is undone once", async () => {
    const item = await stock();
    const { event } = await ledger.post({ ...bodyOf(), itemId: item.id });
    const { event: undone } = await ledger.reverse(event.id);
    await expectNothingWritten(server, async () => {
      expect(await ledger.reversalRefused(event.id)).toMatchObject({
        statusCode: 409,
        code: "ALREADY_REVERSED",
        details: { reversedByEventId: undone.id },
      });
    });
  });

  test("undone by two at once is undone once", async () => {
    const item = await stock();
    const before = await balancesOf(server, item);
    const { event } = await ledger.post({ ...bodyOf(), itemId: item.id });
    const answers = await Promise.all([1, 2, 3, 4].map(() => ledger.sendReversal(event.id)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused.map(({ error }) => error.code)).toEqual(refused.map(() => "ALREADY_REVERSED"));
    expect(await balancesOf(server, item)).toEqual(before);
  });
});

const readEvent = async (id: string) => (await (await server.as("Viewer")).get(`/inventory/events/${id}`)).json as InventoryEvent;

describe("what later movements used cannot be undone", () => {
  test("the refusal lists them, newest first, without those that are undone themselves", async () => {
    const item = await warehouse.item();
    const { event: received } = await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 10, toLocationId: A1 });
    const take = async (body: EventBody) => (await ledger.post({ ...body, itemId: item.id, fromLocationId: A1 })).event;
    const shipped = await take({ type: "SHIP", quantity: 1 });
    const undone = await take({ type: "SHIP", quantity: 2 });
    await ledger.reverse(undone.id);
    const moved = await take({ type: "MOVE", quantity: 1, toLocationId: A2 });
    const held = await take({ type: "HOLD", quantity: 1, reasonCode: "QUALITY" });
    await ledger.post({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A2 });
    const error = await ledger.reversalRefused(received.id);
    expect(error).toMatchObject({
      statusCode: 409,
      code: "REVERSAL_BLOCKED",
      details: { sku: item.sku, locationCode: "A-01", asked: 10, available: 7 },
    });
    const { blockers } = error.details as { blockers: InventoryEvent[] };
    expect(blockers.map(({ id }) => id)).toEqual([held.id, moved.id, shipped.id]);
    expect(blockers[0]).toMatchObject({ type: "HOLD", quantity: 1, userName: "Supervisor" });
  });

  test("undone from the newest on, everything is undone", async () => {
    const item = await warehouse.item();
    const chain = await ledger.batch([
      { type: "RECEIVE", itemId: item.id, quantity: 10, toLocationId: A1, unitCost: 3 },
      { type: "MOVE", itemId: item.id, quantity: 10, fromLocationId: A1, toLocationId: A2 },
      { type: "SHIP", itemId: item.id, quantity: 10, fromLocationId: A2 },
    ]);
    const [received, moved, shipped] = chain.events.map(({ id }) => id) as [string, string, string];
    for (const id of [received, moved]) expect((await ledger.reversalRefused(id)).code).toBe("REVERSAL_BLOCKED");
    for (const id of [shipped, moved, received]) await ledger.reverse(id);
    expect(await balancesOf(server, item)).toEqual([]);
  });

  test("stock that is promised is not taken back, though nothing moved it", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 10, allocated: 4 });
    const [{ id } = { id: "" }] = await server.sql<{ id: string }>("SELECT id FROM inventory_event WHERE item_id = $1", [item.id]);
    expect(await ledger.reversalRefused(id)).toMatchObject({ code: "REVERSAL_BLOCKED", details: { available: 6, blockers: [] } });
  });

  test("the place is enough: other stock there may stand in for what moved away", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 10 });
    const { event } = await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 5, toLocationId: A1 });
    await ledger.post({ type: "SHIP", itemId: item.id, quantity: 8, fromLocationId: A1 });
    await ledger.reverse(event.id);
    expect(await balancesOf(server, item)).toMatchObject([{ on_hand: 2 }]);
  });
});

describe("refused", () => {
  test("the reversal of a reversal: the movement is posted anew instead", async () => {
    const item = await stock();
    const { event } = await ledger.post({ ...bodies.SHIP(), itemId: item.id });
    const { event: undone } = await ledger.reverse(event.id);
    expect(await ledger.reversalRefused(undone.id)).toMatchObject({
      statusCode: 409,
      code: "INVALID_STATE",
      details: { reversesEventId: event.id },
    });
  });
  test("without a reason code for reversals", async () => {
    const item = await stock();
    const { event } = await ledger.post({ ...bodies.SHIP(), itemId: item.id });
    for (const reasonCode of ["DAMAGED", "NO-SUCH"])
      expect(faultPaths(await ledger.reversalRefused(event.id, reasonCode))).toEqual(["reasonCode"]);
  });
  test("an adjustment undone by an Operator", async () => {
    const item = await stock();
    const { event } = await ledger.post({ ...bodies.ADJUST(), itemId: item.id });
    expect((await operator.reversalRefused(event.id)).statusCode).toBe(403);
    await ledger.reverse(event.id);
    // Whoever may not do it is told so first, and not how it stands.
    expect((await operator.reversalRefused(event.id)).statusCode).toBe(403);
  });
  test("an event that is not there", async () => {
    expect((await ledger.reversalRefused(crypto.randomUUID())).statusCode).toBe(404);
  });
  test("an event of a document: the document is undone as a whole; an opening balance has none", async () => {
    const item = await stock();
    const made = async (sourceType: string) => {
      const [row] = await server.sql<{ id: string }>(
        `INSERT INTO inventory_event (tenant_id, type, item_id, quantity, entered_quantity, entered_uom, to_location_id, to_status, unit_cost, source_type, source_id, user_id, occurred_at, recorded_at)
         VALUES ($1, 'RECEIVE', $2, 1, 1, 'EA', $3, 'AVAILABLE', 2, $4, gen_random_uuid(), $5, now(), now()) RETURNING id`,
        [server.tenants.acme.id, item.id, A1, sourceType, server.tenants.acme.users.Admin.id],
      );
      await server.sql("UPDATE inventory_balance SET on_hand = on_hand + 1 WHERE item_id = $1 AND location_id = $2", [item.id, A1]);
      await server.sql("UPDATE item_valuation SET on_hand = on_hand + 1 WHERE item_id = $1", [item.id]);
      return row?.id ?? "";
    };
    expect(await ledger.reversalRefused(await made("PURCHASE_RECEIPT"))).toMatchObject({
      code: "INVALID_STATE",
      details: { sourceType: "PURCHASE_RECEIPT" },
    });
    await ledger.reverse(await made("OPENING_BALANCE"));
  });
});

describe("nothing comes back into what is closed", () => {
  const close = async (path: string) => {
    const admin = await server.as("Admin");
    const { version } = (await admin.get(path)).json as { version: number };
    return await admin.patch(path, { version, active: false });
  };
  const shippedOut = async (at: string): Promise<{ item: Item; eventId: string }> => {
    const item = await warehouse.item();
    await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: at });
    const { event } = await ledger.post({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: at });
    return { item, eventId: event.id };
  };

  test("an item", async () => {
    const { item, eventId } = await shippedOut(A1);
    expect((await close(`/inventory/items/${item.id}`)).status).toBe(200);
    expect(await ledger.reversalRefused(eventId)).toMatchObject({ statusCode: 409, code: "ITEM_INACTIVE" });
  });
  test("a location", async () => {
    const bin = await warehouse.post(`/sites/${server.tenants.acme.sites.main.id}/locations`, { code: "CLOSES", type: "STORAGE" });
    const { id } = bin.json as { id: string };
    const { item, eventId } = await shippedOut(id);
    expect((await close(`/locations/${id}`)).status).toBe(200);
    expect(await ledger.reversalRefused(eventId)).toMatchObject({
      statusCode: 409,
      code: "LOCATION_INACTIVE",
      details: { locationCode: "CLOSES" },
    });
    expect(await balancesOf(server, item)).toEqual([]);
  });
  test("a location that is closed meanwhile is waited for", async () => {
    const bin = await warehouse.post(`/sites/${server.tenants.acme.sites.main.id}/locations`, { code: "CLOSES-NOW", type: "STORAGE" });
    const { id } = bin.json as { id: string };
    const { item, eventId } = await shippedOut(id);
    const owner = new pg.Client(server.ownerUrl);
    await owner.connect();
    await owner.query(`BEGIN; SELECT FROM location WHERE id = '${id}' FOR UPDATE; UPDATE location SET active = false WHERE id = '${id}'`);
    const refused = ledger.reversalRefused(eventId);
    await new Promise((done) => setTimeout(done, 300));
    await owner.query("COMMIT");
    await owner.end();
    expect(await refused).toMatchObject({ statusCode: 409, code: "LOCATION_INACTIVE" });
    expect(await balancesOf(server, item)).toEqual([]);
  });
});
