import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Item } from "#contract/catalog.ts";
import { AbcClasses } from "#contract/count-planning.ts";
import { AuditEventList } from "#contract/identity.ts";
import { Settings } from "#contract/settings.ts";
import { startJobWorker } from "#platform/jobs.ts";
import { createTasks } from "#server/tasks.ts";
import { expectAgreement, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let supervisor: TestClient;
let warehouse: Warehouse;
let items: Record<string, Item>;

const path = "/inventory/abc-classes/compute";
const compute = async (body: object = {}, query = "") => (await supervisor.post(path + query, body)).read(AbcClasses);
const shipped = async (at: Warehouse, value: number) => {
  const item = await at.stock({ at: "A-01", onHand: 1_000, unitCost: 1 });
  if (value > 0) await ship(at, item, value);
  return item;
};
const ship = (at: Warehouse, item: Item, quantity: number) =>
  ledgerOf(at.client).post({ type: "SHIP", itemId: item.id, quantity, fromLocationId: at.locationId("A-01") });
const read = async (item: Item, at = warehouse) => (await at.get(`/inventory/items/${item.id}`)).read(Item);
const classes = async () => {
  const all = await Promise.all(Object.entries(items).map(async ([name, item]) => [name, (await read(item)).abcClass]));
  return Object.fromEntries(all) as Record<string, string | null>;
};
const forget = () => server.sql("UPDATE item SET abc_class = NULL WHERE tenant_id = $1", [server.tenants.acme.id]);

beforeAll(async () => {
  server = await startTestServer("abc classes");
  supervisor = await server.as("Supervisor");
  warehouse = await createWarehouse(server);
  items = {
    first: await shipped(warehouse, 700),
    across: await shipped(warehouse, 200),
    middle: await shipped(warehouse, 60),
    last: await shipped(warehouse, 40),
    none: await shipped(warehouse, 0),
  };
});
afterAll(async () => {
  await expectAgreement(server);
  await server.close();
});

test("items are classed by the value that moved out: the one that crosses a line still counts to what is before it", async () => {
  const answer = await compute();
  expect(answer).toMatchObject({
    totalValue: 1_000,
    classes: [
      { abcClass: "A", items: 2, value: 900 },
      { abcClass: "B", items: 1, value: 60 },
      { abcClass: "C", items: 2, value: 40 },
    ],
    changed: 5,
  });
  expect(answer.changes[0]).toEqual({ itemId: items["first"]?.id, sku: items["first"]?.sku, value: 700, from: null, to: "A" });
  expect(await classes()).toEqual({ first: "A", across: "A", middle: "B", last: "C", none: "C" });
});

test("what stays as it is is not touched; what changes is in the audit trail with what it was", async () => {
  const before = await read(items["middle"]!);
  const last = await read(items["last"]!);
  expect(await compute({ aPercent: 96, bPercent: 99 })).toMatchObject({ changed: 2 });
  expect(await classes()).toEqual({ first: "A", across: "A", middle: "A", last: "B", none: "C" });
  expect((await read(items["middle"]!)).version).toBe(before.version + 1);
  expect(await compute({ aPercent: 96, bPercent: 99 })).toMatchObject({ changed: 0, changes: [] });
  expect((await read(items["last"]!)).version).toBe(last.version + 1);
  const trail = async (filter: string) => (await warehouse.get(`/audit-events?${filter}`)).read(AuditEventList).items;
  expect((await trail(`entityId=${last.id}`))[0]).toMatchObject({
    action: "item.classified",
    userName: "Supervisor",
    before: { abcClass: "C" },
    after: { abcClass: "B" },
  });
  expect((await trail("action=abc-classes.computed"))[0]).toMatchObject({ after: { aPercent: 96, bPercent: 99, days: 365, changed: 0 } });
});

test("a dry run tells the same and changes nothing", async () => {
  const before = await classes();
  const told = await compute({}, "?dryRun=true");
  expect(told).toMatchObject({ changed: 2, totalValue: 1_000 });
  expect(await classes()).toEqual(before);
  expect(await compute()).toEqual(told);
});

test("sent twice with one key it is done once", async () => {
  await forget();
  const send = () => supervisor.post(path, {}, { "Idempotency-Key": "abc" });
  const [first, again] = [await send(), await send()];
  expect(first.read(AbcClasses).changed).toBe(5);
  expect([again.text, again.headers.get("idempotency-replayed")]).toEqual([first.text, "true"]);
});

test("what was undone, scrapped, moved, or is too long ago does not count, nor another company's", async () => {
  const { id: tenantId, sites, users } = server.tenants.acme;
  const ledger = ledgerOf(warehouse.client);
  const quiet = items["none"]!;
  const { event } = await ship(warehouse, quiet, 500);
  await ledger.reverse(event.id);
  const [from, to] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
  await ledger.post({ type: "MOVE", itemId: quiet.id, quantity: 100, fromLocationId: from, toLocationId: to });
  await ledger.post({ type: "SCRAP", itemId: quiet.id, quantity: 100, fromLocationId: from, reasonCode: "DAMAGED" });
  const old = await warehouse.item();
  // Came and went on one day.
  await server.sql(
    `INSERT INTO inventory_event (tenant_id, type, item_id, quantity, entered_quantity, entered_uom, unit_cost, to_location_id, to_status, from_location_id, from_status, user_id, occurred_at, recorded_at)
     SELECT $1, type, $2, 900, 900, 'EA', 1, CASE type WHEN 'RECEIVE' THEN $3::uuid END, CASE type WHEN 'RECEIVE' THEN 'AVAILABLE' END,
            CASE type WHEN 'SHIP' THEN $3::uuid END, CASE type WHEN 'SHIP' THEN 'AVAILABLE' END, $4, now() - interval '40 days', now() - interval '40 days'
     FROM unnest(ARRAY['RECEIVE', 'SHIP']) AS type`,
    [tenantId, old.id, sites.main.locations["A-01"], users.Admin.id],
  );
  await server.sql("INSERT INTO item_valuation (tenant_id, item_id, average_cost) VALUES ($1, $2, 1)", [tenantId, old.id]);
  await server.sql("INSERT INTO inventory_balance (tenant_id, item_id, location_id, status) VALUES ($1, $2, $3, 'AVAILABLE')", [
    tenantId,
    old.id,
    sites.main.locations["A-01"],
  ]);
  const elsewhere = await createWarehouse(server, { tenant: "globex" });
  const theirs = await shipped(elsewhere, 999);
  expect(await compute({ days: 30 })).toMatchObject({ totalValue: 1_000 });
  expect([(await read(old)).abcClass, (await read(quiet)).abcClass, (await read(theirs, elsewhere)).abcClass]).toEqual(["C", "C", null]);
  expect(await compute({ days: 60 }, "?dryRun=true")).toMatchObject({ totalValue: 1_900 });
});

test("where nothing moved at all, classes stay as somebody set them", async () => {
  const item = await warehouse.item({ abcClass: "B" });
  await server.sql("UPDATE item SET active = (id = $2) WHERE tenant_id = $1", [server.tenants.acme.id, item.id]);
  expect(await compute()).toMatchObject({ totalValue: 0, changed: 0 });
  expect((await read(item)).abcClass).toBe("B");
  await server.sql("UPDATE item SET active = true WHERE tenant_id = $1", [server.tenants.acme.id]);
});

test("what is wrong is told by field", async () => {
  expect(faultsOf(await supervisor.post(path, { aPercent: 90, bPercent: 80 }))).toEqual({ bPercent: "Must not be less than aPercent" });
  expect(Object.keys(faultsOf(await supervisor.post(path, { aPercent: -1, days: 0 })))).toEqual(["aPercent", "days"]);
});

test("it takes as many statements for many items as for few", async () => {
  const few = (await server.statements(() => compute({}, "?dryRun=true"))).length;
  await server.sql(
    "INSERT INTO item (tenant_id, sku, name, abc_class) SELECT $1, 'MANY-' || n, 'Many', 'A' FROM generate_series(1, 3000) n",
    [server.tenants.acme.id],
  );
  const many = await server.statements(async () => expect(await compute({}, "?dryRun=true")).toMatchObject({ changes: { length: 100 } }));
  expect(many).toHaveLength(few);
  await server.sql("DELETE FROM item WHERE sku LIKE 'MANY-%'");
});

describe("at once", () => {
  test("each change is made once, while stock goes on moving", async () => {
    await forget();
    const before = await read(items["first"]!);
    const moving = Array.from({ length: 20 }, () => ship(warehouse, items["first"]!, 1));
    const [answers] = await Promise.all([Promise.all(Array.from({ length: 10 }, () => compute())), ...moving]);
    expect(answers.filter(({ changed }) => changed > 0)).toHaveLength(1);
    expect((await read(items["first"]!)).version).toBe(before.version + 1);
    expect(await warehouse.onHand(items["first"]!)).toBe(280);
  });
});

test("every night at four by its own clock it is done by itself, for a company that wants it", async () => {
  const tasks = createTasks(server.services);
  const queued = async () => (await server.sql<{ key: string }>("SELECT key FROM graphile_worker.jobs ORDER BY key")).map(({ key }) => key);
  const begin = (ts: string) => tasks["begin-hourly"]?.({ _cron: { ts } }, undefined);
  const of = (tenant: "acme" | "globex") => `compute-abc-classes of ${server.tenants[tenant].id}`;
  await warehouse
    .patch("/settings", { version: 1, abcClassesNightly: true, timeZone: "Asia/Tokyo" })
    .then((answer) => answer.read(Settings));
  await begin("2026-01-15T02:00:00Z");
  expect(await queued()).toEqual([]);
  // Four in Vienna.
  await begin("2026-01-15T03:00:00Z");
  await begin("2026-01-15T03:00:00Z");
  expect(await queued()).toEqual([of("globex")]);
  // Four in Tokyo.
  await begin("2026-01-14T19:00:00Z");
  expect(await queued()).toEqual([of("acme"), of("globex")].toSorted());
  await forget();
  const worker = startJobWorker({ ownerUrl: server.ownerUrl, tasks, log: server.services.log });
  await expect.poll(queued, { timeout: 15_000 }).toEqual([]);
  await worker.stop();
  expect(await classes()).toMatchObject({ first: "A", none: "C" });
  const [event] = (await warehouse.get("/audit-events?action=abc-classes.computed")).read(AuditEventList).items;
  expect(event).toMatchObject({ userId: null, after: { aPercent: 80, bPercent: 95, days: 365 } });
  expect(await server.sql("SELECT 1 FROM item WHERE tenant_id = $1 AND abc_class IS NOT NULL", [server.tenants.globex.id])).toEqual([]);
});

test("the worker's clock begins it", async () => {
  const begun: unknown[] = [];
  const worker = startJobWorker({
    ownerUrl: server.ownerUrl,
    tasks: { tick: async (payload) => void begun.push(payload) },
    schedule: [{ task: "tick", match: "* * * * *", lateMs: 120_000 }],
    log: server.services.log,
  });
  // Known since an hour ago, it has missed the last minutes.
  await expect.poll(() => server.sql("SELECT 1 FROM graphile_worker._private_known_crontabs"), { timeout: 15_000 }).toHaveLength(1);
  await worker.stop();
  await server.sql(
    "UPDATE graphile_worker._private_known_crontabs SET known_since = now() - interval '1 hour', last_execution = now() - interval '90 seconds'",
  );
  const next = startJobWorker({
    ownerUrl: server.ownerUrl,
    tasks: { tick: async (payload) => void begun.push(payload) },
    schedule: [{ task: "tick", match: "* * * * *", lateMs: 120_000 }],
    log: server.services.log,
  });
  await expect.poll(() => begun.length, { timeout: 15_000 }).toBeGreaterThan(0);
  await next.stop();
  expect(begun[0]).toMatchObject({ _cron: { ts: expect.stringMatching(/^\d{4}-.*Z$/) as string } });
});
