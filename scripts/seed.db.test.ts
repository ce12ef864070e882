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
    client.query(`SELECT (SELECT count(*)::int FROM item) AS items, (SELECT count(*)::int FROM inventory_balance) AS balances, (SELECT count(*)::int FROM inventory_event) AS events,
      (SELECT count(*)::int FROM purchase_order) AS orders, (SELECT count(*)::int FROM purchase_order_line) AS lines, (SELECT count(DISTINCT status)::int FROM purchase_order) AS statuses`),
  );
  expect(counted.rows).toEqual([{ items: 300, balances: 700, events: 5_000, orders: 50, lines: 200, statuses: 3 }]);
  expect(await differencesOf(database.ownerUrl)).toEqual([]);
});

test("says what is wrong, and makes nothing", () => {
  const wrong = seed("--items", "many");
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining("--items: ")]);
  const again = seed("--code", "big", "--items", "1", "--balances", "1", "--events", "1", "--orders", "1");
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining("There is a company big already")]);
});
