import { afterAll, beforeAll, expect, test } from "vitest";
import { ImportResult } from "#contract/data-exchange.ts";
import { fileEnd } from "#tests/support/file-end.ts";
import { createCounting } from "#tests/support/counting.ts";
import { askUntilAnswered } from "#tests/support/keyed-load.ts";
import { whileServerIsKilled } from "#tests/support/kill-server.ts";
import { differencesOf } from "#tests/support/ledger.ts";
import { createPurchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

// As in kill-documents.test.ts, with counts, lots and imports.

let setUp: TestServer;
let warehouse: Warehouse;
beforeAll(async () => {
  setUp = await startTestServer("kill stock work");
  warehouse = await createWarehouse(setUp);
});
afterAll(() => setUp.close());

const cookieOf = async (role: "Admin" | "Operator") => (await setUp.as(role)).cookie ?? "";

test(
  "killed while stock is counted: a count is approved with its differences or not at all, each once, and undone once",
  { timeout: 600_000 },
  async () => {
    const counting = await createCounting(setUp);
    const operator = await cookieOf("Operator");
    const [cause] = await setUp.sql<{ code: string }>(
      "SELECT code FROM reason_code WHERE tenant_id = $1 AND use = 'COUNT' ORDER BY code LIMIT 1",
      [setUp.tenants.acme.id],
    );
    const done: { id: string; isUndone: boolean }[] = [];
    await whileServerIsKilled(setUp, {
      kills: 4,
      clients: 6,
      cookie: await cookieOf("Admin"),
      work: async (client, name, turn) => {
        const item = await warehouse.stock({ at: "A-01", onHand: 10, unitCost: 2 });
        const { id, lines } = await counting.begin({ itemIds: [item.id] });
        const lineId = lines[0]?.id;
        const byOperator = new TestClient(client.baseUrl, operator);
        const asked = (step: string) => [`/cycle-counts/${id}/${step}`, `${name} ${step} ${turn}`] as const;
        const [record, approve, reverse] = [asked("record"), asked("approve"), asked("reverse")];
        await askUntilAnswered(byOperator, record[0], { lines: [{ lineId, countedQuantity: 7 }] }, record[1]);
        const decision = { lineId, decision: "APPROVE", reasonCode: cause?.code };
        const approved = await askUntilAnswered(client, approve[0], { lines: [decision] }, approve[1]);
        if (approved.status !== 200) throw new Error(`Not approved: ${approved.text}`);
        const isUndone = turn % 3 === 2;
        if (isUndone) await askUntilAnswered(client, reverse[0], { reasonCode: "ENTRY-ERROR" }, reverse[1]);
        done.push({ id, isUndone });
        return 3;
      },
    });
    const stored = await setUp.sql<{ id: string; undone: boolean; events: number; onHand: number }>(
      `SELECT c.id, c.reversed_at IS NOT NULL AS undone, count(e.*)::integer AS events,
              (SELECT sum(b.on_hand)::float8 FROM inventory_balance b WHERE b.item_id = c.item_ids[1]) AS "onHand"
       FROM cycle_count c LEFT JOIN inventory_event e ON e.source_type = 'CYCLE_COUNT' AND e.source_id = c.id
       WHERE c.status = 'APPROVED' GROUP BY c.tenant_id, c.id ORDER BY c.id`,
    );
    const expected = done.map(({ id, isUndone }) => ({ id, undone: isUndone, events: isUndone ? 2 : 1, onHand: isUndone ? 10 : 7 }));
    expect(stored).toEqual(expected.toSorted((one, other) => (one.id < other.id ? -1 : 1)));
    expect(done.length).toBeGreaterThan(4);
    expect(await differencesOf(setUp.ownerUrl)).toEqual([]);
  },
);

test("killed while lots are held and released: a lot is held everywhere or nowhere, and each time once", { timeout: 600_000 }, async () => {
  const lots = new Map<number, string>();
  for (let name = 0; name < 6; name++) {
    const item = await warehouse.stock({ at: "A-01", onHand: 5, lotCode: "L-1", more: { tracking: "LOT" } });
    await warehouse.stock({ item, at: "A-02", onHand: 3, lotCode: "L-1" });
    const [lot] = await setUp.sql<{ id: string }>("SELECT id FROM lot WHERE item_id = $1", [item.id]);
    lots.set(name, lot?.id ?? "");
  }
  const done = { holds: 0, releases: 0 };
  await whileServerIsKilled(setUp, {
    kills: 4,
    clients: lots.size,
    cookie: await cookieOf("Admin"),
    work: async (client, name, turn) => {
      const at = (step: string) => `/inventory/lots/${lots.get(name)}/${step}`;
      const held = await askUntilAnswered(client, at(turn % 2 ? "recall" : "hold"), { reasonCode: "QUALITY" }, `${name} holds ${turn}`);
      if (held.status > 201) throw new Error(`Not held: ${held.text}`);
      const released = await askUntilAnswered(client, at("release"), {}, `${name} releases ${turn}`);
      if (released.status > 201) throw new Error(`Not released: ${released.text}`);
      done.holds += 1;
      done.releases += 1;
      return 2;
    },
  });
  const events = await setUp.sql<{ type: string; count: number }>(
    "SELECT type, count(*)::integer AS count FROM inventory_event WHERE type IN ('HOLD', 'RELEASE') GROUP BY type ORDER BY type",
  );
  expect(events).toEqual([
    { type: "HOLD", count: 2 * done.holds },
    { type: "RELEASE", count: 2 * done.releases },
  ]);
  const stock = await setUp.sql(
    "SELECT status, sum(on_hand)::float8 AS units FROM inventory_balance WHERE lot_id = ANY ($1) AND on_hand > 0 GROUP BY status",
    [[...lots.values()]],
  );
  expect(stock).toEqual([{ status: "AVAILABLE", units: 8 * lots.size }]);
  expect(await differencesOf(setUp.ownerUrl)).toEqual([]);
});

test(
  "killed while files are imported: a file is in as a whole or not at all, and what it brings is there once",
  { timeout: 600_000 },
  async () => {
    const rows = 400;
    const supplier = await (await createPurchasing(setUp)).supplier();
    const files: string[] = [];
    const importFile = async (client: TestClient, kind: string, csv: string) => {
      for (;;) {
        fileEnd.signal.throwIfAborted();
        const answer = await client
          .call("POST", `/import/${kind}?siteCode=MAIN`, csv, { "content-type": "text/csv" })
          .catch(() => undefined);
        if (answer && answer.status < 500 && answer.status !== 409 && answer.status !== 429) return answer.read(ImportResult);
        // What was begun is there as a whole, or not at all, whenever one looks.
        const [found] = await setUp.sql<{ files: string[] }>(
          `SELECT coalesce(array_agg(prefix), '{}') AS files FROM (
           SELECT split_part(sku, '-', 1) AS prefix FROM item WHERE sku LIKE 'K%-%' GROUP BY 1 HAVING count(*) <> ${rows}
           UNION SELECT o.number FROM purchase_order o LEFT JOIN purchase_order_line l ON l.purchase_order_id = o.id
           WHERE o.number LIKE 'K%' GROUP BY o.number HAVING count(l.*) <> ${rows}) broken`,
        );
        expect(found?.files).toEqual([]);
      }
    };
    await whileServerIsKilled(setUp, {
      kills: 4,
      clients: 3,
      cookie: await cookieOf("Admin"),
      work: async (client, name, turn) => {
        const prefix = `K${name}X${turn}`;
        const skus = Array.from({ length: rows }, (_, n) => `${prefix}-${n}`);
        await importFile(client, "items", `sku,name\n${skus.map((sku) => `${sku},Item`).join("\n")}\n`);
        await importFile(client, "opening-balances", `sku,location,quantity\n${skus.map((sku) => `${sku},A-01,3`).join("\n")}\n`);
        const lines = skus.map((sku, n) => `${prefix},${n + 1},${supplier.code},MAIN,${sku},2,1`);
        await importFile(client, "purchase-orders", `number,line_number,supplier,site,sku,quantity,unit_price\n${lines.join("\n")}\n`);
        files.push(prefix);
        return 3;
      },
    });
    const stored = await setUp.sql<{ prefix: string; items: number; units: number; ordered: number }>(
      `SELECT split_part(i.sku, '-', 1) AS prefix, count(*)::integer AS items, sum(b.on_hand)::float8 AS units, sum(l.quantity)::float8 AS ordered
     FROM item i
     LEFT JOIN (SELECT item_id, sum(on_hand) AS on_hand FROM inventory_balance GROUP BY item_id) b ON b.item_id = i.id
     LEFT JOIN (SELECT item_id, sum(quantity) AS quantity FROM purchase_order_line GROUP BY item_id) l ON l.item_id = i.id
     WHERE i.sku LIKE 'K%-%' GROUP BY 1 ORDER BY 1`,
    );
    expect(stored).toEqual(files.toSorted().map((prefix) => ({ prefix, items: rows, units: 3 * rows, ordered: 2 * rows })));
    expect(await differencesOf(setUp.ownerUrl)).toEqual([]);
  },
);
