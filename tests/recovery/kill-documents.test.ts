import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProductionOrder } from "#contract/production.ts";
import type { PurchaseOrder } from "#contract/purchase-orders.ts";
import { askUntilAnswered } from "#tests/support/keyed-load.ts";
import { whileServerIsKilled } from "#tests/support/kill-server.ts";
import { differencesOf } from "#tests/support/ledger.ts";
import { createManufacturing } from "#tests/support/manufacturing.ts";
import { createPurchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { createTransfers } from "#tests/support/transfers.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

// As in kill.test.ts, with documents: what a crash leaves must agree between documents and events.

let setUp: TestServer;
let warehouse: Warehouse;

beforeAll(async () => {
  setUp = await startTestServer("kill documents");
  warehouse = await createWarehouse(setUp);
});
afterAll(() => setUp.close());

const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T;
const reason = { reasonCode: "ENTRY-ERROR" };
const place = (code: "A-01" | "A-02") => setUp.tenants.acme.sites.main.locations[code];
const cookieOf = async () => (await setUp.as("Admin")).cookie ?? "";

/** Ids that were acknowledged: of what was done, and of what was undone. */
interface Told {
  done: string[];
  undone: string[];
}

/** What is stored is what was acknowledged, each once, and undone where that was acknowledged. */
async function expectStored(table: "receipt" | "production_posting", { done, undone }: Told): Promise<void> {
  const stored = await setUp.sql<{ id: string; undone: boolean }>(`SELECT id, reversed_at IS NOT NULL AS undone FROM ${table} ORDER BY id`);
  expect(stored.map(({ id }) => id)).toEqual(done.toSorted());
  expect(stored.filter((row) => row.undone).map(({ id }) => id)).toEqual(undone.toSorted());
  expect(await differencesOf(setUp.ownerUrl)).toEqual([]);
}

/** Does something with a key of its own, and undoes every fourth of it. Answers how often it was answered. */
async function doAndUndo(
  client: TestClient,
  told: Told,
  { path, body, key, undo }: { path: string; body: object; key: string; undo: string | undefined },
): Promise<number> {
  const answer = await askUntilAnswered(client, path, body, key);
  if (answer.status !== 201) return 1;
  const { id } = answer.json as { id: string };
  told.done.push(id);
  if (undo === undefined) return 1;
  const undone = await askUntilAnswered(client, undo.replace("{id}", id), reason, `${key}, undone`);
  if (undone.status < 300) told.undone.push(id);
  return 2;
}

test(
  "killed while goods come in: no receipt without its events, none twice, no gap in their numbers, and no order that says otherwise",
  { timeout: 600_000 },
  async () => {
    const purchasing = await createPurchasing(setUp);
    const items = await Promise.all(Array.from({ length: 4 }, () => warehouse.item()));
    const lines = items.map((item, line) => ({ itemId: item.id, quantity: 100_000, unitPrice: 1 + line }));
    const orders: PurchaseOrder[] = await Promise.all(
      Array.from({ length: 5 }, (_, n) => purchasing.approved([...lines.slice(n % 4), ...lines.slice(0, n % 4)])),
    );
    const told: Told = { done: [], undone: [] };
    await whileServerIsKilled(setUp, {
      kills: 8,
      clients: 10,
      cookie: await cookieOf(),
      work: (client, name, turn) => {
        const order = pick(orders);
        const received = order.lines
          .slice(0, pick([1, 2, 4]))
          .map(({ id: lineId }) => ({ lineId, quantity: 3, rejectedQuantity: pick([0, 1]), locationId: place("A-01") }));
        return doAndUndo(client, told, {
          path: `/purchasing/purchase-orders/${order.id}/receive`,
          body: { lines: received },
          key: `${name} receives ${turn}`,
          undo: turn % 4 === 3 ? "/purchasing/receipts/{id}/reverse" : undefined,
        });
      },
    });
    await expectStored("receipt", told);
    expect(told.done.length).toBeGreaterThan(10);
    const numbers = await setUp.sql<{ number: string }>("SELECT number FROM receipt ORDER BY number");
    expect(numbers.map(({ number }) => Number(number.slice(3)))).toEqual(told.done.map((_, index) => index + 1));
  },
);

test(
  "killed while things are made: nothing is made without what it consumed, nothing is promised to nobody, and what was undone is undone once",
  { timeout: 600_000 },
  async () => {
    const making = await createManufacturing(setUp, warehouse);
    const parts = await Promise.all([1, 2, 3].map((unitCost) => warehouse.stock({ at: "A-01", onHand: 1_000_000, unitCost })));
    const product = await warehouse.item();
    await making.bom(
      product,
      parts.map((item, n) => ({ item, quantity: 1, issueMethod: n === 0 ? "MANUAL" : "BACKFLUSH" }) as const),
    );
    const orders: ProductionOrder[] = [];
    for (let n = 0; n < 4; n++) orders.push(await making.released(product, 200_000));
    const told: Told = { done: [], undone: [] };
    await whileServerIsKilled(setUp, {
      kills: 6,
      clients: 10,
      cookie: await cookieOf(),
      work: (client, name, turn) => {
        const { id } = pick(orders);
        const consume = { path: "consume", body: { components: [{ itemId: parts[0]?.id, quantity: 2, locationId: place("A-01") }] } };
        const output = { path: "output", body: { quantity: 1, scrapQuantity: pick([0, 1]), locationId: place("A-02") } };
        const { path, body } = pick([consume, output]);
        const undo = turn % 4 === 3 ? "/manufacturing/postings/{id}/reverse" : undefined;
        return doAndUndo(client, told, {
          path: `/manufacturing/production-orders/${id}/${path}`,
          body,
          key: `${name} makes ${turn}`,
          undo,
        });
      },
    });
    await expectStored("production_posting", told);
    expect(told.done.length).toBeGreaterThan(8);
  },
);

test(
  "killed while stock is sent from site to site: what left is on its way or there, and no transfer says otherwise",
  { timeout: 600_000 },
  async () => {
    const transfers = await createTransfers(setUp);
    const item = await warehouse.stock({ at: "A-01", onHand: 100_000, unitCost: 1 });
    const there = setUp.tenants.acme.sites.second.locations["A-01"];
    const done: string[] = [];
    await whileServerIsKilled(setUp, {
      kills: 4,
      clients: 8,
      cookie: await cookieOf(),
      work: async (client, name, turn) => {
        const { id, lines } = await transfers.draft(item, 5);
        const sent = await askUntilAnswered(client, `/inventory/transfers/${id}/send`, {}, `${name} sends ${turn}`);
        if (sent.status !== 200) throw new Error(`Not sent: ${sent.text}`);
        const body = { lines: [{ lineId: lines[0]?.id, quantity: pick([2, 5]), locationId: there }] };
        await askUntilAnswered(client, `/inventory/transfers/${id}/receive`, body, `${name} takes in ${turn}`);
        done.push(id);
        return 2;
      },
    });
    const stored = await setUp.sql<{ id: string }>(
      "SELECT id FROM transfer WHERE status IN ('PARTIALLY_RECEIVED', 'RECEIVED') ORDER BY id",
    );
    expect(stored.map(({ id }) => id)).toEqual(done.toSorted());
    expect(await warehouse.onHand(item)).toBe(100_000);
    expect(await differencesOf(setUp.ownerUrl)).toEqual([]);
  },
);
