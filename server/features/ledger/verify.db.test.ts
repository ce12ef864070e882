import { spawn } from "node:child_process";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Difference, TenantSummary } from "#features/ledger/verify.ts";
import { verifyEverything } from "#server/verify.ts";
import { closeDaysAtLast } from "#tests/support/closed-days.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let admin: TestClient;
let places: Record<"A-01" | "A-02" | "B-01", string>;

const post = async (event: object) => {
  const answer = await admin.post("/inventory/events", event);
  if (answer.status !== 201) throw new Error(answer.text);
  return (answer.json as { event: { id: string } }).event.id;
};

beforeAll(async () => {
  server = await startTestServer("verify");
  admin = await server.as("Admin");
  places = server.tenants.acme.sites.main.locations;
  await server.sql(
    "INSERT INTO item (tenant_id, sku, name, tracking) SELECT $1, sku, sku, tracking FROM (VALUES ('BOLT', 'NONE'), ('GLUE', 'LOT'), ('PUMP', 'SERIAL')) i (sku, tracking)",
    [server.tenants.acme.id],
  );
  const at = places["A-01"];
  await post({ type: "RECEIVE", sku: "BOLT", quantity: 10, toLocationId: at, unitCost: 2 });
  await post({ type: "RECEIVE", sku: "BOLT", quantity: 5, toLocationId: places["A-02"], unitCost: 5 });
  await post({ type: "SHIP", sku: "BOLT", quantity: 3, fromLocationId: at });
  await post({ type: "MOVE", sku: "BOLT", quantity: 2, fromLocationId: at, toLocationId: places["B-01"] });
  await post({ type: "HOLD", sku: "BOLT", quantity: 1, fromLocationId: at, reasonCode: "QUALITY" });
  await post({ type: "RECEIVE", sku: "GLUE", quantity: 4, toLocationId: at, lotCode: "L1", unitCost: 1.5 });
  await post({ type: "RECEIVE", sku: "PUMP", quantity: 1, toLocationId: at, lotCode: "SN-1", unitCost: 90 });
  const mistake = await post({ type: "RECEIVE", sku: "GLUE", quantity: 7, toLocationId: at, lotCode: "L2", unitCost: 3 });
  await admin.post(`/inventory/events/${mistake}/reverse`, { reasonCode: "ENTRY-ERROR" });
});
afterAll(() => server.close());

async function verify(): Promise<{ tenants: TenantSummary[]; found: Difference[] }> {
  const client = new pg.Client({ connectionString: server.ownerUrl });
  await client.connect();
  try {
    const found: Difference[] = [];
    return { tenants: await verifyEverything(client, (difference) => void found.push(difference)), found };
  } finally {
    await client.end();
  }
}
const differences = async () => (await verify()).found;

/** What is found while the ledger is damaged by one statement; another mends it. */
async function foundWhile(damage: string, repair: string): Promise<Difference[]> {
  await server.sql(damage);
  try {
    return await differences();
  } finally {
    await server.sql(repair);
  }
}

const boltAt = (place: string) => `WHERE status = 'AVAILABLE' AND item_id = (SELECT id FROM item WHERE sku = 'BOLT')
  AND location_id = (SELECT l.id FROM location l JOIN site s ON s.id = l.site_id AND s.code = 'MAIN' JOIN tenant t ON t.id = s.tenant_id AND t.code = 'acme' WHERE l.code = '${place}')`;
const none = { lot: null, status: null, location: null };

test("what the ledger wrote agrees, tenant by tenant", async () => {
  expect((await verify()).tenants).toEqual([
    { tenant: "acme", events: "9", balances: "7", onHand: "17", differences: 0 },
    { tenant: "globex", events: "0", balances: "0", onHand: "0", differences: 0 },
  ]);
});

describe("a damage is found, and exactly that", () => {
  test("a balance", async () => {
    const found = await foundWhile(
      `UPDATE inventory_balance SET on_hand = on_hand + 1 ${boltAt("A-01")}`,
      `UPDATE inventory_balance SET on_hand = on_hand - 1 ${boltAt("A-01")}`,
    );
    expect(found).toEqual([
      {
        tenant: "acme",
        check: "on hand",
        sku: "BOLT",
        location: "MAIN/A-01",
        lot: null,
        status: "AVAILABLE",
        stored: "5",
        recomputed: "4",
      },
    ]);
  });

  test("a balance that is missing", async () => {
    const found = await foundWhile(
      `CREATE TABLE kept AS SELECT tenant_id, item_id, location_id, lot_id, status, on_hand FROM inventory_balance ${boltAt("B-01")}; DELETE FROM inventory_balance ${boltAt("B-01")}`,
      "INSERT INTO inventory_balance (tenant_id, item_id, location_id, lot_id, status, on_hand) SELECT * FROM kept; DROP TABLE kept",
    );
    expect(found).toEqual([
      {
        tenant: "acme",
        check: "on hand",
        sku: "BOLT",
        location: "MAIN/B-01",
        lot: null,
        status: "AVAILABLE",
        stored: null,
        recomputed: "2",
      },
    ]);
  });

  test("an allocation that no document holds", async () => {
    const found = await foundWhile(
      `UPDATE inventory_balance SET allocated = 2 ${boltAt("A-01")}`,
      `UPDATE inventory_balance SET allocated = 0 ${boltAt("A-01")}`,
    );
    expect(found).toEqual([
      {
        tenant: "acme",
        check: "allocated",
        sku: "BOLT",
        location: "MAIN/A-01",
        lot: null,
        status: "AVAILABLE",
        stored: "2",
        recomputed: "0",
      },
    ]);
  });

  test("an average cost", async () => {
    const bolt = "WHERE item_id = (SELECT id FROM item WHERE sku = 'BOLT')";
    const found = await foundWhile(
      `UPDATE item_valuation SET average_cost = 9.99 ${bolt}`,
      `UPDATE item_valuation SET average_cost = 3 ${bolt}`,
    );
    expect(found).toEqual([{ tenant: "acme", check: "average cost", sku: "BOLT", ...none, stored: "9.99", recomputed: "3" }]);
  });

  test("a total on hand", async () => {
    const glue = "WHERE item_id = (SELECT id FROM item WHERE sku = 'GLUE')";
    const found = await foundWhile(`UPDATE item_valuation SET on_hand = 40 ${glue}`, `UPDATE item_valuation SET on_hand = 4 ${glue}`);
    expect(found).toEqual([{ tenant: "acme", check: "total on hand", sku: "GLUE", ...none, stored: "40", recomputed: "4" }]);
  });

  test("a serial number in two places", async () => {
    const found = await foundWhile(
      `ALTER TABLE inventory_balance DISABLE TRIGGER USER;
       INSERT INTO inventory_balance (tenant_id, item_id, location_id, lot_id, status, on_hand)
       SELECT b.tenant_id, b.item_id, l.id, b.lot_id, b.status, 1 FROM inventory_balance b JOIN item i ON i.id = b.item_id AND i.sku = 'PUMP'
       JOIN location o ON o.id = b.location_id JOIN location l ON l.site_id = o.site_id AND l.code = 'B-01';
       ALTER TABLE inventory_balance ENABLE TRIGGER USER`,
      `DELETE FROM inventory_balance b USING item i, location l WHERE i.id = b.item_id AND i.sku = 'PUMP' AND l.id = b.location_id AND l.code = 'B-01'`,
    );
    expect(found.map(({ check, sku, location, lot }) => ({ check, sku, location, lot }))).toEqual([
      { check: "on hand", sku: "PUMP", location: "MAIN/B-01", lot: "SN-1" },
      { check: "serial number on hand more than once", sku: "PUMP", location: "MAIN/A-01, MAIN/B-01", lot: "SN-1" },
    ]);
  });

  /** Events cannot be changed, so the owner takes the guard away first. */
  const unguarded = (statement: string) =>
    `ALTER TABLE inventory_event DISABLE TRIGGER USER; UPDATE inventory_event e SET ${statement}; ALTER TABLE inventory_event ENABLE TRIGGER USER`;
  const ofSku = (sku: string) => `e.item_id = (SELECT id FROM item WHERE sku = '${sku}')`;

  test("the cost of an event that went out", async () => {
    const found = await foundWhile(unguarded("unit_cost = 999 WHERE e.type = 'SHIP'"), unguarded("unit_cost = 3 WHERE e.type = 'SHIP'"));
    expect(found).toEqual([
      {
        tenant: "acme",
        check: "cost of an event",
        sku: "BOLT",
        ...none,
        stored: expect.stringMatching(/^999 in event /) as string,
        recomputed: "3",
      },
    ]);
  });

  test("a part of what is counted in whole units", async () => {
    const held = "e.type = 'HOLD'";
    const found = await foundWhile(unguarded(`quantity = 0.5 WHERE ${held}`), unguarded(`quantity = 1 WHERE ${held}`));
    expect(found.map(({ check, sku }) => `${check} of ${sku}`)).toEqual([
      "on hand of BOLT",
      "on hand of BOLT",
      "quantity of an event of BOLT",
      "entered quantity of an event of BOLT",
    ]);
  });

  test("what was entered", async () => {
    const held = "e.type = 'HOLD'";
    const found = await foundWhile(unguarded(`entered_quantity = 2 WHERE ${held}`), unguarded(`entered_quantity = 1 WHERE ${held}`));
    expect(found).toMatchObject([
      { check: "entered quantity of an event", sku: "BOLT", stored: expect.stringMatching(/^2 in event /) as string, recomputed: "1" },
    ]);
  });

  test("a reversal of another type", async () => {
    const reversal = "e.reverses_event_id IS NOT NULL";
    const found = await foundWhile(unguarded(`type = 'RETURN' WHERE ${reversal}`), unguarded(`type = 'RECEIVE' WHERE ${reversal}`));
    expect(found.map(({ check, sku }) => `${check} of ${sku}`)).toEqual(["reversal of GLUE"]);
  });

  test("a reversal at another cost", async () => {
    const reversal = "e.reverses_event_id IS NOT NULL";
    const found = await foundWhile(unguarded(`unit_cost = 2 WHERE ${reversal}`), unguarded(`unit_cost = 3 WHERE ${reversal}`));
    expect(found.map(({ check, sku }) => `${check} of ${sku}`)).toContain("reversal of GLUE");
  });

  test("an instant before that of an earlier event in the same place", async () => {
    const shipped = `e.type = 'SHIP' AND ${ofSku("BOLT")}`;
    const found = await foundWhile(
      unguarded(`recorded_at = recorded_at - interval '1 day' WHERE ${shipped}`),
      unguarded(`recorded_at = recorded_at + interval '1 day' WHERE ${shipped}`),
    );
    expect(found.map(({ check, sku, location }) => ({ check, sku, location }))).toEqual([
      { check: "order of events", sku: "BOLT", location: "MAIN/A-01" },
    ]);
  });

  test("a type that does not go with its places is not even stored", async () => {
    await expect(server.sql(unguarded("type = 'RECEIVE' WHERE e.type = 'SHIP'"))).rejects.toThrow("inventory_event_type_form");
    await server.sql("ALTER TABLE inventory_event ENABLE TRIGGER USER");
  });

  test("a closed day", async () => {
    const found = await foundWhile(
      `INSERT INTO inventory_closed_through SELECT id, current_date - 1 FROM tenant;
       INSERT INTO inventory_day_close (tenant_id, item_id, location_id, lot_key, status, day, on_hand) SELECT tenant_id, item_id, location_id, lot_key, status, '2020-01-01', 7 FROM inventory_balance ${boltAt("A-01")}`,
      "DELETE FROM inventory_day_close; DELETE FROM inventory_closed_through",
    );
    expect(found).toEqual([
      {
        tenant: "acme",
        check: "closed day",
        sku: "BOLT",
        location: "MAIN/A-01 on 2020-01-01",
        lot: null,
        status: "AVAILABLE",
        stored: "7",
        recomputed: null,
      },
    ]);
  });
});

test("closed days agree with the events they were made from", async () => {
  // History cannot be posted, so the ledger's own statement for a past day is put in by the owner.
  await server.sql(
    "ALTER TABLE inventory_event DISABLE TRIGGER USER; UPDATE inventory_event SET recorded_at = recorded_at - interval '3 days' WHERE seq IN (SELECT seq FROM inventory_event ORDER BY seq LIMIT 3); ALTER TABLE inventory_event ENABLE TRIGGER USER",
  );
  await closeDaysAtLast(server);
  expect(await server.sql("SELECT 1 FROM inventory_day_close")).toHaveLength(2);
  expect(await differences()).toEqual([]);
  const [found] = await foundWhile(
    "UPDATE inventory_day_close SET on_hand = on_hand + 1",
    "UPDATE inventory_day_close SET on_hand = on_hand - 1",
  );
  expect(found).toMatchObject({ check: "closed day", sku: "BOLT", stored: "8", recomputed: "7" });
});

test("it is right while postings go on", async () => {
  const load = { on: true };
  const posting = Promise.all(
    [1, 2, 3, 4].map(async (worker) => {
      for (let step = 0; load.on; step++) {
        const [from, to] = (worker + step) % 2 === 0 ? ["A-01", "A-02"] : ["A-02", "A-01"];
        await post({ type: "RECEIVE", sku: "BOLT", quantity: 1 + (step % 3), toLocationId: places["A-01"], unitCost: step % 7 });
        await admin.post("/inventory/events", {
          type: "MOVE",
          sku: "BOLT",
          quantity: 1,
          fromLocationId: places[from as "A-01"],
          toLocationId: places[to as "A-02"],
        });
      }
    }),
  );
  const rounds: Difference[] = [];
  for (let round = 0; round < 20; round++) rounds.push(...(await differences()));
  load.on = false;
  await posting;
  expect(rounds).toEqual([]);
});

function verifyCommand(): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["scripts/verify.ts"], {
    env: { ...process.env, DATABASE_URL: server.appUrl, DATABASE_OWNER_URL: server.ownerUrl },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => child.once("close", (code) => done({ code, output })));
}

test("the command names the damaged row and fails; mended, it passes", async () => {
  await server.sql(`UPDATE inventory_balance SET on_hand = on_hand + 0.5 ${boltAt("B-01")}`);
  expect(await verifyCommand()).toEqual({
    code: 1,
    output: expect.stringMatching(
      /^acme: on hand: item BOLT, location MAIN\/B-01, AVAILABLE: stored 2\.5, the events say 2\nacme: .* 1 difference\nglobex: 0 events, 0 balances, 0 units on hand: all agree\n$/,
    ) as string,
  });
  await server.sql(`UPDATE inventory_balance SET on_hand = on_hand - 0.5 ${boltAt("B-01")}`);
  expect(await verifyCommand()).toMatchObject({ code: 0, output: expect.stringMatching(/^acme: .* all agree\n/) as string });
});

test("a reversal that is not the opposite, an event without its lot, and stock that never was", async () => {
  // Last of all, for events cannot be taken out again.
  await server.sql(`
    INSERT INTO inventory_event (tenant_id, type, item_id, lot_id, quantity, entered_quantity, entered_uom, from_location_id, from_status, to_location_id, to_status, unit_cost, reverses_event_id, user_id, occurred_at, recorded_at)
    SELECT tenant_id, type, item_id, NULL, quantity - 1, quantity - 1, entered_uom, to_location_id, to_status, from_location_id, from_status, unit_cost, id, user_id, now(), now()
    FROM inventory_event WHERE type = 'RECEIVE' AND item_id = (SELECT id FROM item WHERE sku = 'GLUE') AND quantity = 4`);
  const checks = (await differences()).map(({ check, sku }) => `${check}: ${sku}`);
  expect(checks).toEqual([
    "on hand: GLUE",
    "went below zero: GLUE",
    "total on hand: GLUE",
    "average cost: GLUE",
    "lot of an event: GLUE",
    "reversal: GLUE",
  ]);
});
