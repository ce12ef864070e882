import { afterAll, beforeAll, expect, test } from "vitest";
import type { CycleCount } from "#contract/counting.ts";
import { createCounting } from "#tests/support/counting.ts";
import { differencesOf, foundWhile } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let count: CycleCount;

beforeAll(async () => {
  server = await startTestServer("verify counts");
  const warehouse = await createWarehouse(server);
  const counting = await createCounting(server);
  const [reason] = await server.sql<{ code: string }>("SELECT code FROM reason_code WHERE tenant_id = $1 AND use = 'COUNT' LIMIT 1", [
    server.tenants.acme.id,
  ]);
  const approved = async (counted: number) => {
    const item = await warehouse.stock({ at: "A-01", onHand: 20 });
    const begun = await counting.begin({ itemIds: [item.id] });
    const recorded = await counting.counted(counting.record(begun, [{ lineId: begun.lines[0]?.id, countedQuantity: counted }]));
    const lines = [{ lineId: recorded.lines[0]?.id, decision: "APPROVE", reasonCode: reason?.code }];
    return await counting.counted(counting.approve(recorded, { lines }));
  };
  count = await approved(17);
  await counting.counted(counting.reverse(await approved(25)));
});
afterAll(() => server.close());

test("what was counted, approved and undone agrees", async () => {
  expect(await differencesOf(server.ownerUrl)).toEqual([]);
});

test("a line that says another difference than its event is found", async () => {
  const set = (counted: number) => `UPDATE cycle_count_line SET counted_quantity = ${counted} WHERE cycle_count_id = '${count.id}'`;
  expect(await foundWhile(server, set(18), set(17))).toEqual([
    { check: "events of a count", location: `count ${count.number} at A-01`, stored: "-3", recomputed: "-2" },
  ]);
});

test("a count that is said to be undone, and is not, is found", async () => {
  const set = (by: string, at: string) => `UPDATE cycle_count SET reversed_by = ${by}, reversed_at = ${at} WHERE id = '${count.id}'`;
  expect(await foundWhile(server, set("created_by", "now()"), set("NULL", "NULL"))).toMatchObject([
    { check: "events of a count", stored: "-3", recomputed: "0" },
  ]);
});

test("a count that is said to be in review, and is approved, is found", async () => {
  const set = (status: string, at: string) => `UPDATE cycle_count SET status = '${status}', ended_at = ${at} WHERE id = '${count.id}'`;
  expect(await foundWhile(server, set("REVIEW", "NULL"), set("APPROVED", "now()"))).toMatchObject([
    { check: "status of a count", location: `count ${count.number}`, stored: "REVIEW", recomputed: "APPROVED" },
  ]);
});
