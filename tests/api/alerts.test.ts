import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Alert, AlertList } from "#contract/alerts.ts";
import type { Item } from "#contract/catalog.ts";
import { AuditEventList, type Role } from "#contract/identity.ts";
import { startJobWorker } from "#platform/jobs.ts";
import { createTasks } from "#server/tasks.ts";
import { type Counting, createCounting } from "#tests/support/counting.ts";
import { type EventBody, expectAgreement, ledgerOf } from "#tests/support/ledger.ts";
import { createPurchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let counting: Counting;
let ledger: ReturnType<typeof ledgerOf>;

beforeAll(async () => {
  server = await startTestServer("alerts");
  warehouse = await createWarehouse(server);
  counting = await createCounting(server);
  ledger = ledgerOf(warehouse.client);
});
// Each test looks at its own.
beforeEach(async () => {
  await server.sql("UPDATE item SET reorder_point = NULL");
  await server.sql("UPDATE lot SET expires_on = NULL");
  await find();
  await server.sql("DELETE FROM graphile_worker._private_jobs");
});
afterAll(async () => {
  await expectAgreement(server);
  await server.close();
});

const tasks = () => createTasks(server.services);
const find = async (things?: readonly string[]) => {
  await tasks()["find-alerts"]?.({ tenantId: server.tenants.acme.id, ...(things ? { things } : {}) }, undefined);
};
const list = async (query = "", role: Role = "Admin") => (await (await server.as(role)).get(`/alerts?${query}`)).read(AlertList).items;
const told = (alerts: readonly Alert[]) => alerts.map(({ type, status }) => `${type} ${status}`).toSorted();
const of = async (item: Item) => told([...(await list(`itemId=${item.id}`)), ...(await list(`itemId=${item.id}&status=RESOLVED`))]);
const ship = (item: Item, quantity: number): EventBody => ({
  type: "SHIP",
  itemId: item.id,
  quantity,
  fromLocationId: warehouse.locationId("A-01"),
});
const acknowledge = async (alert: Pick<Alert, "id">, body: object = {}, role: Role = "Operator") =>
  (await server.as(role)).post(`/alerts/${alert.id}/acknowledge`, body);
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe("stock", () => {
  test("below its reorder point is told once while it lasts, out of stock as that, and no more when there is enough", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 10, more: { reorderPoint: 10 } });
    await find();
    expect(await of(item)).toEqual([]);
    await ledger.post(ship(item, 4));
    await find();
    await find();
    expect(await of(item)).toEqual(["LOW_STOCK OPEN"]);
    expect((await list(`itemId=${item.id}`))[0]).toMatchObject({ sku: item.sku, quantity: 6, threshold: 10, siteId: null, version: 1 });
    await ledger.post(ship(item, 1));
    await find();
    expect((await list(`itemId=${item.id}`))[0]).toMatchObject({ quantity: 5, version: 2 });
    await ledger.post(ship(item, 5));
    await find();
    expect(await of(item)).toEqual(["LOW_STOCK RESOLVED", "OUT_OF_STOCK OPEN"]);
    await warehouse.stock({ at: "A-02", onHand: 20, item });
    await find();
    expect(await of(item)).toEqual(["LOW_STOCK RESOLVED", "OUT_OF_STOCK RESOLVED"]);
    await ledger.post({ ...ship(item, 15), fromLocationId: warehouse.locationId("A-02") });
    await find();
    expect(await of(item)).toEqual(["LOW_STOCK OPEN", "LOW_STOCK RESOLVED", "OUT_OF_STOCK RESOLVED"]);
  });

  test("that is promised or on hold is not available; an item given up or without a reorder point asks for nothing", async () => {
    const promised = await warehouse.stock({ at: "A-01", onHand: 10, allocated: 3, more: { reorderPoint: 8 } });
    const held = await warehouse.stock({ at: "A-01", onHand: 10, more: { reorderPoint: 8 } });
    await ledger.post({ type: "HOLD", itemId: held.id, quantity: 10, fromLocationId: warehouse.locationId("A-01"), reasonCode: "QUALITY" });
    const [none, given] = [await warehouse.item(), await warehouse.item({ reorderPoint: 5 })];
    await warehouse.patch(`/inventory/items/${given.id}`, { version: given.version, active: false });
    await find();
    expect([await of(promised), await of(held), await of(none), await of(given)]).toEqual([
      ["LOW_STOCK OPEN"],
      ["OUT_OF_STOCK OPEN"],
      [],
      [],
    ]);
    await server.sql("UPDATE inventory_balance SET allocated = 0 WHERE item_id = $1", [promised.id]);
    await server.sql("DELETE FROM inventory_allocation WHERE item_id = $1", [promised.id]);
  });

  test("of a lot that expires is told for each site where it lies, and as expired once its day has passed", async () => {
    const { main, second } = server.tenants.acme.sites;
    const soon = await warehouse.stock({ at: "A-01", onHand: 10, more: { tracking: "LOT" }, lotCode: "SOON", expiresOn: inDays(20) });
    const later = await warehouse.stock({ at: "A-01", onHand: 10, more: { tracking: "LOT" }, lotCode: "LATER", expiresOn: inDays(40) });
    await ledger.post({
      type: "MOVE",
      itemId: soon.id,
      lotCode: "SOON",
      quantity: 4,
      fromLocationId: main.locations["A-01"],
      toLocationId: second.locations["A-01"],
    });
    await find();
    expect(await of(later)).toEqual([]);
    const alerts = await list(`itemId=${soon.id}`);
    expect(alerts.map(({ siteCode, quantity, lotCode, dueOn }) => ({ siteCode, quantity, lotCode, dueOn }))).toEqual(
      expect.arrayContaining([
        { siteCode: "MAIN", quantity: 6, lotCode: "SOON", dueOn: inDays(20) },
        { siteCode: "SECOND", quantity: 4, lotCode: "SOON", dueOn: inDays(20) },
      ]),
    );
    expect(await list(`itemId=${soon.id}&siteId=${second.id}`)).toMatchObject([{ type: "EXPIRING", siteCode: "SECOND" }]);
    const { version } = (await warehouse.get("/settings")).json as { version: number };
    await warehouse.patch("/settings", { version, expiryWarningDays: 45 });
    await find();
    expect(await of(later)).toEqual(["EXPIRING OPEN"]);
    await server.sql("UPDATE lot SET expires_on = $2 WHERE item_id = $1", [soon.id, inDays(-2)]);
    await find();
    expect(await of(soon)).toEqual(["EXPIRED OPEN", "EXPIRED OPEN", "EXPIRING RESOLVED", "EXPIRING RESOLVED"]);
  });
});

describe("a document", () => {
  test("an order is overdue while a line's day has passed, and something of it is still to come", async () => {
    const purchasing = await createPurchasing(server);
    const item = await warehouse.item();
    const order = await purchasing.approved([
      { itemId: item.id, quantity: 10, unitPrice: 1, dueDate: inDays(3) },
      { itemId: item.id, quantity: 10, unitPrice: 1, dueDate: inDays(9) },
    ]);
    const ofOrder = async () => (await list("type=PO_OVERDUE")).filter(({ purchaseOrderId }) => purchaseOrderId === order.id);
    await find();
    expect(await ofOrder()).toEqual([]);
    await server.sql("UPDATE purchase_order_line SET due_date = $2 WHERE id = $1", [order.lines[0]?.id, inDays(-1)]);
    await find();
    expect(await ofOrder()).toMatchObject([{ status: "OPEN", siteCode: "MAIN", purchaseOrderNumber: order.number, dueOn: inDays(-1) }]);
    const body = { lines: [{ lineId: order.lines[0]?.id, quantity: 10, locationId: warehouse.locationId("A-01") }] };
    expect((await warehouse.post(`/purchasing/purchase-orders/${order.id}/receive`, body)).status).toBe(201);
    await find([order.id]);
    expect(await ofOrder()).toEqual([]);
  });

  test("a count is due from its day on, until it begins or is cancelled", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 1 });
    const [due, cancelled, later] = [
      await counting.plan({ itemIds: [item.id], scheduledFor: inDays(-1) }),
      await counting.plan({ itemIds: [item.id], scheduledFor: inDays(-1) }),
      await counting.plan({ itemIds: [item.id], scheduledFor: inDays(5) }),
    ];
    const ofCounts = async (query = "") => (await list(`type=COUNT_DUE&${query}`)).map(({ cycleCountNumber }) => cycleCountNumber);
    await find();
    expect(new Set(await ofCounts())).toEqual(new Set([due.number, cancelled.number]));
    expect(await ofCounts()).not.toContain(later.number);
    await counting.start(due);
    await counting.cancel(cancelled);
    await find([due.id]);
    expect(await ofCounts()).toEqual([cancelled.number]);
    await find();
    expect(await ofCounts()).toEqual([]);
  });
});

describe("looking", () => {
  test("at some things leaves the alerts of all others as they are", async () => {
    const [one, other] = [await warehouse.item({ reorderPoint: 1 }), await warehouse.item({ reorderPoint: 1 })];
    await find([one.id]);
    expect([await of(one), await of(other)]).toEqual([["OUT_OF_STOCK OPEN"], []]);
    await find();
    await server.sql("UPDATE item SET reorder_point = NULL WHERE id = ANY($1)", [[one.id, other.id]]);
    await find([other.id]);
    expect([await of(one), await of(other)]).toEqual([["OUT_OF_STOCK OPEN"], ["OUT_OF_STOCK RESOLVED"]]);
  });

  test("twenty times at once finds a cause once", async () => {
    const item = await warehouse.item({ reorderPoint: 1 });
    await Promise.all(Array.from({ length: 20 }, (_, time) => find(time % 2 === 0 ? undefined : [item.id])));
    expect(await of(item)).toEqual(["OUT_OF_STOCK OPEN"]);
  });

  test("takes as many statements for many causes as for few", async () => {
    const few = (await server.statements(() => find())).length;
    await server.sql(
      "INSERT INTO item (tenant_id, sku, name, reorder_point) SELECT $1, 'MANY-' || n, 'Many', 1 FROM generate_series(1, 500) n",
      [server.tenants.acme.id],
    );
    expect(await server.statements(() => find())).toHaveLength(few);
    expect(await list("limit=1000&type=OUT_OF_STOCK")).toHaveLength(500);
  });
});

describe("at once after what causes it", () => {
  const jobs = () => server.sql<{ key: string | null }>("SELECT key FROM graphile_worker.jobs WHERE task_identifier = 'find-alerts'");

  test("a job looks, once for each item however often it moved, and none for items of which nobody asked to be told", async () => {
    const [watched, quiet] = [
      await warehouse.stock({ at: "A-01", onHand: 100, more: { reorderPoint: 10 } }),
      await warehouse.stock({ at: "A-01", onHand: 100 }),
    ];
    await server.sql("DELETE FROM graphile_worker._private_jobs");
    for (const item of [watched, quiet, watched, quiet]) await ledger.post(ship(item, 1));
    await ledger.batch([ship(watched, 1), ship(quiet, 1)]);
    expect(await jobs()).toEqual([{ key: `alerts of ${watched.id}` }]);
  });

  test("none for what is only put elsewhere, is refused, or is a dry run", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 10, more: { reorderPoint: 5 } });
    await server.sql("DELETE FROM graphile_worker._private_jobs");
    await ledger.post({
      type: "MOVE",
      itemId: item.id,
      quantity: 1,
      fromLocationId: warehouse.locationId("A-01"),
      toLocationId: warehouse.locationId("A-02"),
    });
    await ledger.refused(ship(item, 1_000));
    expect((await warehouse.post("/inventory/events?dryRun=true", ship(item, 1))).status).toBe(200);
    expect(await jobs()).toEqual([]);
  });

  test("of many items together one job looks", async () => {
    const items = await Promise.all(Array.from({ length: 25 }, () => warehouse.item({ reorderPoint: 5 })));
    await server.sql("DELETE FROM graphile_worker._private_jobs");
    await ledger.batch(
      items.map(({ id }) => ({ type: "RECEIVE", itemId: id, quantity: 9, unitCost: 1, toLocationId: warehouse.locationId("A-01") })),
    );
    expect(await jobs()).toEqual([{ key: null }]);
  });

  test("the worker opens and resolves it: by stock, by a reorder point, by a step of a document", async () => {
    const worker = startJobWorker({ ownerUrl: server.ownerUrl, tasks: tasks(), log: server.services.log });
    const patience = { timeout: 15_000 };
    const item = await warehouse.stock({ at: "A-01", onHand: 10, more: { reorderPoint: 5 } });
    await ledger.post(ship(item, 8));
    await expect.poll(() => of(item), patience).toEqual(["LOW_STOCK OPEN"]);
    const { version } = (await warehouse.get(`/inventory/items/${item.id}`)).json as { version: number };
    await warehouse.patch(`/inventory/items/${item.id}`, { version, reorderPoint: 1 });
    await expect.poll(() => of(item), patience).toEqual(["LOW_STOCK RESOLVED"]);
    const count = await counting.plan({ itemIds: [item.id], scheduledFor: inDays(-1) });
    const due = async () => (await list("type=COUNT_DUE")).map(({ cycleCountId }) => cycleCountId);
    await expect.poll(due, patience).toEqual([count.id]);
    await counting.start(count);
    await expect.poll(due, patience).toEqual([]);
    await worker.stop();
  });

  test("many postings at once all succeed, and the last word is right", async () => {
    const items = await Promise.all(
      Array.from({ length: 4 }, () => warehouse.stock({ at: "A-01", onHand: 50, more: { reorderPoint: 40 } })),
    );
    const worker = startJobWorker({ ownerUrl: server.ownerUrl, tasks: tasks(), log: server.services.log });
    const moves = items.flatMap((item, at) =>
      Array.from({ length: 10 }, () => ledger.batch([ship(item, 1), ship(items[(at + 1) % 4]!, 1)])),
    );
    await Promise.all(moves);
    for (const item of items) await expect.poll(() => of(item), { timeout: 15_000 }).toEqual(["LOW_STOCK OPEN"]);
    await worker.stop();
    for (const item of items) expect((await list(`itemId=${item.id}`))[0]).toMatchObject({ quantity: 30 });
  });

  test("by the clock every company is looked at, once however often the clock calls", async () => {
    const call = () => tasks()["begin-often"]?.({ _cron: { ts: "2026-01-15T03:15:00Z" } }, undefined);
    await call();
    await call();
    const { acme, globex } = server.tenants;
    const keys = (await jobs()).map(({ key }) => key);
    expect(keys).toHaveLength(2);
    expect(new Set(keys)).toEqual(new Set([`find-alerts of ${acme.id}`, `find-alerts of ${globex.id}`]));
  });
});

describe("an alert", () => {
  const open = async () => {
    const item = await warehouse.item({ reorderPoint: 1 });
    await find([item.id]);
    const [alert] = await list(`itemId=${item.id}`);
    return { item, alert: alert as Alert };
  };

  test("is acknowledged once, by who works in the warehouse; it stays until its cause is gone", async () => {
    const { item, alert } = await open();
    expect((await acknowledge(alert, {}, "Viewer")).error.code).toBe("FORBIDDEN");
    expect((await acknowledge(alert, { version: 7 })).error.code).toBe("STALE_VERSION");
    const answers = await Promise.all(Array.from({ length: 10 }, () => acknowledge(alert, { note: "Ordered" })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    expect(answers.find(({ status }) => status === 409)?.error.code).toBe("INVALID_STATE");
    const [acknowledged] = await list(`itemId=${item.id}&status=ACKNOWLEDGED`);
    expect(acknowledged).toMatchObject({ status: "ACKNOWLEDGED", note: "Ordered", acknowledgedByName: "Operator", version: 2 });
    const [event] = (await warehouse.get(`/audit-events?entityId=${alert.id}`)).read(AuditEventList).items;
    expect(event).toMatchObject({
      action: "alert.acknowledged",
      before: { status: "OPEN" },
      after: { status: "ACKNOWLEDGED", note: "Ordered" },
    });
    await find();
    expect(await of(item)).toEqual(["OUT_OF_STOCK ACKNOWLEDGED"]);
    await warehouse.stock({ at: "A-01", onHand: 5, item });
    await find();
    const [resolved] = await list(`itemId=${item.id}&status=RESOLVED`);
    expect(resolved).toMatchObject({ id: alert.id, note: "Ordered", resolvedAt: expect.any(String) as string });
    expect((await acknowledge(alert)).error.code).toBe("INVALID_STATE");
  });

  test("with one key is acknowledged once, and both get the same answer", async () => {
    const { alert } = await open();
    const send = async () => (await server.as("Operator")).post(`/alerts/${alert.id}/acknowledge`, {}, { "Idempotency-Key": alert.id });
    const [first, again] = [await send(), await send()];
    expect([first.status, again.text]).toEqual([200, first.text]);
  });

  test("of another site or company is not there; of the company as a whole it is, without how much there is elsewhere", async () => {
    const { item, alert } = await open();
    const { second } = server.tenants.acme.sites;
    expect(await list(`itemId=${item.id}`)).toMatchObject([{ quantity: 0 }]);
    expect(await list(`itemId=${item.id}`, "Operator")).toMatchObject([{ id: alert.id, quantity: null, threshold: 1 }]);
    const count = await counting.plan({ itemIds: [item.id], scheduledFor: inDays(-1) });
    await server.sql("UPDATE cycle_count SET site_id = $2 WHERE id = $1", [count.id, second.id]);
    await find([count.id]);
    const [elsewhere] = await list("type=COUNT_DUE");
    expect(elsewhere).toMatchObject({ siteId: second.id });
    expect(await list("type=COUNT_DUE", "Operator")).toEqual([]);
    expect(await list(`siteId=${second.id}`, "Operator")).toEqual([]);
    expect((await acknowledge(elsewhere as Alert)).status).toBe(404);
    expect((await (await server.as("Viewer")).get(`/alerts/${elsewhere?.id}`)).status).toBe(404);
    expect((await (await server.as("Admin")).get(`/alerts/${elsewhere?.id}`)).read(Alert)).toEqual(elsewhere);
    const stranger = await server.as("Admin", "globex");
    expect((await stranger.get(`/alerts/${alert.id}`)).status).toBe(404);
    expect((await stranger.get("/alerts")).read(AlertList).items).toEqual([]);
    expect((await stranger.post(`/alerts/${alert.id}/acknowledge`)).status).toBe(404);
  });
});
