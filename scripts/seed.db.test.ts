import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { differencesOf } from "#tests/support/ledger.ts";
import { createTestDatabase, type TestDatabase } from "#tests/support/test-database.ts";
import { withClient } from "#tests/support/database-template.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase("seed");
});
afterAll(() => database.drop());

const seed = (...args: string[]) =>
  spawnSync(process.execPath, ["scripts/seed.ts", ...args], {
    encoding: "utf8",
    env: { ...process.env, DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl },
  });

test("makes a company of the size that was asked for, and everything in it agrees", async () => {
  const { status, stdout, stderr } = seed("--code", "big", "--items", "300", "--balances", "700", "--events", "5000", "--orders", "50");
  expect(stderr).toBe("");
  expect(stdout).toContain("Company big is there. Its Admin signs in as admin@big.example");
  expect(status).toBe(0);
  const counted = await withClient(database.ownerUrl, (client) =>
    client.query(`SELECT (SELECT count(*)::int FROM item) AS items, (SELECT count(*)::int FROM inventory_event) AS events,
      (SELECT count(*)::int FROM purchase_order) AS orders, (SELECT count(*)::int FROM purchase_order_line) AS lines`),
  );
  expect(counted.rows).toEqual([{ items: 300, events: 5_000, orders: 50, lines: 200 }]);
  expect(await differencesOf(database.ownerUrl)).toEqual([]);
});

test("there is something of everything in it, under way and done", async () => {
  const tables = `inventory_balance inventory_day_close inventory_allocation lot item_unit supplier_item location_item purchase_order purchase_order_line receipt
    receipt_line bom bom_component production_order production_component production_posting transfer transfer_line transfer_receipt cycle_count cycle_count_line alert audit_event`;
  const empty = await withClient(database.ownerUrl, async (client) => {
    const counts = tables.split(/\s+/).map((table) => `SELECT '${table}' AS name, EXISTS (SELECT FROM ${table}) AS filled`);
    return (await client.query<{ name: string; filled: boolean }>(counts.join(" UNION ALL "))).rows.filter(({ filled }) => !filled);
  });
  expect(empty).toEqual([]);
  const states = await withClient(database.ownerUrl, (client) =>
    client.query(`SELECT (SELECT count(DISTINCT status)::int FROM purchase_order) AS orders, (SELECT count(DISTINCT status)::int FROM production_order) AS production,
      (SELECT count(DISTINCT status)::int FROM transfer) AS transfers, (SELECT count(DISTINCT status)::int FROM cycle_count) AS counts,
      (SELECT count(DISTINCT type)::int FROM inventory_event) AS events, (SELECT count(*)::int FROM inventory_balance WHERE on_hand = 0) > 0 AS emptied`),
  );
  expect(states.rows).toEqual([{ orders: 8, production: 5, transfers: 4, counts: 2, events: 7, emptied: true }]);
});

test("says what is wrong, and makes nothing", () => {
  const wrong = seed("--items", "many");
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining("--items: ")]);
  const again = seed("--code", "big", "--items", "1", "--balances", "1", "--events", "1", "--orders", "1");
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining("There is a company big already")]);
});
