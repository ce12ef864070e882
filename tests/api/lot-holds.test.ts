import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { PostedBatch } from "#contract/ledger.ts";
import { balancesOf, expectAgreement, expectNothingWritten, faultPaths, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let ledger: ReturnType<typeof ledgerOf>;
let operator: TestClient;
let supervisor: TestClient;
let admin: TestClient;

beforeAll(async () => {
  server = await startTestServer("lot holds");
  warehouse = await createWarehouse(server);
  [operator, supervisor, admin] = [await server.as("Operator"), await server.as("Supervisor"), await server.as("Admin")];
  ledger = ledgerOf(admin);
});
afterAll(async () => {
  try {
    await expectAgreement(server);
  } finally {
    await server.close();
  }
});

const quality = { reasonCode: "QUALITY" };
const receive = (item: Item, quantity: number, toLocationId: string, lotCode = "L-1") =>
  ledger.post({ type: "RECEIVE", itemId: item.id, quantity, toLocationId, lotCode });
/** Seven of one lot at, two of another beside them. */
async function twoPlaces(): Promise<{ item: Item; lotId: string; path: string }> {
  const item = await warehouse.item({ tracking: "LOT" });
  const { event } = await receive(item, 4, warehouse.locationId("A-01"));
  await receive(item, 3, warehouse.locationId("A-02"));
  await receive(item, 2, warehouse.locationId("A-01"), "L-2");
  return { item, lotId: event.lotId ?? "", path: `/inventory/lots/${event.lotId}` };
}
const states = async (item: Item) =>
  (await balancesOf(server, item)).map(({ location, lot, status, on_hand }) => `${location} ${lot} ${status} ${on_hand}`);

describe("a lot that is held", () => {
  test("is on hold wherever it is, in one answer, and no other lot is", async () => {
    const { item, path } = await twoPlaces();
    const { events, balances } = (await operator.post(`${path}/hold`, { ...quality, note: "Smells" })).read(PostedBatch);
    expect(events.map(({ type, quantity, reasonCode, note }) => `${type} ${quantity} ${reasonCode} ${note}`).toSorted()).toEqual([
      "HOLD 3 QUALITY Smells",
      "HOLD 4 QUALITY Smells",
    ]);
    expect(balances.filter(({ onHand }) => onHand > 0).every(({ status }) => status === "HOLD")).toBe(true);
    expect((await states(item)).toSorted()).toEqual(["MAIN/A-01 L-1 HOLD 4", "MAIN/A-01 L-2 AVAILABLE 2", "MAIN/A-02 L-1 HOLD 3"]);
  });

  test("is available again once it is released, by a Supervisor only", async () => {
    const { item, path } = await twoPlaces();
    await operator.post(`${path}/hold`, quality);
    expect((await operator.post(`${path}/release`)).error.code).toBe("FORBIDDEN");
    const { events } = (await supervisor.post(`${path}/release`, quality)).read(PostedBatch);
    expect(events.map(({ type }) => type)).toEqual(["RELEASE", "RELEASE"]);
    expect(await states(item)).toEqual(["MAIN/A-01 L-1 AVAILABLE 4", "MAIN/A-01 L-2 AVAILABLE 2", "MAIN/A-02 L-1 AVAILABLE 3"]);
  });

  test("leaves its trace: who held what, which was how before", async () => {
    const { lotId, path } = await twoPlaces();
    await operator.post(`${path}/hold`, quality);
    const audited = await server.sql(
      "SELECT action, before, after, user_id FROM audit_event WHERE entity_id = $1 AND action LIKE 'lot.h%'",
      [lotId],
    );
    const held = [
      { lot: "L-1", location: "MAIN/A-01", status: "AVAILABLE", onHand: 4 },
      { lot: "L-1", location: "MAIN/A-02", status: "AVAILABLE", onHand: 3 },
    ];
    expect(audited).toMatchObject([
      { action: "lot.held", after: { reasonCode: "QUALITY" }, user_id: server.tenants.acme.users.Operator.id },
    ]);
    const [{ before, after } = { before: { stock: [] }, after: { held: [] } }] = audited as {
      before: { stock: object[] };
      after: { held: object[] };
    }[];
    for (const written of [before.stock, after.held]) {
      expect(written).toHaveLength(2);
      expect(written).toEqual(expect.arrayContaining(held));
    }
  });

  test("with a dry run only shows what would be", async () => {
    const { path } = await twoPlaces();
    await expectNothingWritten(server, async () => {
      const shown = (await operator.post(`${path}/hold?dryRun=true`, quality)).read(PostedBatch);
      expect(shown.events.map(({ type }) => type)).toEqual(["HOLD", "HOLD"]);
    });
  });

  test("with one key sent again is held once, and answered the same", async () => {
    const { path } = await twoPlaces();
    const key = { "Idempotency-Key": crypto.randomUUID() };
    const first = await operator.post(`${path}/hold`, quality, key);
    const again = await operator.post(`${path}/hold`, quality, key);
    expect([again.status, again.text, again.headers.get("idempotency-replayed")]).toEqual([201, first.text, "true"]);
  });

  test("needs no more statements in a hundred places than in two", async () => {
    const few = await twoPlaces();
    const many = await twoPlaces();
    await server.sql(
      "INSERT INTO location (tenant_id, site_id, code, type) SELECT $1, $2, $3 || n, 'STORAGE' FROM generate_series(1, 100) n",
      [server.tenants.acme.id, server.tenants.acme.sites.main.id, `H-${many.lotId.slice(-6)}-`],
    );
    const places = await server.sql<{ id: string }>("SELECT id FROM location WHERE code LIKE $1", [`H-${many.lotId.slice(-6)}-%`]);
    await ledger.batch(
      places.map(({ id }) => ({ type: "RECEIVE", itemId: many.item.id, quantity: 1, toLocationId: id, lotId: many.lotId })),
    );
    const sent = async ({ path }: typeof few) =>
      (await server.statements(async () => expect((await operator.post(`${path}/hold`, quality)).status).toBe(201))).length;
    expect(await sent(many)).toBe(await sent(few));
  });
});

describe("refused, and nothing is written:", () => {
  test("what documents have been promised, with the documents", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5, allocated: 2, lotCode: "L-1", more: { tracking: "LOT" } });
    const [lot] = await server.sql<{ id: string }>("SELECT id FROM lot WHERE item_id = $1", [item.id]);
    await expectNothingWritten(server, async () => {
      expect((await operator.post(`/inventory/lots/${lot?.id}/hold`, quality)).error).toMatchObject({
        statusCode: 409,
        code: "LOT_ALLOCATED",
        details: { promised: [{ lotCode: "L-1", siteCode: "MAIN", locationCode: "A-01", quantity: 2, documentType: "test" }] },
      });
    });
  });

  test("a lot that lies in another site too, to whoever may not enter that one: an Admin may", async () => {
    const { item, path } = await twoPlaces();
    await receive(item, 1, server.tenants.acme.sites.second.locations["A-01"]);
    await expectNothingWritten(server, async () => {
      for (const step of ["hold", "release", "recall"]) {
        const { error } = await supervisor.post(`${path}/${step}`, quality);
        expect([error.statusCode, error.code]).toEqual([403, "LOT_IN_OTHER_SITES"]);
        expect(JSON.stringify(error)).not.toContain("SECOND");
      }
    });
    expect((await admin.post(`${path}/hold`, quality)).read(PostedBatch).events).toHaveLength(3);
  });

  test("a reason that there is not, once for all places", async () => {
    const { path } = await twoPlaces();
    const { error } = await operator.post(`${path}/hold`, { reasonCode: "DAMAGED" });
    expect([error.statusCode, faultPaths(error)]).toEqual([400, ["reasonCode"]]);
    expect((await operator.post(`${path}/hold`)).error.code).toBe("VALIDATION_ERROR");
  });

  test("a lot of which nothing is available, or nothing on hold", async () => {
    const { path } = await twoPlaces();
    expect((await supervisor.post(`${path}/release`)).error.code).toBe("NOTHING_TO_RELEASE");
    await operator.post(`${path}/hold`, quality);
    expect((await operator.post(`${path}/hold`, quality)).error.code).toBe("NOTHING_TO_HOLD");
  });
});
