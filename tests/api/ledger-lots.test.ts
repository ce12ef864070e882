import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CreateItem, Item } from "#contract/catalog.ts";
import { balancesOf, expectAgreement, expectNothingWritten, faultPaths, ledgerOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let ledger: ReturnType<typeof ledgerOf>;
let operator: ReturnType<typeof ledgerOf>;
let A1: string;
let A2: string;

beforeAll(async () => {
  server = await startTestServer("ledger lots");
  warehouse = await createWarehouse(server);
  ledger = ledgerOf(await server.as("Supervisor"));
  operator = ledgerOf(await server.as("Operator"));
  [A1, A2] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
});
afterAll(async () => {
  try {
    await expectAgreement(server);
  } finally {
    await server.close();
  }
});

const ascending = (a: number, b: number) => a - b;
const lotItem = (more: Partial<CreateItem> = {}) => warehouse.item({ tracking: "LOT", ...more });
const receive = (item: Item, lotCode: string, more: { quantity?: number; expiresOn?: string; toLocationId?: string } = {}) =>
  ({ type: "RECEIVE", itemId: item.id, quantity: 5, toLocationId: A1, lotCode, ...more }) as const;
const today = (days = 0, timeZone = "Europe/Vienna") => {
  const [row] = [new Intl.DateTimeFormat("en-CA", { timeZone }).format(Date.now())];
  return new Date(Date.parse(`${row}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
};

describe("a lot", () => {
  test("is made by the receipt that brings it, and found again by the next one", async () => {
    const item = await lotItem();
    const first = await ledger.post(receive(item, " L-1 ", { expiresOn: "2031-05-01" }));
    const second = await ledger.post(receive(item, "L-1"));
    expect(second.event.lotId).toBe(first.event.lotId);
    expect(second.balances).toMatchObject([{ lotCode: "L-1", expiresOn: "2031-05-01", onHand: 10 }]);
  });

  test("keeps its case: l-1 is another one", async () => {
    const item = await lotItem();
    await ledger.batch([receive(item, "L-1"), receive(item, "l-1")]);
    expect(new Set((await balancesOf(server, item)).map(({ lot }) => lot))).toEqual(new Set(["L-1", "l-1"]));
  });

  test("gets its expiry from the item's shelf life where the receipt names none, counted in the company's own days", async () => {
    const item = await lotItem({ shelfLifeDays: 30 });
    const { balances } = await ledger.post(receive(item, "L-1"));
    expect(balances[0]?.expiresOn).toBe(today(30));
  });

  test("without shelf life and without a date never expires, until a receipt names the date", async () => {
    const item = await lotItem();
    expect((await ledger.post(receive(item, "L-1"))).balances[0]?.expiresOn).toBeNull();
    expect((await ledger.post(receive(item, "L-1", { expiresOn: "2031-05-01" }))).balances[0]?.expiresOn).toBe("2031-05-01");
  });

  test("that is known with another expiry date is not received with this one", async () => {
    const item = await lotItem();
    const { event } = await ledger.post(receive(item, "L-1", { expiresOn: "2031-05-01" }));
    await expectNothingWritten(server, async () => {
      for (const lot of [{ lotCode: "L-1" }, { lotCode: undefined, lotId: event.lotId ?? "" }]) {
        expect(await ledger.refused({ ...receive(item, "L-1", { expiresOn: "2031-05-02" }), ...lot })).toMatchObject({
          statusCode: 409,
          code: "LOT_EXPIRY_DIFFERS",
          details: { sku: item.sku, lotCode: "L-1", expiresOn: "2031-05-01" },
        });
      }
    });
    await ledger.post(receive(item, "L-1", { expiresOn: "2031-05-01" }));
  });

  test("that two lines of one batch bring with different dates is not received at all", async () => {
    const item = await lotItem();
    const answer = await ledger.sendBatch([
      receive(item, "L-1", { expiresOn: "2031-05-01" }),
      receive(item, "L-1", { expiresOn: "2031-05-02" }),
    ]);
    expect(answer.error.code).toBe("LOT_EXPIRY_DIFFERS");
    expect(await balancesOf(server, item)).toEqual([]);
  });

  test("whose date stands in the second line of a batch only takes it, as it would in two requests", async () => {
    const item = await lotItem();
    const { balances } = await ledger.batch([receive(item, "L-1"), receive(item, "L-1", { expiresOn: "2031-05-01" })]);
    expect(balances).toMatchObject([{ expiresOn: "2031-05-01", onHand: 10 }]);
  });

  test("that arrives in a batch can be moved on in the same batch", async () => {
    const item = await lotItem();
    await ledger.batch([
      receive(item, "L-1"),
      { type: "MOVE", itemId: item.id, quantity: 2, fromLocationId: A1, toLocationId: A2, lotCode: "L-1" },
    ]);
    expect((await balancesOf(server, item)).map(({ location, on_hand }) => [location, on_hand])).toEqual([
      ["MAIN/A-01", 3],
      ["MAIN/A-02", 2],
    ]);
  });

  test("that arrives expired in a batch is not shipped by the same batch", async () => {
    const item = await lotItem();
    const answer = await operator.sendBatch([
      receive(item, "L-1", { expiresOn: today(-1) }),
      { type: "SHIP", itemId: item.id, quantity: 2, fromLocationId: A1, lotCode: "L-1" },
    ]);
    expect(answer.error.code).toBe("LOT_EXPIRED");
  });

  test("that only a later line of the batch brings is not there yet", async () => {
    const item = await lotItem();
    const answer = await ledger.sendBatch([
      { type: "MOVE", itemId: item.id, quantity: 2, fromLocationId: A1, toLocationId: A2, lotCode: "L-1" },
      receive(item, "L-1"),
    ]);
    expect({ status: answer.status, paths: faultPaths(answer.error) }).toEqual({ status: 404, paths: ["events.0.lotCode"] });
  });

  test("is needed for every movement of an item that is tracked by lot, and refused for one that is not", async () => {
    const item = await lotItem();
    expect(faultPaths(await ledger.refused({ type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: A1 }))).toEqual(["lotId"]);
    expect(faultPaths(await ledger.refused({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A1 }))).toEqual(["lotId"]);
    const plain = await warehouse.item();
    expect(faultPaths(await ledger.refused(receive(plain, "L-1")))).toEqual(["lotId"]);
    expect(
      faultPaths(await ledger.refused({ type: "RECEIVE", itemId: plain.id, quantity: 1, toLocationId: A1, expiresOn: "2031-05-01" })),
    ).toEqual(["expiresOn"]);
  });

  test("of another item is not there, by id and by code", async () => {
    const [item, other] = [await lotItem(), await lotItem()];
    const { event } = await ledger.post(receive(other, "L-OTHER"));
    await ledger.post(receive(item, "L-1"));
    for (const lot of [{ lotId: event.lotId ?? "" }, { lotCode: "L-OTHER" }]) {
      const error = await ledger.refused({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A1, ...lot });
      expect({ status: error.statusCode, paths: faultPaths(error) }).toEqual({ status: 404, paths: Object.keys(lot) });
    }
    expect((await ledger.refused({ ...receive(item, "X"), lotCode: undefined, lotId: event.lotId ?? "" })).statusCode).toBe(404);
  });

  test("that is short is named in the refusal", async () => {
    const item = await lotItem();
    await ledger.batch([receive(item, "L-1"), receive(item, "L-2")]);
    expect(await ledger.refused({ type: "SHIP", itemId: item.id, quantity: 6, fromLocationId: A1, lotCode: "L-2" })).toMatchObject({
      code: "INSUFFICIENT_STOCK",
      details: { lotCode: "L-2", asked: 6, available: 5 },
    });
  });
});

describe("an expired lot", () => {
  const expired = async () => {
    const item = await lotItem();
    await ledger.post(receive(item, "OLD", { expiresOn: today(-1) }));
    return item;
  };
  const ship = (item: Item, reasonCode?: string) =>
    ({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A1, lotCode: "OLD", reasonCode }) as const;

  test("is not shipped, by anyone, without a reason", async () => {
    const item = await expired();
    for (const who of [ledger, operator]) {
      expect(await who.refused(ship(item))).toMatchObject({
        statusCode: 409,
        code: "LOT_EXPIRED",
        details: { sku: item.sku, lotCode: "OLD", expiresOn: today(-1) },
      });
    }
  });
  test("is shipped when a Supervisor says why, and not when an Operator does", async () => {
    const item = await expired();
    expect((await operator.refused(ship(item, "SUPERVISOR-OVERRIDE"))).statusCode).toBe(403);
    expect((await ledger.post(ship(item, "SUPERVISOR-OVERRIDE"))).event.reasonCode).toBe("SUPERVISOR-OVERRIDE");
  });
  test("may be scrapped, moved and held", async () => {
    const item = await expired();
    const at = { itemId: item.id, quantity: 1, fromLocationId: A1, lotCode: "OLD" };
    await operator.post({ type: "SCRAP", ...at, reasonCode: "EXPIRED" });
    await operator.post({ type: "MOVE", ...at, toLocationId: A2 });
    await operator.post({ type: "HOLD", ...at, reasonCode: "QUALITY" });
    expect((await balancesOf(server, item)).map((row) => [row.location, row.status, row.on_hand])).toEqual([
      ["MAIN/A-01", "AVAILABLE", 2],
      ["MAIN/A-01", "HOLD", 1],
      ["MAIN/A-02", "AVAILABLE", 1],
    ]);
  });
  test("is one only from the day after its date", async () => {
    const item = await lotItem();
    await ledger.post(receive(item, "OLD", { expiresOn: today() }));
    expect((await operator.send(ship(item))).status).toBe(201);
  });
  // At any hour it is another day than in Greenwich in one of them.
  test.each(["Pacific/Kiritimati", "Etc/GMT+12"])("is one by the company's own day, in %s too", async (zone) => {
    const inZone = (timeZone: string) => server.sql("UPDATE tenant SET time_zone = $1 WHERE id = $2", [timeZone, server.tenants.acme.id]);
    const [good, old] = [await lotItem(), await lotItem()];
    await ledger.post(receive(good, "OLD", { expiresOn: today(0, zone) }));
    await ledger.post(receive(old, "OLD", { expiresOn: today(-1, zone) }));
    await inZone(zone);
    try {
      expect((await operator.send(ship(good))).status).toBe(201);
      expect((await operator.refused(ship(old))).code).toBe("LOT_EXPIRED");
    } finally {
      await inZone("Europe/Vienna");
    }
  });
});

describe("a serial number", () => {
  const serialItem = () => warehouse.item({ tracking: "SERIAL" });
  const one = (item: Item, lotCode: string, toLocationId = A1) => receive(item, lotCode, { quantity: 1, toLocationId });

  test("is one unit", async () => {
    const item = await serialItem();
    expect(faultPaths(await ledger.refused(receive(item, "S-1", { quantity: 2 })))).toEqual(["quantity"]);
  });

  test("is on hand at most once in the company, in one place or in two", async () => {
    const item = await serialItem();
    await ledger.post(one(item, "S-1"));
    for (const place of [A1, A2, server.tenants.acme.sites.second.locations["A-01"]]) {
      await expectNothingWritten(server, async () => {
        const error = (await (await server.as("Admin")).post("/inventory/events", one(item, "S-1", place))).error;
        expect(error).toMatchObject({ statusCode: 409, code: "SERIAL_ON_HAND" });
      });
    }
    await ledger.post({ type: "HOLD", itemId: item.id, quantity: 1, fromLocationId: A1, lotCode: "S-1", reasonCode: "QUALITY" });
    expect((await ledger.refused(one(item, "S-1"))).code).toBe("SERIAL_ON_HAND");
  });

  test("moves, leaves and comes back", async () => {
    const item = await serialItem();
    await ledger.post(one(item, "S-1"));
    await ledger.post({ type: "MOVE", itemId: item.id, quantity: 1, fromLocationId: A1, toLocationId: A2, lotCode: "S-1" });
    await ledger.post({ type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A2, lotCode: "S-1" });
    await ledger.post({ type: "RETURN", itemId: item.id, quantity: 1, toLocationId: A1, lotCode: "S-1" });
    await ledger.batch([
      { type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: A1, lotCode: "S-1" },
      { type: "RETURN", itemId: item.id, quantity: 1, toLocationId: A2, lotCode: "S-1" },
    ]);
    expect(await balancesOf(server, item)).toMatchObject([{ location: "MAIN/A-02", lot: "S-1", on_hand: 1 }]);
  });

  test("received in two places at once is received in one", async () => {
    for (let round = 0; round < 10; round++) {
      const item = await serialItem();
      const answers = await Promise.all([A1, A2, A1, A2].map((place) => ledger.send(one(item, "S-1", place))));
      expect(answers.map(({ status }) => status).toSorted(ascending)).toEqual([201, 409, 409, 409]);
      expect(await balancesOf(server, item)).toHaveLength(1);
    }
  });

  test("put into two places past the ledger, at once, is in one: the database holds it", async () => {
    const item = await serialItem();
    const lot = (await warehouse.post("/inventory/lots", { itemId: item.id, code: "S-1" })).json as { id: string };
    const clients = [new pg.Client(server.ownerUrl), new pg.Client(server.ownerUrl)] as const;
    const [first, second] = clients;
    try {
      await Promise.all(clients.map((client) => client.connect()));
      for (const [client, place] of [
        [first, A1],
        [second, A2],
      ] as const) {
        await client.query("BEGIN");
        await client.query(
          "INSERT INTO inventory_balance (tenant_id, item_id, location_id, lot_id, status, on_hand) VALUES ($1, $2, $3, $4, 'AVAILABLE', 1)",
          [server.tenants.acme.id, item.id, place, lot.id],
        );
      }
      await first.query("SET CONSTRAINTS ALL IMMEDIATE");
      const checked = second.query("SET CONSTRAINTS ALL IMMEDIATE");
      checked.catch(() => undefined);
      // The second has looked by now, unless it waits for the first.
      await new Promise((done) => setTimeout(done, 300));
      await first.query("COMMIT");
      await expect(checked).rejects.toThrow("is on hand already");
    } finally {
      await Promise.all(clients.map((client) => client.end()));
      await server.sql("DELETE FROM inventory_balance WHERE item_id = $1", [item.id]);
    }
  });

  test("a dry run refuses what would be refused, and harms nobody after it", async () => {
    const item = await serialItem();
    await ledger.post(one(item, "S-1"));
    const client = await server.as("Supervisor");
    for (let again = 0; again < 30; again++) {
      expect((await client.post("/inventory/events?dryRun=true", one(item, "S-1", A2))).error.code).toBe("SERIAL_ON_HAND");
    }
    await Promise.all(Array.from({ length: 40 }, async () => expect((await client.get("/inventory/balances?limit=1")).status).toBe(200)));
  });

  test("many in one batch, in any order at once, end well", async () => {
    const item = await serialItem();
    const codes = Array.from({ length: 30 }, (_, index) => `S-${index}`);
    const answers = await Promise.all(
      [codes, codes.toReversed(), codes].map((order) => ledger.sendBatch(order.map((code) => one(item, code)))),
    );
    expect(answers.map(({ status }) => status).toSorted(ascending)).toEqual([201, 409, 409]);
    expect(await balancesOf(server, item)).toHaveLength(30);
  });
});
