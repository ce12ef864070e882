import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { fileEnd } from "./file-end.ts";
import { balancesOf, differencesOf, type EventBody } from "./ledger.ts";
import type { TestServer } from "./test-app.ts";
import { type Answer, TestClient } from "./test-client.ts";
import { createWarehouse } from "./warehouse.ts";

const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T;

interface Done {
  note: string;
  status: number;
  /** As the answer told them. */
  eventIds: string[];
}

/** One answer, or none, of the many that a request may need. */
export interface Told {
  status: number | undefined;
  code: string | undefined;
  retryAfter: string | null | undefined;
  ms: number;
  /** When it came, in milliseconds of `performance.now()`. */
  at: number;
}

export interface LoadOptions {
  address: string;
  clients: number;
  /** Milliseconds a client thinks between two requests, on average. */
  thinkMs?: number;
}

/** Clients that post random movements, each with a key of its own, until each has its answer: also from the next process, or the one after. */
export async function createKeyedLoad(setUp: TestServer) {
  const warehouse = await createWarehouse(setUp);
  const items: Item[] = await Promise.all([1, 2, 3].map((unitCost) => warehouse.stock({ at: "A-01", onHand: 500, unitCost })));
  const { cookie } = await setUp.as("Operator");
  const places = [warehouse.locationId("A-01"), warehouse.locationId("A-02")] as const;
  const done: Done[] = [];
  const told: Told[] = [];
  const movements = () => Array.from({ length: pick([1, 1, 1, 4]) }, () => movement(pick(items), places));

  return {
    told,
    /** Lets the clients work while `meanwhile` runs, and then finish what they have begun. */
    async during({ address, clients, thinkMs = 0 }: LoadOptions, meanwhile: () => Promise<void>): Promise<void> {
      const shift = { over: false };
      const work = Array.from({ length: clients }, async (_, name) => {
        const client = new TestClient(address, cookie);
        for (let asked = 0; !shift.over; asked++) {
          done.push(await postMovements(client, `client ${name}, request ${asked}`, movements(), told));
          if (thinkMs > 0) await sleep(Math.random() * 2 * thinkMs);
        }
      });
      try {
        await meanwhile();
      } finally {
        shift.over = true;
      }
      await Promise.all(work);
    },
    check: () => checkDone(setUp, items, done),
  };
}

function movement(item: Item, [A1, A2]: readonly [string, string]): EventBody {
  const quantity = 1 + Math.floor(Math.random() * 5);
  const [from, to] = pick([
    [A1, A2],
    [A2, A1],
  ] as const);
  const types: EventBody[] = [
    { type: "MOVE", fromLocationId: from, toLocationId: to },
    { type: "RECEIVE", toLocationId: from, unitCost: quantity },
    { type: "SHIP", fromLocationId: from },
  ];
  return { ...pick(types), itemId: item.id, quantity };
}

/** Asks with one key until there is an answer that will stay as it is: also of the next process, or the one after. */
export async function askUntilAnswered(client: TestClient, path: string, body: object, key: string, told: Told[] = []): Promise<Answer> {
  for (;;) {
    fileEnd.signal.throwIfAborted();
    const startedAt = performance.now();
    const answer = await client.post(path, body, { "Idempotency-Key": key }).catch(() => undefined);
    const at = performance.now();
    told.push({ ...whatItSays(answer), ms: at - startedAt, at });
    const final = answer && ([200, 201].includes(answer.status) || (answer.status === 409 && answer.headers.get("retry-after") === null));
    if (final) return answer;
    await sleep(10 + Math.random() * 20);
  }
}

async function postMovements(client: TestClient, note: string, events: readonly EventBody[], told: Told[]): Promise<Done> {
  const noted = events.map((event) => ({ ...event, note }));
  const [path, body] =
    noted.length === 1 ? (["/inventory/events", noted[0] ?? {}] as const) : (["/inventory/events/batch", { events: noted }] as const);
  const answer = await askUntilAnswered(client, path, body, note, told);
  const { event, events: several = [] } = answer.json as { event?: { id: string }; events?: { id: string }[] };
  return { note, status: answer.status, eventIds: [...(event ? [event] : []), ...several].map(({ id }) => id) };
}

function whatItSays(answer: Answer | undefined): Omit<Told, "ms" | "at"> {
  const { error } = (answer?.json ?? {}) as { error?: { code?: string } };
  return { status: answer?.status, code: error?.code, retryAfter: answer?.headers.get("retry-after") };
}

/** What was acknowledged is there once, what was refused is not there, nothing else is, and every sum is right. Answers how many were done. */
async function checkDone(setUp: TestServer, items: readonly Item[], done: readonly Done[]): Promise<number> {
  const stored = await setUp.sql<{ note: string; ids: string[] }>(
    "SELECT note, array_agg(id::text ORDER BY seq) AS ids FROM inventory_event WHERE note IS NOT NULL GROUP BY note",
  );
  const idsOf = new Map(stored.map(({ note, ids }) => [note, ids]));
  for (const { note, status, eventIds } of done)
    expect({ note, ids: idsOf.get(note) ?? [] }).toEqual({ note, ids: status === 201 ? eventIds : [] });
  expect(stored.length).toBe(done.filter(({ status }) => status === 201).length);
  expect(await differencesOf(setUp.ownerUrl)).toEqual([]);
  for (const item of items) expect((await balancesOf(setUp, item)).every(({ on_hand }) => on_hand > 0)).toBe(true);
  expect(await setUp.sql("SELECT key FROM idempotency_key WHERE response_body IS NULL")).toEqual([]);
  return stored.length;
}
