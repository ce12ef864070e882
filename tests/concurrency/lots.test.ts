import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { PostedBatch } from "#contract/ledger.ts";
import { resolveSql } from "#features/ledger/resolve.ts";
import { balancesOf, expectAgreement, ledgerOf } from "#tests/support/ledger.ts";
import { createManufacturing } from "#tests/support/manufacturing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { Answer, TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let operator: TestClient;
let supervisor: TestClient;
let ledger: ReturnType<typeof ledgerOf>;

beforeAll(async () => {
  server = await startTestServer("lots at once");
  warehouse = await createWarehouse(server);
  [operator, supervisor] = [await server.as("Operator"), await server.as("Supervisor")];
  ledger = ledgerOf(operator);
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

/** How often what is to be posted was looked up: once more for each that was freed from waiting in a circle. */
const lookedUp = async (work: () => Promise<unknown>) => (await server.statements(work)).filter((text) => text === resolveSql).length;
const quality = { reasonCode: "QUALITY" };
const atOnce = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));
async function lotOf(onHand: number) {
  const item = await warehouse.item({ tracking: "LOT" });
  const to = warehouse.locationId("A-01");
  const { event } = await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: onHand, toLocationId: to, lotCode: "L-1" });
  return { item, lotId: event.lotId ?? "", path: `/inventory/lots/${event.lotId}` };
}
/** Places that nothing has been in yet. */
async function newPlaces(count: number): Promise<string[]> {
  const label = crypto.randomUUID().slice(0, 8);
  const rows = await server.sql<{ id: string }>(
    "INSERT INTO location (tenant_id, site_id, code, type) SELECT $1, $2, $3 || n, 'STORAGE' FROM generate_series(1, $4::int) n RETURNING id",
    [server.tenants.acme.id, server.tenants.acme.sites.main.id, `N-${label}-`, count],
  );
  return rows.map(({ id }) => id);
}

test("held while it is moved to places where it never was, none of it stays available anywhere", async () => {
  const { item, lotId, path } = await lotOf(40);
  const places = await newPlaces(40);
  const from = warehouse.locationId("A-01");
  const move = (to: string) => ledger.send({ type: "MOVE", itemId: item.id, quantity: 1, fromLocationId: from, toLocationId: to, lotId });
  let answers: Answer[] = [];
  const tries = await lookedUp(async () => {
    const moves = places.map((place) => move(place));
    answers = await Promise.all([operator.post(`${path}/hold`, quality), ...moves]);
  });
  expect(tries).toBe(41);
  const [held, ...moves] = answers;
  expect(held?.status).toBe(201);
  // Whoever came later found nothing that is available.
  const refused = moves.filter(({ status }) => status !== 201);
  expect(refused.filter(({ error }) => error.code !== "INSUFFICIENT_STOCK")).toEqual([]);
  const left = await balancesOf(server, item);
  expect(left.filter(({ status }) => status === "AVAILABLE")).toEqual([]);
  expect(left.reduce((sum, { on_hand }) => sum + on_hand, 0)).toBe(40);
});

test("held while some of it is being promised to an order, it is told to whom, and nothing of it is held", async () => {
  const making = await createManufacturing(server, warehouse);
  const { item, path } = await lotOf(8);
  const product = await warehouse.item();
  await making.bom(product, [{ item, quantity: 1 }]);
  const order = await making.planned(product, 5);
  const owner = new pg.Client(server.ownerUrl);
  await owner.connect();
  const waiting = async () => {
    const sql = "SELECT DISTINCT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()";
    return (await owner.query(sql)).rowCount;
  };
  try {
    // Nobody may write into the audit trail: the order has its promise by then, and has not committed it.
    await owner.query("BEGIN; LOCK TABLE audit_event IN SHARE MODE");
    const releasing = making.step(order, "release");
    await expect.poll(waiting).toBe(1);
    const holding = operator.post(`${path}/hold`, quality);
    await expect.poll(waiting).toBe(2);
    await owner.query("COMMIT");
    expect((await releasing).status).toBe(200);
    const promised = [{ documentId: order.id, quantity: 5, locationCode: "A-01" }];
    expect((await holding).error).toMatchObject({ code: "LOT_ALLOCATED", details: { promised } });
    expect(await balancesOf(server, item)).toMatchObject([{ status: "AVAILABLE", on_hand: 8, allocated: 5 }]);
  } finally {
    await owner.end();
  }
});

test("held twenty times at once, it is held once", async () => {
  const { item, path } = await lotOf(5);
  const answers = await atOnce(20, () => operator.post(`${path}/hold`, quality));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(await balancesOf(server, item)).toMatchObject([{ status: "HOLD", on_hand: 5 }]);
});

test("with one key it is held once, and all get the same answer", async () => {
  const { path, item } = await lotOf(5);
  const key = { "Idempotency-Key": crypto.randomUUID() };
  const answers = await atOnce(10, () => operator.post(`${path}/hold`, quality, key));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]?.read(PostedBatch).events).toHaveLength(1);
  expect(await balancesOf(server, item)).toMatchObject([{ status: "HOLD", on_hand: 5 }]);
});

test("two lots that are shipped together while each is recalled: nobody waits in a circle, and what is left is on hold", async () => {
  const [one, other] = await Promise.all([lotOf(30), lotOf(30)]);
  const from = warehouse.locationId("A-01");
  const ship = ({ item, lotId }: typeof one) => ({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: from, lotId }) as const;
  const [shipped, ...recalled] = await Promise.all([
    atOnce(20, (index) => ledger.sendBatch(index % 2 === 0 ? [ship(one), ship(other)] : [ship(other), ship(one)])),
    supervisor.post(`${one.path}/recall`, quality),
    supervisor.post(`${other.path}/recall`, quality),
  ]);
  expect(recalled.map(({ status }) => status)).toEqual([201, 201]);
  const gone = shipped.filter(({ status }) => status === 201).length;
  for (const { item } of [one, other]) expect(await balancesOf(server, item)).toMatchObject([{ status: "HOLD", on_hand: 30 - gone }]);
});
