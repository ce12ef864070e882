import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Transfer } from "#contract/transfers.ts";
import { balancesOf, expectAgreement } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { Answer } from "#tests/support/test-client.ts";
import { createTransfers, type Transfers } from "#tests/support/transfers.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let transfers: Transfers;

beforeAll(async () => {
  server = await startTestServer("transfers at once");
  warehouse = await createWarehouse(server);
  transfers = await createTransfers(server);
});
afterEach(() => expectAgreement(server));
afterAll(() => server.close());

const atOnce = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));
const done = (answers: readonly Answer[]) => answers.filter(({ status }) => status < 300);
const stock = (onHand: number) => warehouse.stock({ at: "A-01", onHand });
const placesOf = async (item: { id: string }) =>
  Object.fromEntries((await balancesOf(server, item)).map(({ location, on_hand }) => [location, on_hand]));
const newKey = () => ({ "Idempotency-Key": crypto.randomUUID() });

test("sent twenty times at once, it is sent once", async () => {
  const item = await stock(100);
  const draft = await transfers.draft(item, 6);
  expect(done(await atOnce(20, () => transfers.send(draft)))).toHaveLength(1);
  expect(await placesOf(item)).toEqual({ "MAIN/A-01": 94, "MAIN/T-01": 6 });
});

test("received by twenty at once, no more comes than was sent", async () => {
  const item = await stock(10);
  const sent = await transfers.sent(item, 10);
  const answers = await atOnce(20, () => transfers.receive(sent, [{ quantity: 1 }]));
  expect(done(answers)).toHaveLength(10);
  expect(await placesOf(item)).toEqual({ "SECOND/A-01": 10 });
  expect((await transfers.read(sent)).receipts).toHaveLength(10);
});

test("ten transfers ask for the same last stock: as many are sent as there is stock for", async () => {
  const item = await stock(5);
  const drafts = await atOnce(10, () => transfers.draft(item, 2));
  expect(done(await Promise.all(drafts.map((draft) => transfers.send(draft))))).toHaveLength(2);
  expect(await placesOf(item)).toEqual({ "MAIN/A-01": 1, "MAIN/T-01": 4 });
});

test("received, closed and taken back at once, each piece goes one way", async () => {
  for (let round = 0; round < 5; round++) {
    const item = await stock(10);
    const sent = await transfers.sent(item, 10);
    await Promise.all([
      ...Array.from({ length: 5 }, () => transfers.receive(sent, [{ quantity: 2 }])),
      transfers.close(sent),
      transfers.takeBack(sent),
    ]);
    const { status, lines } = await transfers.read(sent);
    const [line] = lines;
    const back = status === "CANCELLED" ? 10 : 0;
    const places = await placesOf(item);
    expect(places["SECOND/A-01"] ?? 0).toBe(line?.receivedQuantity);
    expect(places["MAIN/T-01"] ?? 0).toBe(line?.inTransitQuantity);
    expect(places["MAIN/A-01"] ?? 0).toBe(back);
    expect(back + (line?.receivedQuantity ?? 0) + (line?.writtenOffQuantity ?? 0) + (line?.inTransitQuantity ?? 0)).toBe(10);
  }
});

test("a receipt that is undone twenty times at once is undone once", async () => {
  const item = await stock(10);
  const received = await transfers.done(transfers.receive(await transfers.sent(item, 10), [{ quantity: 10 }]));
  expect(done(await atOnce(20, () => transfers.undoReceipt(received)))).toHaveLength(1);
  expect(await placesOf(item)).toEqual({ "MAIN/T-01": 10 });
});

test("with one key each step is done once, and all get the same answer", async () => {
  const item = await stock(10);
  const draft = await transfers.draft(item, 10);
  const once = async (work: (headers: Record<string, string>) => Promise<Answer>) => {
    const key = newKey();
    const answers = await atOnce(10, () => work(key));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    return (answers[0] as Answer).read(Transfer);
  };
  const sent = await once((headers) => transfers.send(draft, transfers.sender, headers));
  const received = await once((headers) => transfers.receive(sent, [{ quantity: 4 }], transfers.receiver, headers));
  expect(received.receipts).toHaveLength(1);
  const undone = await once((headers) => transfers.undoReceipt(received, 0, transfers.receiver, headers));
  expect(undone.lines[0]?.inTransitQuantity).toBe(10);
  expect(await placesOf(item)).toEqual({ "MAIN/T-01": 10 });
});
