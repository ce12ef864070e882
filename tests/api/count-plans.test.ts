import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AlertList } from "#contract/alerts.ts";
import type { Item } from "#contract/catalog.ts";
import { DueItemList } from "#contract/count-planning.ts";
import { type CycleCountSummary, CycleCountList } from "#contract/counting.ts";
import { AuditEventList } from "#contract/identity.ts";
import { Settings } from "#contract/settings.ts";
import { Location } from "#contract/sites.ts";
import { createTasks } from "#server/tasks.ts";
import { type Counting, createCounting } from "#tests/support/counting.ts";
import { expectAgreement } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let counting: Counting;
let tasks: ReturnType<typeof createTasks>;

beforeAll(async () => {
  server = await startTestServer("count plans");
  warehouse = await createWarehouse(server);
  counting = await createCounting(server);
  tasks = createTasks(server.services);
});
afterAll(async () => {
  await expectAgreement(server);
  await server.close();
});
// What a test before left behind is of no class any more, its counts are over, and the day has none planned.
beforeEach(async () => {
  await server.sql("UPDATE item SET abc_class = NULL");
  await server.sql("UPDATE cycle_count SET status = 'CANCELLED', ended_at = now() WHERE status NOT IN ('APPROVED', 'CANCELLED')");
  await server.sql(`UPDATE cycle_count c SET planned_on = DATE '2001-01-01' + n.n::integer
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM cycle_count) n WHERE n.id = c.id AND c.planned_on IS NOT NULL`);
  await decide({ countEveryDaysA: 30, countEveryDaysB: 90, countEveryDaysC: null, countLinesPerDay: 50 });
});

const acme = () => server.tenants.acme;
const decide = async (changes: object, of = warehouse) => {
  const { version } = (await of.get("/settings")).read(Settings);
  return (await of.patch("/settings", { version, ...changes })).read(Settings);
};
let made = 0;
/** With a SKU that sorts after those of the ones before. */
const stocked = (abcClass: "A" | "B" | "C" | undefined, onHand = 10) => {
  made += 1;
  const sku = `DUE-${String(made).padStart(4, "0")}`;
  return warehouse.stock({ at: "A-01", onHand, more: { sku, ...(abcClass ? { abcClass } : {}) } });
};
const due = async (query = "", client = warehouse.client) => (await client.get(`/counting/due${query}`)).read(DueItemList).items;
const dueSkus = async (query = "", client = warehouse.client) => (await due(query, client)).map(({ sku }) => sku);
const plan = async (tenant = acme().id) => await tasks["plan-counts"]?.({ tenantId: tenant }, undefined);
const planned = async (client = warehouse.client): Promise<CycleCountSummary[]> =>
  (await client.get("/cycle-counts?status=SCHEDULED&type=ABC")).read(CycleCountList).items.filter(({ createdBy }) => createdBy === null);
const inPlan = async ({ id }: { id: string }): Promise<string[]> =>
  (
    await server.sql<{ sku: string }>(
      "SELECT i.sku FROM cycle_count c CROSS JOIN unnest(c.item_ids) WITH ORDINALITY AS n (id, place) JOIN item i ON i.id = n.id WHERE c.id = $1 ORDER BY n.place",
      [id],
    )
  ).map(({ sku }) => sku);
/** Counted as the books say, approved, and as if that had been so many days ago. */
const counted = async (item: Item, daysAgo: number) => {
  const begun = await counting.begin({ itemIds: [item.id] });
  const lines = begun.lines.map(({ id, expectedQuantity }) => ({ lineId: id, countedQuantity: expectedQuantity ?? 0 }));
  await counting.counted(counting.record(begun, lines));
  const approved = await counting.counted(counting.approve(begun, { withinTolerance: true }));
  expect(approved.status).toBe("APPROVED");
  await server.sql("UPDATE cycle_count_line SET counted_at = now() - make_interval(days => $2) WHERE cycle_count_id = $1", [
    approved.id,
    daysAgo,
  ]);
  return approved;
};
const today = async (daysAgo = 0) =>
  (
    await server.sql<{ day: string }>(
      "SELECT ((now() - make_interval(days => $2)) AT TIME ZONE time_zone)::date::text AS day FROM tenant WHERE id = $1",
      [acme().id, daysAgo],
    )
  )[0]?.day;

describe("what is due", () => {
  test("is what has stock, a class that is counted, and days that are over; of what was never counted, since it was made", async () => {
    const item = await stocked("A");
    await stocked("C");
    await stocked(undefined);
    await warehouse.item({ abcClass: "A" });
    expect(await due()).toEqual([
      {
        siteId: acme().sites.main.id,
        siteCode: acme().sites.main.code,
        itemId: item.id,
        sku: item.sku,
        itemName: item.name,
        abcClass: "A",
        lastCountedOn: null,
        dueSince: await today(),
        lines: 1,
      },
    ]);
  });

  test("what any approved count looked at is not due before its days are over", async () => {
    const [late, exact, early] = [await stocked("A"), await stocked("A"), await stocked("A")];
    await counted(late, 45);
    await counted(exact, 30);
    await counted(early, 29);
    expect(await due()).toMatchObject([
      { sku: late.sku, lastCountedOn: await today(45), dueSince: await today(15) },
      { sku: exact.sku, lastCountedOn: await today(30), dueSince: await today() },
    ]);
    await counted(late, 0);
    expect(await dueSkus()).toEqual([exact.sku]);
    await decide({ countEveryDaysA: 29 });
    expect(await dueSkus()).toEqual([exact.sku, early.sku]);
  });

  test("a count that was undone or cancelled counted nothing", async () => {
    const [undone, cancelled] = [await stocked("A"), await stocked("A")];
    await counting.counted(counting.reverse(await counted(undone, 0)));
    const begun = await counting.begin({ itemIds: [cancelled.id] });
    await counting.counted(counting.record(begun, [{ lineId: begun.lines[0]?.id, countedQuantity: 10 }]));
    expect(await dueSkus()).toEqual([undone.sku]);
    await counting.counted(counting.cancel(begun));
    expect(await dueSkus()).toEqual([undone.sku, cancelled.sku]);
  });

  test("what an open count looks at is left out: by item, place with all below it, class, or the whole site", async () => {
    const [first, second] = [await stocked("A"), await stocked("B")];
    const both = [first.sku, second.sku];
    const leftWhile = async (more: Parameters<Counting["plan"]>[0]) => {
      const open = await counting.plan(more);
      const left = await dueSkus();
      await counting.counted(counting.cancel(open));
      return left;
    };
    const parent = (await warehouse.post(`/sites/${acme().sites.main.id}/locations`, { code: "AISLE", type: "STORAGE" })).read(Location);
    await server.sql("UPDATE location SET parent_id = $1 WHERE id = $2", [parent.id, warehouse.locationId("A-01")]);
    expect(await dueSkus()).toEqual(both);
    expect(await leftWhile({ itemIds: [first.id] })).toEqual([second.sku]);
    expect(await leftWhile({ type: "ABC", abcClass: "B" })).toEqual([first.sku]);
    expect(await leftWhile({ type: "LOCATION", locationIds: [parent.id] })).toEqual([]);
    expect(await leftWhile({ type: "LOCATION", locationIds: [warehouse.locationId("A-02")] })).toEqual(both);
    expect(await leftWhile({ type: "FULL" })).toEqual([]);
    // Nobody knows what a sample will hold.
    expect(await leftWhile({ type: "RANDOM", sampleSize: 1_000 })).toEqual(both);
    const begun = await counting.begin({ type: "ABC", abcClass: "A" });
    expect(await dueSkus()).toEqual([second.sku]);
    await counting.counted(counting.cancel(begun));
    expect(await dueSkus()).toEqual(both);
  });

  test("a count planned for so far ahead that an item would be due once more before it leaves it in", async () => {
    const [often, seldom] = [await stocked("A"), await stocked("B")];
    await counting.plan({ type: "FULL", scheduledFor: (await today(-60)) ?? "" });
    expect(await dueSkus()).toEqual([often.sku]);
    expect(await dueSkus("?abcClass=B")).toEqual([]);
    expect(seldom.abcClass).toBe("B");
  });

  test("is told of the caller's sites only, and of one of them when it is named", async () => {
    const item = await stocked("A");
    await warehouse
      .post("/inventory/events", { type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: acme().sites.second.locations["A-01"] })
      .then(({ status }) => expect(status).toBe(201));
    const [main, second] = [acme().sites.main.id, acme().sites.second.id];
    const sites = async (query: string, client = warehouse.client) => (await due(query, client)).map(({ siteId }) => siteId).toSorted();
    expect(await sites("")).toEqual([main, second].toSorted());
    expect(await sites(`?siteId=${second}`)).toEqual([second]);
    const operator = await server.as("Operator");
    expect(await sites("", operator)).toEqual([main]);
    expect(await sites(`?siteId=${second}`, operator)).toEqual([]);
    expect(await due("", await server.as("Admin", "globex"))).toEqual([]);
    await counted(item, 0);
    expect(await sites("")).toEqual([second]);
  });

  test("is paged, the longest overdue first and then by class", async () => {
    const items = [await stocked("B"), await stocked("A"), await stocked("A"), await stocked("B"), await stocked("A")];
    await counted(items[3]!, 200);
    const expected = [items[3], items[1], items[2], items[4], items[0]].map((item) => item?.sku);
    expect(await dueSkus()).toEqual(expected);
    const walked: string[] = [];
    let cursor = "";
    do {
      const page = (await warehouse.get(`/counting/due?limit=2&total=true${cursor}`)).read(DueItemList);
      expect(page.page.total).toBe(5);
      walked.push(...page.items.map(({ sku }) => sku));
      cursor = page.page.nextCursor === null ? "" : `&cursor=${encodeURIComponent(page.page.nextCursor)}`;
    } while (cursor !== "");
    expect(walked).toEqual(expected);
    const bySku = await dueSkus("?sort=-sku");
    expect(bySku).toEqual([items[4], items[3], items[2], items[1], items[0]].map((item) => item?.sku));
  });
});

describe("the clock's plan", () => {
  test("is a count of what is due, to begin that day, made by nobody, and told in the audit trail and as an alert", async () => {
    const [item, another] = [await stocked("A"), await stocked("B")];
    await plan();
    const [count, ...more] = await planned();
    expect(more).toEqual([]);
    expect(count).toMatchObject({
      type: "ABC",
      status: "SCHEDULED",
      blind: false,
      siteId: acme().sites.main.id,
      name: `Due on ${await today()}`,
      scheduledFor: await today(),
      createdBy: null,
    });
    expect(await inPlan(count!)).toEqual([item.sku, another.sku]);
    expect(await due()).toEqual([]);
    const [event] = (await warehouse.get(`/audit-events?entityId=${count?.id}`)).read(AuditEventList).items;
    expect(event).toMatchObject({ action: "cycle-count.created", userId: null, after: { number: count?.number, items: 2, lines: 2 } });
    await tasks["find-alerts"]?.({ tenantId: acme().id, things: [count?.id] }, undefined);
    const alerts = (await warehouse.get("/alerts?type=COUNT_DUE&status=OPEN")).read(AlertList).items;
    expect(alerts.map(({ cycleCountId }) => cycleCountId)).toContain(count?.id);
  });

  test("is carried out as any other count: by its items' stock, but for what is on its way; then they are due no more", async () => {
    const item = await stocked("A", 8);
    const transit = (await warehouse.post(`/sites/${acme().sites.main.id}/locations`, { code: "ON-THE-WAY", type: "TRANSIT" })).read(
      Location,
    );
    const move = { type: "MOVE", itemId: item.id, quantity: 3, fromLocationId: warehouse.locationId("A-01"), toLocationId: transit.id };
    expect((await warehouse.post("/inventory/events", move)).status).toBe(201);
    await plan();
    const [count] = await planned();
    const begun = await counting.counted(counting.start(count!));
    expect(begun.lines).toMatchObject([{ sku: item.sku, locationCode: "A-01" }]);
    expect(begun.lines).toHaveLength(1);
    await counting.counted(counting.record(begun, [{ lineId: begun.lines[0]?.id, countedQuantity: 5 }]));
    expect(await counting.counted(counting.approve(begun, { withinTolerance: true }))).toMatchObject({ status: "APPROVED" });
    expect(await due()).toEqual([]);
  });

  test("takes the longest overdue first and no more lines than a day has", async () => {
    const items = [await stocked("A"), await stocked("A"), await stocked("A"), await stocked("B")];
    await counted(items[2]!, 100);
    await warehouse.stock({ at: "A-02", onHand: 1, item: items[0]! });
    await decide({ countLinesPerDay: 3 });
    await plan();
    expect(await inPlan((await planned())[0]!)).toEqual([items[2]?.sku, items[0]?.sku]);
    expect(await dueSkus()).toEqual([items[1]?.sku, items[3]?.sku]);
  });

  test("an item of more lines than a day has waits until it is the first, and is then planned alone", async () => {
    const [first, wide, last] = [await stocked("A"), await stocked("A"), await stocked("A")];
    await warehouse.stock({ at: "A-02", onHand: 1, item: wide });
    await decide({ countLinesPerDay: 1 });
    for (const expected of [first, wide, last]) {
      await plan();
      const [count] = await planned();
      expect(await inPlan(count!)).toEqual([expected.sku]);
      await server.sql("UPDATE cycle_count SET planned_on = $2::date - $3::integer WHERE id = $1", [
        count?.id,
        "2010-01-01",
        Number(count?.number.slice(3)),
      ]);
      await counting.counted(counting.start(count!));
    }
  });

  test("is made for each active site by itself", async () => {
    const [item, elsewhere] = [await stocked("A"), await warehouse.item({ abcClass: "A" })];
    const { second } = acme().sites;
    const receive = { type: "RECEIVE", itemId: elsewhere.id, quantity: 1, toLocationId: second.locations["A-01"] };
    expect((await warehouse.post("/inventory/events", receive)).status).toBe(201);
    const active = (isActive: boolean) => server.sql("UPDATE site SET active = $2 WHERE id = $1", [second.id, isActive]);
    await active(false);
    await plan();
    const [count] = await planned();
    expect([count?.siteId, await inPlan(count!)]).toEqual([acme().sites.main.id, [item.sku]]);
    await active(true);
    await plan();
    const other = (await planned()).find(({ siteId }) => siteId === second.id);
    expect(await inPlan(other!)).toEqual([elsewhere.sku]);
    expect((await (await server.as("Operator")).get(`/cycle-counts/${other?.id}`)).status).toBe(404);
  });

  test("is none where nothing is due, for a company that asks for none, and touches no other company", async () => {
    const globex = await createWarehouse(server, { tenant: "globex" });
    await globex.stock({ at: "A-01", onHand: 1, more: { abcClass: "A" } });
    await plan();
    expect(await planned()).toEqual([]);
    await stocked("A");
    await decide({ countEveryDaysA: null, countEveryDaysB: null });
    await plan();
    await plan(server.tenants.globex.id);
    expect(await planned()).toEqual([]);
    await decide({ countEveryDaysA: 30 });
    await plan();
    expect(await planned()).toHaveLength(1);
    expect(await planned(globex.client)).toEqual([]);
  });

  test("is made once a day: by many at once, again, and after it was cancelled", async () => {
    await stocked("A");
    await Promise.all(Array.from({ length: 8 }, () => plan()));
    const [count, ...more] = await planned();
    expect(more).toEqual([]);
    await plan();
    expect(await planned()).toHaveLength(1);
    await counting.counted(counting.cancel(count!));
    await plan();
    expect(await planned()).toEqual([]);
    const again = `INSERT INTO cycle_count (tenant_id, number, name, site_id, type, planned_on) SELECT tenant_id, 'AGAIN', name, site_id, type, planned_on FROM cycle_count WHERE id = $1`;
    await expect(server.sql(again, [count?.id])).rejects.toThrow("cycle_count_planned_key");
    const byNobody = again.replace("planned_on)", "created_by)").replace("type, planned_on FROM", "type, NULL FROM");
    await expect(server.sql(byNobody, [count?.id])).rejects.toThrow("cycle_count_planned_form");
  });

  test("takes as many statements for many items as for few, and so does the list", async () => {
    await stocked("A");
    const few = [await server.statements(plan), await server.statements(() => due())].map(({ length }) => length);
    await server.sql("DELETE FROM cycle_count WHERE planned_on IS NOT NULL AND status = 'SCHEDULED'");
    await decide({ countLinesPerDay: 10_000 });
    await server.sql(
      "INSERT INTO item (tenant_id, sku, name, abc_class) SELECT $1, 'MANY-' || n, 'Many', 'A' FROM generate_series(1, 2000) n",
      [acme().id],
    );
    await server.sql(
      "INSERT INTO inventory_balance (tenant_id, item_id, location_id, status, on_hand) SELECT tenant_id, id, $1, 'AVAILABLE', 1 FROM item WHERE sku LIKE 'MANY-%'",
      [warehouse.locationId("A-01")],
    );
    expect(await due("?limit=1000")).toHaveLength(1_000);
    const many = [await server.statements(plan), await server.statements(() => due())].map(({ length }) => length);
    expect(many).toEqual(few);
    expect(await inPlan((await planned())[0]!)).toHaveLength(2_001);
    await server.sql("DELETE FROM inventory_balance WHERE item_id IN (SELECT id FROM item WHERE sku LIKE 'MANY-%')");
    await server.sql("DELETE FROM cycle_count WHERE planned_on IS NOT NULL AND status = 'SCHEDULED'");
    await server.sql("DELETE FROM item WHERE sku LIKE 'MANY-%'");
  });

  test("is begun at five by each company's own clock", async () => {
    const begin = (ts: string) => tasks["begin-hourly"]?.({ _cron: { ts } }, undefined);
    await decide({ timeZone: "Asia/Tokyo" });
    const queued = async () =>
      (await server.sql<{ key: string }>("SELECT key FROM graphile_worker.jobs WHERE key LIKE 'plan-counts%' ORDER BY key")).map(
        ({ key }) => key,
      );
    await begin("2026-01-14T19:00:00Z");
    expect(await queued()).toEqual([]);
    await begin("2026-01-14T20:00:00Z");
    await begin("2026-01-14T20:00:00Z");
    expect(await queued()).toEqual([`plan-counts of ${acme().id}`]);
  });
});
