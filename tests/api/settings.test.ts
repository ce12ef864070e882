import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AuditEventList, Me } from "#contract/identity.ts";
import { defaultRules, Settings } from "#contract/settings.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("settings");
  admin = await server.as("Admin");
});
afterAll(() => server.close());

const read = async (client = admin) => (await client.get("/settings")).read(Settings);
const change = async (changes: object) => {
  const { version } = await read();
  return await admin.patch("/settings", { version, ...changes });
};

test("what a company has not decided is told with the value that holds", async () => {
  const { id, version, createdAt, updatedAt, ...rest } = await read(await server.as("Viewer", "globex"));
  expect(rest).toEqual({ name: "Globex", currency: "EUR", timeZone: "Europe/Vienna", ...defaultRules });
  expect([id, version, createdAt <= updatedAt]).toEqual([server.tenants.globex.id, 1, true]);
});

test("everyone of the company reads them, an Admin alone changes them, and no other company's are touched", async () => {
  const others = await read(await server.as("Admin", "globex"));
  for (const role of ["Supervisor", "Operator", "Viewer"] as const) {
    const client = await server.as(role);
    expect(await read(client)).toEqual(await read());
    expect((await client.patch("/settings", { version: 1, selfApproval: true })).error.code).toBe("FORBIDDEN");
  }
  const changed = (await change({ selfApproval: true, expiryWarningDays: 14 })).read(Settings);
  expect(changed).toMatchObject({ ...defaultRules, selfApproval: true, expiryWarningDays: 14 });
  expect(await read(await server.as("Viewer"))).toEqual(changed);
  expect(await read(await server.as("Admin", "globex"))).toEqual(others);
});

test("a change says what it was made from, and leaves what it does not name", async () => {
  const before = await read();
  expect(faultsOf(await admin.patch("/settings", { selfApproval: false }))).toHaveProperty("version");
  const after = (await change({ countTolerancePercent: 2.5 })).read(Settings);
  expect(after).toEqual({ ...before, countTolerancePercent: 2.5, version: before.version + 1, updatedAt: after.updatedAt });
  expect((await admin.patch("/settings", { version: before.version, name: "Late" })).error.code).toBe("STALE_VERSION");
  const byHeader = (version: number) => admin.patch("/settings", { name: "Acme" }, { "if-match": `"${version}-abc"` });
  expect((await byHeader(before.version)).error.code).toBe("PRECONDITION_FAILED");
  expect((await byHeader(after.version)).status).toBe(200);
});

test("of many changes from one state one is made", async () => {
  const { version } = await read();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, days) => admin.patch("/settings", { version, expiryWarningDays: days })),
  );
  const made = answers.filter(({ status }) => status === 200);
  expect(made).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  expect(await read()).toEqual(made[0]?.read(Settings));
});

test("what is wrong is told by field", async () => {
  const wrong = {
    name: " ",
    currency: "EUROS",
    timeZone: "Vienna",
    overReceiptTolerancePercent: -1,
    countTolerancePercent: 100.5,
    countToleranceValue: 0.00001,
    selfApproval: "yes",
    expiryWarningDays: 1.5,
    countEveryDaysA: 0,
    countEveryDaysB: 3_651,
    countEveryDaysC: "never",
    countLinesPerDay: null,
    code: "other",
  };
  const answer = await change(wrong);
  expect(answer.status).toBe(400);
  expect(faultsOf(answer)).toMatchObject({
    name: "Must not be empty",
    currency: "Must be the three letters of a currency, such as EUR",
    timeZone: "Must be an IANA time zone, such as Europe/Vienna",
    overReceiptTolerancePercent: "Must be at least 0",
    countTolerancePercent: "Must be at most 100",
    countToleranceValue: "Must have at most 4 decimals",
    countEveryDaysA: "Must be at least 1",
    countEveryDaysB: "Must be at most 3650",
    code: "Unknown field",
  });
  expect(Object.keys(faultsOf(answer)).toSorted()).toEqual(Object.keys(wrong).toSorted());
  expect(faultsOf(await change({ currency: "XQZ" }))).toHaveProperty("currency");
});

test("how often a class is counted may be taken back, and how much a day has bounds", async () => {
  expect((await change({ countEveryDaysA: 30, countLinesPerDay: 10_000 })).read(Settings)).toMatchObject({
    countEveryDaysA: 30,
    countEveryDaysB: null,
    countLinesPerDay: 10_000,
  });
  expect((await change({ countEveryDaysA: null })).read(Settings)).toMatchObject({ countEveryDaysA: null });
  expect(faultsOf(await change({ countLinesPerDay: 10_001 }))).toEqual({ countLinesPerDay: "Must be at most 10000" });
  expect(faultsOf(await change({ countLinesPerDay: 0 }))).toEqual({ countLinesPerDay: "Must be at least 1" });
});

test("a change is in the audit trail with what was before and after", async () => {
  const before = await read();
  const after = (await change({ overReceiptTolerancePercent: 5, name: "Acme & Co" })).read(Settings);
  const [event] = (await admin.get("/audit-events?entityType=settings")).read(AuditEventList).items;
  expect(event).toMatchObject({ action: "settings.updated", entityId: server.tenants.acme.id, before, after });
});

test("the new name and time zone hold from the next request on", async () => {
  (await change({ name: "Acme Ltd", timeZone: "Asia/Tokyo" })).read(Settings);
  const me = (await admin.get("/auth/me")).read(Me);
  expect(me.tenant).toMatchObject({ code: "acme", name: "Acme Ltd", timeZone: "Asia/Tokyo" });
});

describe("the currency", () => {
  const currency = async () => (await read()).currency;

  test("may be changed while nothing was moved", async () => {
    expect((await change({ currency: "USD" })).read(Settings).currency).toBe("USD");
  });

  test("stays when stock is moved at the same time, or the other way round: amounts are never of two currencies", async () => {
    const warehouse = await createWarehouse(server);
    const item = await warehouse.item();
    const receive = () =>
      admin.post("/inventory/events", { type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: warehouse.locationId("A-01") });
    const [changed, ...received] = await Promise.all([change({ currency: "CHF" }), receive(), receive(), receive()]);
    expect(received.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(["CHF", "USD"]).toContain(await currency());
    expect(await currency()).toBe(changed.status === 200 ? "CHF" : "USD");
    const kept = await currency();
    const { error } = await change({ currency: "JPY" });
    expect(error).toMatchObject({ statusCode: 409, code: "IN_USE", details: { fields: ["currency"] } });
    // The same one is no change.
    expect((await change({ currency: kept, expiryWarningDays: 60 })).read(Settings)).toMatchObject({
      currency: kept,
      expiryWarningDays: 60,
    });
  });

  test("waits for a movement that is not committed yet, and is refused then", async () => {
    const other = await server.as("Admin", "globex");
    const { id: tenantId, sites, users } = server.tenants.globex;
    const made = await server.sql<{ id: string }>("INSERT INTO item (tenant_id, sku, name) VALUES ($1, 'HELD', 'Held') RETURNING id", [
      tenantId,
    ]);
    let answer: Promise<Awaited<ReturnType<TestClient["patch"]>>> | undefined;
    await server.services.database.withTenant(tenantId, async (tx) => {
      await tx.sql(
        `INSERT INTO inventory_event (type, item_id, quantity, entered_quantity, entered_uom, unit_cost, to_location_id, to_status, user_id, occurred_at, recorded_at)
         VALUES ('RECEIVE', $1, 1, 1, 'EA', 1, $2, 'AVAILABLE', $3, now(), now())`,
        [made[0]?.id, sites.main.locations["A-01"], users.Admin.id],
      );
      answer = other.patch("/settings", { version: 1, currency: "USD" });
      await expect
        .poll(async () => (await server.sql("SELECT 1 FROM pg_locks WHERE NOT granted")).length, { timeout: 2_500 })
        .toBeGreaterThan(0);
    });
    expect((await answer)?.error.code).toBe("IN_USE");
  });
});
