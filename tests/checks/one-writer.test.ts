import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// Stock changes in one place: only the ledger names its tables in a statement that writes.

const ledgerTables = "inventory_event|inventory_balance|item_valuation|inventory_allocation";
const writes = new RegExp(
  `(insert\\s+into|update|delete\\s+from|copy|merge\\s+into|truncate)\\s+(only\\s+)?"?(${ledgerTables})\\b|(insertInto|updateTable|deleteFrom|mergeInto)\\(\\s*["'\`](${ledgerTables})\\b`,
  "i",
);

test("no file outside of features/ledger writes to the ledger's tables", () => {
  const files = globSync("server/**/*.ts").filter((file) => !file.startsWith("server/features/ledger/") && !file.endsWith(".test.ts"));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => writes.test(readFileSync(file, "utf8")))).toEqual([]);
});

test.each([
  'tx.insertInto("inventory_event").values(row)',
  "sql`UPDATE inventory_balance SET on_hand = 0`",
  "sql`insert into  inventory_event (id) select 1`",
  'db.deleteFrom("inventory_allocation")',
  "sql`DELETE FROM item_valuation`",
])("it would find: %s", (planted) => expect(planted).toMatch(writes));

test("a query that only reads is no finding", () => {
  expect('tx.selectFrom("inventory_balance").forUpdate()').not.toMatch(writes);
});
