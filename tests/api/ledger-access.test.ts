import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BalanceList, EventList, Posted } from "#contract/ledger.ts";
import { faultPaths, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { indistinguishable } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let here: string;
let there: string;

beforeAll(async () => {
  server = await startTestServer("ledger access");
  warehouse = await createWarehouse(server);
  here = server.tenants.acme.sites.main.locations["A-01"];
  there = server.tenants.acme.sites.second.locations["A-01"];
});
afterAll(() => server.close());

describe("who has no access to a site", () => {
  test("moves nothing there and takes nothing from there: for them it is not there", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const admin = ledgerOf(await server.as("Admin"));
    await admin.post({ type: "MOVE", itemId: item.id, quantity: 2, fromLocationId: here, toLocationId: there });
    for (const role of ["Supervisor", "Operator"] as const) {
      const ledger = ledgerOf(await server.as(role));
      for (const [body, path] of [
        [{ type: "MOVE", fromLocationId: here, toLocationId: there }, "toLocationId"],
        [{ type: "MOVE", fromLocationId: there, toLocationId: here }, "fromLocationId"],
        [{ type: "SHIP", fromLocationId: there }, "fromLocationId"],
        [{ type: "RECEIVE", toLocationId: there }, "toLocationId"],
        [{ type: "SHIP", siteId: server.tenants.acme.sites.second.id, fromLocationCode: "A-01" }, "fromLocationCode"],
      ] as const) {
        const answer = await ledger.send({ ...body, itemId: item.id, quantity: 1 });
        expect({ role, body, status: answer.status, paths: faultPaths(answer.error) }).toEqual({ role, body, status: 404, paths: [path] });
        const unknown = await ledger.send({
          ...body,
          itemId: item.id,
          quantity: 1,
          [path]: path.endsWith("Id") ? crypto.randomUUID() : "NO-SUCH",
        });
        expect(indistinguishable(answer)).toBe(indistinguishable(unknown));
      }
    }
  });

  test("sees neither its balances nor its events, in lists, by id, by search or as of an instant", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const admin = ledgerOf(await server.as("Admin"));
    const { event: across } = await admin.post({ type: "MOVE", itemId: item.id, quantity: 2, fromLocationId: here, toLocationId: there });
    const { event: within } = await admin.post({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: there });
    const viewer = await server.as("Viewer");
    const balances = async (query: string) => (await viewer.get(`/inventory/balances?${query}&total=true`)).read(BalanceList);
    for (const query of [
      `itemId=${item.id}`,
      `search=${item.sku}`,
      `itemId=${item.id}&asOf=${new Date(Date.now() + 1_000).toISOString()}`,
    ]) {
      const { items, page } = await balances(query);
      expect({ query, rows: items.map((row) => [row.siteCode, row.onHand]), total: page.total }).toEqual({
        query,
        rows: [["MAIN", 3]],
        total: 1,
      });
    }
    for (const query of [`locationId=${there}`, `siteId=${server.tenants.acme.sites.second.id}`])
      expect((await balances(query)).items).toEqual([]);
    const events = (await viewer.get(`/inventory/events?itemId=${item.id}&total=true`)).read(EventList);
    expect(events.items.map(({ type }) => type)).toEqual(["RECEIVE"]);
    expect(events.page.total).toBe(1);
    for (const { id } of [across, within]) {
      expect((await viewer.get(`/inventory/events/${id}`)).status).toBe(404);
      expect((await (await server.as("Supervisor")).post(`/inventory/events/${id}/reverse`, { reasonCode: "ENTRY-ERROR" })).status).toBe(
        404,
      );
    }
  });

  test("learns nothing of it from a refusal to undo", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const [{ id } = { id: "" }] = await server.sql<{ id: string }>("SELECT id FROM inventory_event WHERE item_id = $1", [item.id]);
    await ledgerOf(await server.as("Admin")).post({
      type: "MOVE",
      itemId: item.id,
      quantity: 2,
      fromLocationId: here,
      toLocationId: there,
    });
    const error = await ledgerOf(await server.as("Supervisor")).reversalRefused(id);
    expect(error).toMatchObject({ code: "REVERSAL_BLOCKED", details: { blockers: [] } });
  });

  test("may work there from the request on after which they have it", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    const { id: userId } = server.tenants.acme.users.Operator;
    const ledger = ledgerOf(await server.newSession("acme", userId));
    const across = { type: "MOVE", itemId: item.id, quantity: 1, fromLocationId: here, toLocationId: there } as const;
    const access = [server.tenants.acme.id, userId, server.tenants.acme.sites.second.id];
    await server.sql("INSERT INTO site_access (tenant_id, user_id, site_id) VALUES ($1, $2, $3)", access);
    await ledger.post(across);
    await server.sql("DELETE FROM site_access WHERE tenant_id = $1 AND user_id = $2 AND site_id = $3", access);
    expect((await ledger.refused(across)).statusCode).toBe(404);
  });
});

test("a Viewer posts nothing, an Operator no adjustments", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  const ship = { type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: here } as const;
  const viewer = ledgerOf(await server.as("Viewer"));
  expect((await viewer.refused(ship)).statusCode).toBe(403);
  expect((await viewer.sendBatch([ship])).status).toBe(403);
  expect((await viewer.reversalRefused(crypto.randomUUID())).statusCode).toBe(403);
  const operator = ledgerOf(await server.as("Operator"));
  expect((await operator.refused({ ...ship, type: "ADJUST", reasonCode: "CORRECTION" })).statusCode).toBe(403);
  expect((await operator.sendBatch([ship, { ...ship, type: "ADJUST", reasonCode: "CORRECTION" }])).status).toBe(403);
  await operator.post(ship);
});

describe("what is closed", () => {
  const change = async (path: string, body: object) => {
    const admin = await server.as("Admin");
    const { version } = (await admin.get(path)).json as { version: number };
    return await admin.patch(path, { version, ...body });
  };
  const newBin = async (code: string) =>
    ((await warehouse.post(`/sites/${server.tenants.acme.sites.main.id}/locations`, { code, type: "STORAGE" })).json as { id: string }).id;

  test("an item takes nothing more in, by anything that brings", async () => {
    const item = await warehouse.item();
    expect((await change(`/inventory/items/${item.id}`, { active: false })).status).toBe(200);
    const ledger = ledgerOf(await server.as("Supervisor"));
    for (const body of [{ type: "RECEIVE" }, { type: "RETURN" }, { type: "ADJUST", reasonCode: "CORRECTION" }] as const) {
      expect(await ledger.refused({ ...body, itemId: item.id, quantity: 1, toLocationId: here })).toMatchObject({
        statusCode: 409,
        code: "ITEM_INACTIVE",
        details: { sku: item.sku },
      });
    }
  });

  test("a location takes nothing more in, a move to it neither", async () => {
    const bin = await newBin("CLOSED");
    const item = await warehouse.stock({ at: "A-01", onHand: 5 });
    expect((await change(`/locations/${bin}`, { active: false })).status).toBe(200);
    const ledger = ledgerOf(await server.as("Supervisor"));
    for (const body of [{ type: "RECEIVE" }, { type: "MOVE", fromLocationId: here }] as const) {
      expect(await ledger.refused({ ...body, itemId: item.id, quantity: 1, toLocationId: bin })).toMatchObject({
        statusCode: 409,
        code: "LOCATION_INACTIVE",
        details: { locationCode: "CLOSED" },
      });
    }
  });

  test("closed while stock comes in: never both", async () => {
    const ledger = ledgerOf(await server.as("Operator"));
    const outcomes = new Set<string>();
    for (let round = 0; round < 25; round++) {
      const bin = await newBin(`RACE-${round}`);
      const item = await warehouse.item();
      const closing = round % 2 === 0 ? `/locations/${bin}` : `/inventory/items/${item.id}`;
      const [posted, closed] = await Promise.all([
        ledger.send({ type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: bin }),
        change(closing, { active: false }),
      ]);
      expect([201, 409]).toContain(posted.status);
      expect([200, 409]).toContain(closed.status);
      expect(posted.status === 201 && closed.status === 200).toBe(false);
      outcomes.add(`${posted.status} ${closed.status}`);
    }
    expect(
      await server.sql(
        "SELECT 1 FROM inventory_balance b JOIN location l ON l.id = b.location_id JOIN item i ON i.id = b.item_id WHERE b.on_hand > 0 AND NOT (l.active AND i.active)",
      ),
    ).toEqual([]);
    expect(outcomes.size).toBeGreaterThan(0);
  });
});

test("two companies share nothing, not even a key that both chose", async () => {
  const globex = await createWarehouse(server, { tenant: "globex" });
  const [ours, theirs] = [await warehouse.stock({ at: "A-01", onHand: 5 }), await globex.stock({ at: "A-01", onHand: 5 })];
  const headers = { "Idempotency-Key": "the same text" };
  const ship = async (role: "Operator" | "Supervisor", tenant: "acme" | "globex", itemId: string) =>
    await ledgerOf(await server.as(role, tenant)).send(
      { type: "SHIP", itemId, quantity: 1, fromLocationId: server.tenants[tenant].sites.main.locations["A-01"] },
      headers,
    );
  const answers = [
    await ship("Operator", "acme", ours.id),
    await ship("Operator", "globex", theirs.id),
    await ship("Supervisor", "acme", ours.id),
  ];
  expect(answers.map(({ status, headers: told }) => [status, told.get("idempotency-replayed")])).toEqual([
    [201, null],
    [201, null],
    [201, null],
  ]);
  expect(new Set(answers.map((answer) => answer.read(Posted).event.id)).size).toBe(3);
  expect([await warehouse.onHand(ours), await globex.onHand(theirs)]).toEqual([3, 4]);
});
