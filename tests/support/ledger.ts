import pg from "pg";
import { expect } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { type PostEvent, Posted, PostedBatch } from "#contract/ledger.ts";
import type { Difference } from "#features/ledger/verify.ts";
import { verifyEverything } from "#server/verify.ts";
import type { TestServer } from "./test-app.ts";
import type { Answer, TestClient } from "./test-client.ts";

/** An event as a test writes it: what is left out is not sent. */
export type EventBody = Partial<PostEvent> & { type: PostEvent["type"] };

/** Posts events over the API as one client: `ledger.post(…)` must succeed, `ledger.refused(…)` must not. */
export function ledgerOf(client: TestClient) {
  const send = (body: EventBody, headers?: Record<string, string>) => client.post("/inventory/events", body, headers);
  const sendBatch = (events: readonly EventBody[], headers?: Record<string, string>) =>
    client.post("/inventory/events/batch", { events }, headers);
  const sendReversal = (eventId: string, reasonCode = "ENTRY-ERROR") => client.post(`/inventory/events/${eventId}/reverse`, { reasonCode });
  return {
    send,
    sendBatch,
    sendReversal,
    post: async (body: EventBody) => (await send(body)).read(Posted),
    batch: async (events: readonly EventBody[]) => (await sendBatch(events)).read(PostedBatch),
    reverse: async (eventId: string) => (await sendReversal(eventId)).read(Posted),
    refused: async (body: EventBody) => (await send(body)).error,
    reversalRefused: async (eventId: string, reasonCode?: string) => (await sendReversal(eventId, reasonCode)).error,
  };
}

/** Everything that `npm run verify` would report. */
export async function differencesOf(ownerUrl: string): Promise<Difference[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const found: Difference[] = [];
    await verifyEverything(client, (difference) => found.push(difference));
    return found;
  } finally {
    await client.end();
  }
}

/** To be called after the tests of a file, or after each: whatever they did, the ledger agrees with itself, but for checks that the test broke itself. */
export async function expectAgreement({ ownerUrl }: Pick<TestServer, "ownerUrl">, broken: readonly string[] = []): Promise<void> {
  expect((await differencesOf(ownerUrl)).filter(({ check }) => !broken.includes(check))).toEqual([]);
}

export interface StoredBalance {
  location: string;
  status: string;
  lot: string | null;
  on_hand: number;
  allocated: number;
}

/** What is on hand of an item, by the database itself: every place of every site, nothing that is zero. */
export async function balancesOf(server: Pick<TestServer, "sql">, item: Pick<Item, "id">): Promise<StoredBalance[]> {
  return await server.sql<StoredBalance>(
    `SELECT s.code || '/' || l.code AS location, b.status, o.code AS lot, b.on_hand::float8 AS on_hand, b.allocated::float8 AS allocated
     FROM inventory_balance b JOIN location l ON l.tenant_id = b.tenant_id AND l.id = b.location_id JOIN site s ON s.tenant_id = l.tenant_id AND s.id = l.site_id
     LEFT JOIN lot o ON o.tenant_id = b.tenant_id AND o.id = b.lot_id WHERE b.item_id = $1 AND b.on_hand > 0 ORDER BY 1, 2, 3`,
    [item.id],
  );
}

/** `{ "A-01": 10 }`: what is available to take at each place of the main site. */
export async function availableOf(server: Pick<TestServer, "sql">, item: Pick<Item, "id">): Promise<Record<string, number>> {
  const rows = await balancesOf(server, item);
  return Object.fromEntries(
    rows.filter(({ status }) => status === "AVAILABLE").map((row) => [row.location.replace("MAIN/", ""), row.on_hand]),
  );
}

export async function averageCostOf(server: Pick<TestServer, "sql">, item: Pick<Item, "id">): Promise<number | undefined> {
  const [row] = await server.sql<{ cost: number }>("SELECT average_cost::float8 AS cost FROM item_valuation WHERE item_id = $1", [item.id]);
  return row?.cost;
}

/** The faults of a `400`, by path. */
export const faultPaths = (error: Answer["error"]): string[] =>
  ((error.details?.["errors"] ?? []) as { path: string }[]).map(({ path }) => path);

/** A refused request left no trace: as many events as before. */
export async function expectNothingWritten(server: Pick<TestServer, "sql">, work: () => Promise<unknown>): Promise<void> {
  const trace = async () =>
    await server.sql(`SELECT (SELECT count(*) FROM inventory_event) AS events, (SELECT sum(on_hand) FROM inventory_balance) AS on_hand, (SELECT count(*) FROM lot) AS lots,
      (SELECT md5(string_agg(v::text, '' ORDER BY item_id)) FROM item_valuation v) AS costs, (SELECT count(*) FROM idempotency_key) AS keys`);
  const before = await trace();
  await work();
  expect(await trace()).toEqual(before);
}

/** What is found while one statement has damaged what is stored; another mends it. */
export async function foundWhile(server: Pick<TestServer, "sql" | "ownerUrl">, damage: string, repair: string) {
  await server.sql(damage);
  try {
    return (await differencesOf(server.ownerUrl)).map(({ check, location, stored, recomputed }) => ({
      check,
      location,
      stored,
      recomputed,
    }));
  } finally {
    await server.sql(repair);
  }
}
