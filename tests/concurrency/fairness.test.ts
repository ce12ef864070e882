import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeDays } from "#features/ledger/day-close.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let admin: TestClient;
let place: string;
let hot: string;

beforeAll(async () => {
  server = await startTestServer("fairness", { env: { DB_CONNECTION_LIMIT: "5" } });
  admin = await server.as("Admin");
  place = server.tenants.acme.sites.main.locations["A-01"];
  hot = ((await admin.post("/inventory/items", { sku: "HOT", name: "Hot" })).json as { id: string }).id;
  await receive();
});
afterAll(() => server.close());

const receive = () => admin.post("/inventory/events", { type: "RECEIVE", itemId: hot, quantity: 1, toLocationId: place });

/** Holds what a statement locks, as the database's owner, while something else goes on. */
async function whileHeld<T>(statement: string, work: () => Promise<T>): Promise<T> {
  const owner = new pg.Client(server.ownerUrl);
  await owner.connect();
  await owner.query(`BEGIN; ${statement}`);
  try {
    return await work();
  } finally {
    await owner.query("ROLLBACK");
    await owner.end();
  }
}

describe("while one row is held", () => {
  test("those who wait for it do not keep others from reading, and are told to come back", async () => {
    const { reads, writes } = await whileHeld(`SELECT FROM item_valuation WHERE item_id = '${hot}' FOR UPDATE`, async () => {
      const waiting = Array.from({ length: 10 }, receive);
      await new Promise((done) => setTimeout(done, 200));
      const answered: number[] = [];
      for (let n = 0; n < 10; n++) answered.push((await admin.get("/auth/me")).status);
      // None of the writers has an answer yet: the reads did not wait for them.
      const early = await Promise.race([Promise.any(waiting).then(() => "answered"), Promise.resolve("waiting")]);
      expect(early).toBe("waiting");
      return { reads: answered, writes: await Promise.all(waiting) };
    });
    expect(reads).toEqual(Array.from({ length: 10 }, () => 200));
    expect(new Set(writes.map(({ status }) => status))).toEqual(new Set([503]));
    expect(writes.every(({ headers }) => Number(headers.get("retry-after")) > 0)).toBe(true);
  }, 60_000);

  test("once it is free, all is as before", async () => {
    expect((await receive()).status).toBe(201);
  });
});

test("closing days waits for nobody, and nobody for it", async () => {
  await whileHeld("LOCK TABLE inventory_event IN ROW EXCLUSIVE MODE; SELECT pg_current_xact_id()", async () => {
    const closing = closeDays(server.services.database);
    expect((await receive()).status).toBe(201);
    await closing;
  });
});

test("thousands of serial numbers at once come in", async () => {
  const { id } = (await admin.post("/inventory/items", { sku: "SERIAL", name: "Serial", tracking: "SERIAL" })).json as { id: string };
  const batch = (part: number) =>
    admin.post("/inventory/events/batch", {
      events: Array.from({ length: 1_000 }, (_, n) => ({
        type: "RECEIVE",
        itemId: id,
        quantity: 1,
        toLocationId: place,
        lotCode: `SN-${part}-${n}`,
      })),
    });
  const answers = await Promise.all([1, 2, 3].map(batch));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect((await batch(1)).error.code).toBe("SERIAL_ON_HAND");
}, 60_000);
