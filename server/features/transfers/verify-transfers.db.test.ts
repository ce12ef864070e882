import { afterAll, beforeAll, expect, test } from "vitest";
import type { Transfer } from "#contract/transfers.ts";
import { differencesOf, foundWhile } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createTransfers } from "#tests/support/transfers.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let part: Transfer;
let closed: Transfer;

beforeAll(async () => {
  server = await startTestServer("verify transfers");
  const warehouse = await createWarehouse(server);
  const transfers = await createTransfers(server);
  const sent = async () => await transfers.sent(await warehouse.stock({ at: "A-01", onHand: 10 }), 10);
  await transfers.done(transfers.takeBack(await sent()));
  const received = await transfers.done(transfers.receive(await sent(), [{ quantity: 10 }]));
  await transfers.done(transfers.undoReceipt(received));
  part = await transfers.done(transfers.receive(await sent(), [{ quantity: 4 }]));
  closed = await transfers.done(transfers.close(await sent()));
});
afterAll(() => server.close());

const line = (transfer: Transfer, set: string) => `UPDATE transfer_line SET ${set} WHERE transfer_id = '${transfer.id}'`;

test("what was sent, received, written off and undone agrees", async () => {
  expect(await differencesOf(server.ownerUrl)).toEqual([]);
});

test("a line that says that more was sent than its events is found", async () => {
  expect(await foundWhile(server, line(part, "quantity = 11"), line(part, "quantity = 10"))).toEqual([
    { check: "events of a transfer", location: `transfer ${part.number} sent from A-01`, stored: "10", recomputed: "11" },
  ]);
});

test("a receipt that says another quantity than its event is found, on the line too", async () => {
  const set = (quantity: number) => `UPDATE transfer_receipt_line SET quantity = ${quantity} WHERE transfer_id = '${part.id}'`;
  expect(await foundWhile(server, set(3), set(4))).toEqual([
    { check: "events of a transfer", location: `transfer ${part.number} received at A-01`, stored: "4", recomputed: "3" },
    { check: "received of a transfer", location: `transfer ${part.number} line 1`, stored: "4", recomputed: "3" },
  ]);
});

test("a line that says that less was written off is found", async () => {
  expect(await foundWhile(server, line(closed, "written_off_quantity = 9"), line(closed, "written_off_quantity = 10"))).toEqual([
    { check: "events of a transfer", location: `transfer ${closed.number} written off at T-01`, stored: "10", recomputed: "9" },
  ]);
});

test("a transfer that is said to be received, and is not, is found", async () => {
  const set = (status: string, at: string) => `UPDATE transfer SET status = '${status}', ended_at = ${at} WHERE id = '${part.id}'`;
  expect(await foundWhile(server, set("RECEIVED", "now()"), set("PARTIALLY_RECEIVED", "NULL"))).toEqual([
    { check: "status of a transfer", location: `transfer ${part.number}`, stored: "RECEIVED", recomputed: "PARTIALLY_RECEIVED" },
  ]);
});
