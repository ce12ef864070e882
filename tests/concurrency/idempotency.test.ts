import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Posted } from "#contract/ledger.ts";
import { balancesOf, expectAgreement, type EventBody, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { Answer } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let ledger: ReturnType<typeof ledgerOf>;
let A1: string;

beforeAll(async () => {
  server = await startTestServer("idempotency");
  warehouse = await createWarehouse(server);
  ledger = ledgerOf(await server.as("Supervisor"));
  A1 = warehouse.locationId("A-01");
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

let keys = 0;
const newKey = () => ({ "Idempotency-Key": `key ${++keys} ${crypto.randomUUID()}` });
const ship = (itemId: string, quantity = 1): EventBody => ({ type: "SHIP", itemId, quantity, fromLocationId: A1 });
const isReplay = (answer: Answer) => answer.headers.get("idempotency-replayed") === "true";
const eventsOf = async (itemId: string) =>
  (await server.sql("SELECT id FROM inventory_event WHERE item_id = $1 AND type = 'SHIP'", [itemId])).length;

/** As a client should: after a 409 with Retry-After it asks again. */
async function untilAnswered(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    const retryAfter = answer.headers.get("retry-after");
    if (answer.status !== 409 || retryAfter === null) return answer;
    await sleep(Number(retryAfter) * 1_000);
  }
}

test("the same request from fifty at once is done once, and all get the same answer", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 100 });
  const key = newKey();
  const answers = await Promise.all(Array.from({ length: 50 }, () => untilAnswered(() => ledger.send(ship(item.id), key))));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1);
  expect(await eventsOf(item.id)).toBe(1);
  expect(await balancesOf(server, item)).toMatchObject([{ on_hand: 99 }]);
});

test.each([
  ["a batch", (itemId: string) => ({ path: "/inventory/events/batch", body: { events: [ship(itemId), ship(itemId)] } }), 2],
  [
    "one that needs two rows in opposite order",
    (itemId: string) => ({
      path: "/inventory/events/batch",
      body: { events: [ship(itemId), { type: "RECEIVE", itemId, quantity: 1, toLocationId: A1 }] },
    }),
    1,
  ],
])("%s too", async (_, requestOf, shipments) => {
  const item = await warehouse.stock({ at: "A-01", onHand: 100 });
  const { path, body } = requestOf(item.id);
  const key = newKey();
  const client = await server.as("Operator");
  const answers = await Promise.all(Array.from({ length: 20 }, () => untilAnswered(() => client.post(path, body, key))));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(await eventsOf(item.id)).toBe(shipments);
});

test("asked again by the address without a version, it is the same request", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  const key = newKey();
  const first = await ledger.send(ship(item.id), key);
  const { cookie = "" } = await server.as("Supervisor");
  const headers = { cookie, "content-type": "application/json", ...key };
  const again = await fetch(`${server.baseUrl}/api/inventory/events`, { method: "POST", headers, body: JSON.stringify(ship(item.id)) });
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(await again.text()).toBe(first.text);
  expect(await eventsOf(item.id)).toBe(1);
});

test("asked again later, the answer of then comes back, whatever happened since", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  const key = newKey();
  const first = await ledger.send(ship(item.id), key);
  await ledger.post(ship(item.id, 4));
  const again = await ledger.send(ship(item.id), key);
  expect([again.status, again.text, isReplay(first), isReplay(again)]).toEqual([201, first.text, false, true]);
  expect(again.read(Posted).balances[0]?.onHand).toBe(4);
});

test.each<[string, (itemId: string) => Partial<EventBody>]>([
  ["another quantity", () => ({ quantity: 2 })],
  ["a note more", () => ({ note: "x" })],
])("with %s the key is refused: 422, and nothing is done", async (_, change) => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  const key = newKey();
  await ledger.send(ship(item.id), key);
  const other = await ledger.send({ ...ship(item.id), ...change(item.id) }, key);
  expect([other.status, other.error.code]).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
  expect((await ledger.sendBatch([ship(item.id)], key)).status).toBe(422);
  expect(await eventsOf(item.id)).toBe(1);
});

test("the same body written otherwise is the same request", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  const client = await server.as("Supervisor");
  const key = newKey();
  const body = ship(item.id);
  const first = await client.post("/inventory/events", body, key);
  const reordered = await client.post(
    "/inventory/events",
    JSON.stringify(Object.fromEntries(Object.entries(body).toReversed()), null, 2),
    key,
  );
  expect([reordered.status, isReplay(reordered), reordered.text]).toEqual([201, true, first.text]);
});

test("the same key and body for another thing is another request", async () => {
  const item = await warehouse.item();
  const receive = () => ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: A1 });
  const [one, other] = [await receive(), await receive()];
  const client = await server.as("Supervisor");
  const key = newKey();
  const reverse = (id: string) => client.post(`/inventory/events/${id}/reverse`, { reasonCode: "ENTRY-ERROR" }, key);
  expect((await reverse(one.event.id)).status).toBe(201);
  expect((await reverse(other.event.id)).error).toMatchObject({ statusCode: 422, code: "IDEMPOTENCY_KEY_REUSED" });
  expect(await balancesOf(server, item)).toMatchObject([{ on_hand: 1 }]);
});

test("a refusal is not kept: the same key may be used when there is stock", async () => {
  const item = await warehouse.item();
  const key = newKey();
  expect((await ledger.send(ship(item.id), key)).status).toBe(409);
  expect((await ledger.send({ ...ship(item.id), quantity: 0 }, key)).status).toBe(400);
  await ledger.post({ type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: A1 });
  const done = await ledger.send(ship(item.id), key);
  expect([done.status, isReplay(done)]).toEqual([201, false]);
});

test.each(["", "x".repeat(256), "caf\u00e9", "a\u0001b"])("a key like %o is refused", async (key) => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  // Some of them no client can even send.
  const status = await ledger.send(ship(item.id), { "Idempotency-Key": key }).then(
    (answer) => answer.status,
    () => 400,
  );
  expect(status).toBe(400);
  expect(await eventsOf(item.id)).toBe(0);
});

describe("a claim", () => {
  const claimed = async (itemId: string, key: { "Idempotency-Key": string }) => {
    const holder = new pg.Client({ connectionString: server.ownerUrl });
    await holder.connect();
    await holder.query("BEGIN");
    await holder.query("INSERT INTO idempotency_key (tenant_id, user_id, key, request_hash) VALUES ($1, $2, $3, '\\x00')", [
      server.tenants.acme.id,
      server.tenants.acme.users.Supervisor.id,
      key["Idempotency-Key"],
    ]);
    return { holder, asked: ledger.send(ship(itemId), key) };
  };

  test("of a process that died in the middle is taken over", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const { holder, asked } = await claimed(item.id, newKey());
    const lost = new Promise((done) => holder.once("end", done));
    await sleep(100);
    const [row] = (await holder.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
    holder.on("error", () => undefined);
    await server.sql("SELECT pg_terminate_backend($1)", [row?.pid]);
    await lost;
    const answer = await asked;
    expect([answer.status, isReplay(answer)]).toEqual([201, false]);
    expect(await eventsOf(item.id)).toBe(1);
  });

  test("that is held too long is answered with 409 and a time to ask again", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const key = newKey();
    const { holder, asked } = await claimed(item.id, key);
    const answer = await asked;
    expect([answer.status, answer.error.code, answer.headers.get("retry-after")]).toEqual([409, "IDEMPOTENCY_KEY_IN_USE", "1"]);
    await holder.query("ROLLBACK");
    await holder.end();
    expect((await ledger.send(ship(item.id), key)).status).toBe(201);
  });

  test("of more than a day ago is forgotten", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const key = newKey();
    await ledger.send(ship(item.id), key);
    await server.sql("UPDATE idempotency_key SET created_at = now() - interval '25 hours' WHERE key = $1", [key["Idempotency-Key"]]);
    const later = await ledger.send(ship(item.id), key);
    expect([later.status, isReplay(later)]).toEqual([201, false]);
    expect(await eventsOf(item.id)).toBe(2);
  });
});
