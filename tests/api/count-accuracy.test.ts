import { afterAll, beforeAll, expect, test } from "vitest";
import { CountAccuracy } from "#contract/count-planning.ts";
import type { Role } from "#contract/identity.ts";
import { type Counting, createCounting } from "#tests/support/counting.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let counting: Counting;
let cause: string;

beforeAll(async () => {
  server = await startTestServer("count accuracy");
  warehouse = await createWarehouse(server);
  counting = await createCounting(server);
  const [reason] = await server.sql<{ code: string }>("SELECT code FROM reason_code WHERE tenant_id = $1 AND use = 'COUNT' LIMIT 1", [
    server.tenants.acme.id,
  ]);
  cause = reason?.code ?? "";
});
afterAll(() => server.close());

/** Approves a count of so many items, each counted so far off the books. */
async function approved(differences: readonly number[]) {
  const items = [];
  for (const _ of differences) items.push(await warehouse.stock({ at: "A-01", onHand: 20 }));
  const begun = await counting.begin({ itemIds: items.map(({ id }) => id) });
  const lines = begun.lines.map(({ id }, index) => ({ lineId: id, countedQuantity: 20 + (differences[index] ?? 0) }));
  await counting.counted(counting.record(begun, lines));
  const decisions = begun.lines.map(({ id }) => ({ lineId: id, decision: "APPROVE", reasonCode: cause }));
  return await counting.counted(counting.approve(begun, { lines: decisions }));
}
const ended = (id: string, at: string) => server.sql("UPDATE cycle_count SET started_at = $2, ended_at = $2 WHERE id = $1", [id, at]);
const report = async (query = "", role: Role = "Viewer") =>
  (await (await server.as(role)).get(`/reports/count-accuracy${query}`)).read(CountAccuracy).items;

test("is told by month on the company's calendar, and by site, of approved counts that were not undone", async () => {
  const early = await approved([0, 0, -1, 0]);
  const late = await approved([0, 2]);
  const again = await approved([0]);
  const undone = await approved([5]);
  await counting.counted(counting.reverse(undone));
  // Half past midnight in Vienna is the evening before in UTC.
  await ended(early.id, "2026-01-31T22:30:00Z");
  await ended(late.id, "2026-01-31T23:30:00Z");
  await ended(again.id, "2026-02-10T12:00:00Z");
  await ended(undone.id, "2026-02-10T12:00:00Z");
  const { main, second } = server.tenants.acme.sites;
  const site = { siteId: main.id, siteCode: "MAIN" };
  const january = { month: "2026-01", ...site, counts: 1, lines: 4, accurateLines: 3, accuracy: 75 };
  const february = { month: "2026-02", ...site, counts: 2, lines: 3, accurateLines: 2, accuracy: 66.67 };
  expect(await report("?from=2026-01-01&to=2026-02-28")).toEqual([february, january]);
  expect(await report("?from=2026-01-01&to=2026-01-31")).toEqual([january]);
  expect(await report("?from=2026-02-01&to=2026-02-28")).toEqual([february]);
  expect(await report(`?from=2026-01-01&siteId=${main.id}`)).toEqual([february, january]);
  expect(await report(`?from=2026-01-01&siteId=${second.id}`, "Admin")).toEqual([]);

  await server.sql("UPDATE cycle_count SET site_id = $2 WHERE id = $1", [again.id, second.id]);
  const own = { ...february, counts: 1, lines: 2, accurateLines: 1, accuracy: 50 };
  expect(await report("?from=2026-02-01")).toEqual([own]);
  const other = { month: "2026-02", siteId: second.id, siteCode: "SECOND", counts: 1, lines: 1, accurateLines: 1, accuracy: 100 };
  expect(await report("?from=2026-02-01", "Admin")).toEqual([own, other]);
});

test("of the last twelve months unless a time is named", async () => {
  const [recent, old] = [await approved([0]), await approved([0])];
  await server.sql("UPDATE cycle_count SET ended_at = now() - interval '14 months' WHERE id = $1", [old.id]);
  const told = await report("?from=2000-01-01&to=2009-12-31");
  expect(told).toEqual([]);
  const counted = (items: CountAccuracy["items"]) => items.reduce((sum, { counts }) => sum + counts, 0);
  const [lastYear, twoYears] = [
    await report(),
    await report(`?from=${new Date(Date.now() - 500 * 86_400_000).toISOString().slice(0, 10)}`),
  ];
  expect(counted(twoYears) - counted(lastYear)).toBe(1);
  expect(lastYear.map(({ month }) => month)).toContain(recent.endedAt?.slice(0, 7));
});

test("the same comes as a file", async () => {
  const span = "from=2026-01-01&to=2026-02-28";
  const told = await report(`?${span}`);
  expect(told.length).toBeGreaterThan(0);
  const client = await server.as("Viewer");
  expect((await client.get(`/reports/count-accuracy/export?${span}&format=json`)).json).toEqual(told);
  const lines = (await client.get(`/reports/count-accuracy/export?${span}`)).text.split("\r\n");
  expect(lines[0]).toBe("month,siteId,siteCode,counts,lines,accurateLines,accuracy");
  expect(lines).toHaveLength(told.length + 2);
  expect(faultsOf(await client.get("/reports/count-accuracy/export?from=2026-02-01&to=2026-01-01"))).toEqual({
    to: "Must not be before from",
  });
});

test("another company's counts are not in it, and a span that ends before it begins is refused", async () => {
  expect(
    (await (await server.as("Admin", "globex")).get("/reports/count-accuracy?from=2000-01-01&to=2009-01-01")).read(CountAccuracy),
  ).toEqual({
    items: [],
  });
  expect(faultsOf(await (await server.as("Viewer")).get("/reports/count-accuracy?from=2026-02-01&to=2026-01-01"))).toEqual({
    to: "Must not be before from",
  });
});
