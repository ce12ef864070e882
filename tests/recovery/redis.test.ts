import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type TestRedis } from "#tests/support/redis-server.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

// About eight seconds: a server under load, whose Redis is killed, started again, held, and let go.

const clients = 16;

let redis: TestRedis;
let server: TestServer;
const lines: string[] = [];
beforeAll(async () => {
  redis = await startRedis();
  const log = { write: (line: string) => void lines.push((JSON.parse(line) as { message: string }).message) };
  server = await startTestServer("redis", { env: { REDIS_URL: redis.url, LOG_LEVEL: "info", RATE_LIMIT_TENANT: "1000000/1m" }, log });
});
afterAll(async () => {
  await server.close();
  await redis.close();
});

const redisCheck = async () => {
  const { json } = await server.anonymous.get("/health");
  const { status, checks } = json as { status: string; checks: { redis: { status: string; message: string } } };
  return { status, redis: checks.redis.status };
};
async function isBack(): Promise<void> {
  await expect.poll(redisCheck, { timeout: 20_000 }).toEqual({ status: "healthy", redis: "pass" });
}
async function isAway(): Promise<void> {
  await expect.poll(redisCheck, { timeout: 20_000 }).toEqual({ status: "degraded", redis: "warn" });
}

test("Redis killed and held under load: no request fails, health says so, and it comes back by itself", { timeout: 90_000 }, async () => {
  await isBack();
  const warehouse = await createWarehouse(server);
  const item = await warehouse.stock({ at: "A-01", onHand: 1_000_000 });
  const body = {
    type: "MOVE",
    itemId: item.id,
    quantity: 1,
    fromLocationId: warehouse.locationId("A-01"),
    toLocationId: warehouse.locationId("A-02"),
  };
  const ask = (client: TestClient, turn: number) => {
    if (turn % 4 === 0) return client.post("/inventory/events", body);
    return turn % 4 === 1 ? server.anonymous.get("/openapi.json") : client.get("/inventory/items");
  };

  const shift = { over: false };
  const answered = new Map<number, number>();
  let slowestMs = 0;
  const work = Array.from({ length: clients }, async () => {
    const client = await server.newSession("acme", server.tenants.acme.users.Operator.id);
    for (let turn = 0; !shift.over; turn++) {
      const startedAt = performance.now();
      const { status } = await ask(client, turn);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      answered.set(status, (answered.get(status) ?? 0) + 1);
    }
  });

  await sleep(500);
  await redis.kill();
  await isAway();
  expect((await server.anonymous.get("/health?type=ready")).status).toBe(200);
  await sleep(500);
  await redis.start();
  await isBack();
  await sleep(500);
  redis.pause();
  await isAway();
  await sleep(1_000);
  redis.resume();
  await isBack();
  await sleep(500);
  shift.over = true;
  await Promise.all(work);

  expect([...answered.keys()].toSorted((one, other) => one - other)).toEqual([200, 201]);
  expect(answered.get(201)).toBeGreaterThan(clients);
  // Nobody waited for it: the slowest answer is what a busy machine makes of one, not what a dead server does.
  expect(slowestMs).toBeLessThan(5_000);
  expect(await warehouse.onHand(item, "A-02")).toBe(answered.get(201));
  const told = lines.filter((line) => line.startsWith("Redis"));
  expect(told.length).toBeLessThan(12);
  expect(told.at(-1)).toBe("Redis is there: processes share what they count");
});
