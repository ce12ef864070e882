import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PurchaseOrder } from "#contract/purchase-orders.ts";
import { askUntilAnswered } from "#tests/support/keyed-load.ts";
import { differencesOf } from "#tests/support/ledger.ts";
import { createPurchasing } from "#tests/support/purchasing.ts";
import { type ServerProcess, startServerProcess } from "#tests/support/server-process.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

// As in kill.test.ts, with documents: what a crash leaves must agree between orders, receipts and events.

const [kills, clients] = [12, 10];

let setUp: TestServer;
let server: ServerProcess | undefined;
let orders: PurchaseOrder[];

beforeAll(async () => {
  setUp = await startTestServer("kill receiving");
  const warehouse = await createWarehouse(setUp);
  const purchasing = await createPurchasing(setUp);
  const items = await Promise.all(Array.from({ length: 4 }, () => warehouse.item()));
  orders = await Promise.all(
    Array.from({ length: 5 }, (_, order) =>
      purchasing.approved(
        items.map((item, line) => ({ itemId: items[(order + line) % 4]?.id ?? item.id, quantity: 100_000, unitPrice: 1 + line })),
      ),
    ),
  );
});
afterAll(async () => {
  server?.child.kill("SIGKILL");
  await setUp.close();
});

const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T;

test(
  "killed again and again while goods come in: no receipt without its events, none twice, and no order that says otherwise",
  {
    timeout: 600_000,
  },
  async () => {
    const { cookie } = await setUp.as("Operator");
    const locationId = setUp.tenants.acme.sites.main.locations["A-01"];
    let running = await startServerProcess(setUp);
    const [received, reversed]: [string[], string[]] = [[], []];
    const shift = { over: false };
    const work = Array.from({ length: clients }, async (_, name) => {
      const client = new TestClient(running.address, cookie);
      for (let asked = 0; !shift.over; asked++) {
        const order = pick(orders);
        const lines = order.lines
          .slice(0, pick([1, 2, 4]))
          .map(({ id: lineId }) => ({ lineId, quantity: 3, rejectedQuantity: pick([0, 1]), locationId }));
        const receive = await askUntilAnswered(
          client,
          `/purchasing/purchase-orders/${order.id}/receive`,
          { lines },
          `${name} receives ${asked}`,
        );
        const { id } = receive.json as { id: string };
        received.push(id);
        if (asked % 4 !== 3) continue;
        const undo = await askUntilAnswered(
          client,
          `/purchasing/receipts/${id}/reverse`,
          { reasonCode: "ENTRY-ERROR" },
          `${name} undoes ${asked}`,
        );
        if (undo.status === 201) reversed.push(id);
      }
    });
    for (let kill = 0; kill < kills; kill++) {
      // However slow the machine: each process is killed at work, not while nobody has been answered yet.
      const before = received.length;
      await expect.poll(() => received.length, { interval: 5, timeout: 60_000 }).toBeGreaterThan(before);
      await sleep(Math.random() * 300);
      await running.end("SIGKILL");
      server = running = await startServerProcess(setUp, { port: running.port });
    }
    shift.over = true;
    await Promise.all(work);

    const stored = await setUp.sql<{ id: string; undone: boolean }>("SELECT id, reversed_at IS NOT NULL AS undone FROM receipt");
    expect(stored.length).toBeGreaterThan(kills);
    expect(stored.map(({ id }) => id).toSorted()).toEqual(received.toSorted());
    expect(
      stored
        .filter(({ undone }) => undone)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(reversed.toSorted());
    const numbers = await setUp.sql<{ number: string }>("SELECT number FROM receipt ORDER BY number");
    expect(numbers.map(({ number }) => Number(number.slice(3)))).toEqual(stored.map((_, index) => index + 1));
    expect(await differencesOf(setUp.ownerUrl)).toEqual([]);
  },
);
