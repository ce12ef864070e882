import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Counting, createCounting } from "#tests/support/counting.ts";
import { expectAgreement, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let counting: Counting;
let cause: string;

beforeAll(async () => {
  server = await startTestServer("counting at once");
  warehouse = await createWarehouse(server);
  counting = await createCounting(server);
  const [reason] = await server.sql<{ code: string }>("SELECT code FROM reason_code WHERE tenant_id = $1 AND use = 'COUNT' LIMIT 1", [
    server.tenants.acme.id,
  ]);
  cause = reason?.code ?? "";
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

const atOnce = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));
const inReview = async (counted: number) => {
  const item = await warehouse.stock({ at: "A-01", onHand: 20 });
  const begun = await counting.begin({ itemIds: [item.id] });
  const count = await counting.counted(counting.record(begun, [{ lineId: begun.lines[0]?.id, countedQuantity: counted }]));
  return { item, count, approval: { lines: [{ lineId: count.lines[0]?.id, decision: "APPROVE", reasonCode: cause }] } };
};

test("approved twenty times at once, the difference is applied once", async () => {
  const { item, count, approval } = await inReview(17);
  const answers = await atOnce(20, () => counting.approve(count, approval));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(await warehouse.onHand(item)).toBe(17);
});

test("with one key it is applied once, and all get the same answer", async () => {
  const { item, count, approval } = await inReview(17);
  const answers = await atOnce(10, () => counting.approve(count, approval, "Supervisor", { "Idempotency-Key": "once" }));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(await warehouse.onHand(item)).toBe(17);
});

test("while stock moves, counting and approving lose nothing: what is there is what was counted and what moved", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 1_000 });
  const ledger = ledgerOf(await server.as("Operator"));
  const [from, to] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
  const begun = await counting.begin({ itemIds: [item.id] });
  const moves = () => atOnce(40, () => ledger.post({ type: "MOVE", itemId: item.id, quantity: 1, fromLocationId: from, toLocationId: to }));
  // Ten less than the books say at whatever moment it is recorded: 990 less what had moved by then.
  const [, recorded] = await Promise.all([
    moves(),
    counting.counted(counting.record(begun, [{ lineId: begun.lines[0]?.id, countedQuantity: 950 }])),
  ]);
  const line = (await counting.read(recorded)).lines[0];
  const [, approved] = await Promise.all([
    moves(),
    counting.counted(counting.approve(recorded, { lines: [{ lineId: line?.id, decision: "APPROVE", reasonCode: cause }] })),
  ]);
  expect(approved.status).toBe("APPROVED");
  expect(await warehouse.onHand(item, "A-02")).toBe(80);
  expect(await warehouse.onHand(item, "A-01")).toBe(920 + (line?.difference ?? Number.NaN));
});

test("two who begin a count begin it once; ten who record its lines at once lose none", async () => {
  const items = await Promise.all(Array.from({ length: 10 }, () => warehouse.stock({ at: "A-01", onHand: 5 })));
  const planned = await counting.plan({ itemIds: items.map(({ id }) => id) });
  const starts = await atOnce(5, () => counting.start(planned));
  expect(starts.filter(({ status }) => status === 200)).toHaveLength(1);
  const begun = await counting.read(planned);
  expect(begun.lines).toHaveLength(10);
  await Promise.all(begun.lines.map(({ id }) => counting.counted(counting.record(begun, [{ lineId: id, countedQuantity: 5 }]))));
  expect(await counting.read(begun)).toMatchObject({ status: "REVIEW", countedCount: 10, accuracy: 100 });
});

test("a line recorded ten times at once with one key is recorded once", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  const begun = await counting.begin({ itemIds: [item.id] });
  const operator = await server.as("Operator");
  const body = { lines: [{ lineId: begun.lines[0]?.id, countedQuantity: 4 }] };
  const answers = await atOnce(10, () => operator.post(`/cycle-counts/${begun.id}/record`, body, { "Idempotency-Key": "recorded once" }));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(await counting.read(begun)).toMatchObject({ status: "REVIEW", version: begun.version + 1 });
});
