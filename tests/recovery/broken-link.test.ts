import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type CommitFate, type FaultProxy, startFaultProxy } from "#tests/support/fault-proxy.ts";
import { User } from "#contract/identity.ts";
import { createKeyedLoad } from "#tests/support/keyed-load.ts";
import { keepLines } from "#tests/support/log-lines.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

// The server reaches its database over a link that breaks in the worst moments; the test's other server, on the same database, sets up and looks.

const answerTimeoutMs = 700;

const log = keepLines();
let setUp: TestServer;
let server: TestServer;
let proxy: FaultProxy;

beforeAll(async () => {
  setUp = await startTestServer("broken link");
  proxy = await startFaultProxy(setUp.appUrl);
  const env = { DATABASE_URL: proxy.through(setUp.appUrl), DB_CONNECTION_LIMIT: "10" };
  server = await startTestServer("broken link", { beside: setUp, env, database: { answerTimeoutMs }, log });
});
afterAll(async () => {
  await server.close();
  await proxy.close();
  await setUp.close();
});
afterEach(() => {
  proxy.onCommit = () => "pass";
  proxy.delayMs = 0;
  proxy.speakAgain();
});

const nothingIsStuck = async () => {
  await expect.poll(() => server.services.database.statistics().waiting).toBe(0);
  const stuck = () =>
    setUp.sql(
      "SELECT state, query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'warehouse-builder' AND state <> 'idle' AND pid <> pg_backend_pid()",
    );
  await expect.poll(stuck, { timeout: 10_000 }).toEqual([]);
};
/** One key, asked once over the broken link, and then until it is done. */
async function receiveOnce(fate: CommitFate) {
  const warehouse = await createWarehouse(setUp);
  const item = await warehouse.item();
  const client = await server.as("Operator");
  const body = { type: "RECEIVE", itemId: item.id, toLocationId: warehouse.locationId("A-01"), quantity: 7, unitCost: 1 };
  let fates = [fate];
  const metBefore = proxy.met[fate];
  proxy.onCommit = () => fates.shift() ?? "pass";
  const keyed = await client.post("/inventory/events", body, { "Idempotency-Key": `keyed ${item.id}` });
  const seen = await warehouse.onHand(item, "A-01");
  fates = [fate];
  const unkeyed = await client.post("/inventory/events", body);
  expect(proxy.met[fate]).toBe(metBefore + 2);
  return { keyed, seen, unkeyed, after: await warehouse.onHand(item, "A-01") };
}

test("cut before COMMIT: run again by the server, saved once, and the client never knows", async () => {
  const { keyed, seen, unkeyed, after } = await receiveOnce("cut-before");
  // Without a key nobody can know what became of it: the cut came when COMMIT was on its way.
  expect([keyed.status, seen, unkeyed.status, unkeyed.error.code, after]).toEqual([201, 7, 503, "COMMIT_UNKNOWN", 7]);
});

test.each(["cut-after", "silent-after"] as const)(
  "%s COMMIT: with a key the answer is that of the one effect, without one the client is told that nobody knows",
  async (fate) => {
    const { keyed, seen, unkeyed, after } = await receiveOnce(fate);
    expect([keyed.status, keyed.headers.get("idempotency-replayed"), seen]).toEqual([201, "true", 7]);
    expect([unkeyed.status, unkeyed.error.code, unkeyed.headers.get("retry-after"), after]).toEqual([503, "COMMIT_UNKNOWN", "1", 14]);
    await nothingIsStuck();
  },
);

test.each(["cut-after", "cut-before"] as const)(
  "%s the COMMIT of a change that concerns security: its event is told once, as one whose outcome is unknown",
  async (fate) => {
    const admin = await setUp.as("Admin");
    const user = (await admin.post("/users", { email: `${fate}@acme.test`, name: "Changed", role: "Viewer" })).read(User);
    const client = await server.as("Admin");
    const fates = [fate];
    log.forget();
    proxy.onCommit = () => fates.shift() ?? "pass";
    const { error } = await client.patch(`/users/${user.id}`, { version: user.version, role: "Operator" });
    expect(error.code).toBe("COMMIT_UNKNOWN");
    const events = log.lines().filter(({ metadata }) => metadata?.["eventType"] === "security");
    expect(events.map(({ message }) => message)).toEqual(["A user's rights were changed"]);
    expect(events[0]?.metadata).toMatchObject({ userId: user.id, role: "Operator", severity: "medium", outcome: "unknown" });
    const now = (await admin.get(`/users/${user.id}`)).read(User);
    expect(now.role).toBe(fate === "cut-after" ? "Operator" : "Viewer");
  },
);

test("a link that goes silent: everyone is answered, no connection stays stuck, and afterwards all is well at once", async () => {
  const client = await server.as("Operator");
  await Promise.all(Array.from({ length: 10 }, () => client.get("/inventory/items")));
  proxy.goSilent();
  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: 30 }, () => client.get("/inventory/items")));
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(answers.every(({ headers, error }) => headers.get("retry-after") !== null && error.code.startsWith("DATABASE_"))).toBe(true);
  proxy.speakAgain();
  await expect.poll(async () => (await client.get("/inventory/items")).status).toBe(200);
  await nothingIsStuck();
});

test("links that went silent and are there again, as after a router's fall: one short wait for whoever asks first, and none for the others", async () => {
  const env = { DATABASE_URL: proxy.through(setUp.appUrl), DB_CONNECTION_LIMIT: "10", DB_FIRST_ANSWER_TIMEOUT: "1" };
  const patient = await startTestServer("broken link", { beside: setUp, env });
  try {
    const client = await patient.as("Operator");
    await Promise.all(Array.from({ length: 30 }, () => client.get("/inventory/items")));
    expect(patient.services.database.statistics().idle).toBeGreaterThan(3);
    proxy.goSilent();
    proxy.speakAgain();
    const waited: number[] = [];
    for (let request = 0; request < 10; request++) {
      const startedAt = performance.now();
      expect((await client.get("/inventory/items")).status).toBe(200);
      waited.push(performance.now() - startedAt);
    }
    const [first = 0, ...others] = waited;
    expect(first).toBeGreaterThan(900);
    expect(first).toBeLessThan(5_000);
    expect(Math.max(...others)).toBeLessThan(900);
  } finally {
    await patient.close();
  }
});

test("a statement that takes longer than a first answer may is waited for", async () => {
  const env = { DATABASE_URL: proxy.through(setUp.appUrl), DB_CONNECTION_LIMIT: "1", DB_FIRST_ANSWER_TIMEOUT: "1" };
  const patient = await startTestServer("broken link", { beside: setUp, env });
  try {
    let tries = 0;
    const slow = patient.services.database.withTenant(setUp.tenants.acme.id, async (tx) => {
      tries += 1;
      await tx.sql("SELECT pg_sleep(2.5)", []);
    });
    await expect(slow).resolves.toBeUndefined();
    expect(tries).toBe(1);
  } finally {
    await patient.close();
  }
});

test("a link that goes silent: health says so in time, over and over, leaves no connection behind, and is well again by itself", async () => {
  const statusOf = async (type: string) => (await server.anonymous.get(`/health?type=${type}`)).status;
  expect(await statusOf("ready")).toBe(200);
  proxy.goSilent();
  const openBefore = proxy.open();
  for (let round = 0; round < 3; round++) {
    await sleep(1_050);
    const startedAt = performance.now();
    expect([await statusOf("live"), await statusOf("ready")]).toEqual([200, 503]);
    expect(performance.now() - startedAt).toBeLessThan(2_900);
  }
  expect(proxy.open()).toBeLessThanOrEqual(openBefore);
  proxy.speakAgain();
  await expect.poll(() => statusOf("ready"), { timeout: 5_000 }).toBe(200);
});

test("connections killed while they idle: not one request fails", async () => {
  const client = await server.as("Operator");
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 10 }, () => client.get("/inventory/items")));
    await setUp.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'warehouse-builder' AND usename = 'warehouse_app' AND state = 'idle'",
    );
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.get("/inventory/items")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  }
});

test(
  "under load, with delays, and cut or silent at every tenth COMMIT: one key is one effect, and every sum is right",
  { timeout: 120_000 },
  async () => {
    const load = await createKeyedLoad(setUp);
    const fates: CommitFate[] = ["cut-before", "cut-after", "silent-after"];
    proxy.onCommit = () => (Math.random() < 0.1 ? (fates[Math.floor(Math.random() * fates.length)] ?? "pass") : "pass");
    await load.during({ address: server.baseUrl, clients: 12 }, async () => {
      // However slow the machine: until enough was done, and enough went wrong.
      const isEnough = () =>
        load.told.filter(({ status }) => status === 201).length > 60 && fates.every((fate) => (proxy.met[fate] ?? 0) > 3);
      const until = performance.now() + 60_000;
      for (let round = 0; round < 10 || (!isEnough() && performance.now() < until); round++) {
        proxy.delayMs = round % 2 === 0 ? 0 : 15;
        await sleep(400);
        if (round % 3 === 2) proxy.cutAll();
      }
      proxy.onCommit = () => "pass";
      proxy.delayMs = 0;
    });
    expect(await load.check()).toBeGreaterThan(50);
    for (const fate of fates) expect(proxy.met[fate], fate).toBeGreaterThan(3);
    const allowed = load.told.filter(({ status, code, retryAfter }) => {
      if (status === 503)
        return ["COMMIT_UNKNOWN", "DATABASE_UNAVAILABLE", "DATABASE_BUSY", "BUSY"].includes(code ?? "") && retryAfter !== null;
      return status === 201 || status === 409;
    });
    expect(load.told.filter((told) => !allowed.includes(told))).toEqual([]);
    expect(Math.max(...load.told.map(({ ms }) => ms))).toBeLessThan(15_000);
    await nothingIsStuck();
  },
);
