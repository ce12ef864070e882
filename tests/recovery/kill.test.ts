import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EventBody } from "#tests/support/ledger.ts";
import { freePort } from "#scripts/embedded-postgres/settings.ts";
import { balancesOf, differencesOf } from "#tests/support/ledger.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

// The server as a process of its own, killed in the middle of its work, again and again; the test's own server only sets up and looks.

const kills = 20;
const clients = 12;

let setUp: TestServer;
let port: number;
let server: ChildProcess | undefined;

beforeAll(async () => {
  setUp = await startTestServer("kill");
  port = await freePort();
});
afterAll(async () => {
  server?.kill("SIGKILL");
  await setUp.close();
});

const secret = "a secret that nothing but tests ever uses";
const address = () => `http://127.0.0.1:${port}`;

async function startProcess(): Promise<void> {
  const limits = Object.fromEntries(["AUTH", "API", "WRITE", "SENSITIVE"].map((preset) => [`RATE_LIMIT_${preset}`, "1000000/1m"]));
  const settings = {
    NODE_ENV: "test",
    PORT: String(port),
    LOG_LEVEL: "silent",
    SESSION_SECRET: secret,
    DATABASE_URL: setUp.appUrl,
    DATABASE_OWNER_URL: setUp.ownerUrl,
    ...limits,
  };
  server = spawn(process.execPath, ["server/main.ts"], {
    env: { PATH: process.env["PATH"], ...settings },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const isReady = () =>
    fetch(`${address()}/api/health?type=ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (server.exitCode !== null) throw new Error(`The server ended with code ${server.exitCode}`);
    await sleep(20);
  }
}

async function killProcess(): Promise<void> {
  if (!server) return;
  const gone = once(server, "exit");
  server.kill("SIGKILL");
  await gone;
}

interface Done {
  note: string;
  status: number;
  /** As the answer told them. */
  eventIds: string[];
}

/** One request with one key, until it is answered: also by the next process, or the one after. */
async function untilAnswered(client: TestClient, note: string, events: readonly EventBody[]): Promise<Done> {
  const noted = events.map((event) => ({ ...event, note }));
  const [path, body] = noted.length === 1 ? ["/inventory/events", noted[0]] : ["/inventory/events/batch", { events: noted }];
  for (;;) {
    const answer = await client.post(path, body, { "Idempotency-Key": note }).catch(() => undefined);
    const final = answer && (answer.status === 201 || (answer.status === 409 && answer.headers.get("retry-after") === null));
    if (!final) {
      await sleep(10 + Math.random() * 20);
      continue;
    }
    const told = answer.json as { event?: { id: string }; events?: { id: string }[] };
    return { note, status: answer.status, eventIds: [...(told.event ? [told.event] : []), ...(told.events ?? [])].map(({ id }) => id) };
  }
}

test(
  "killed twenty times in the middle of its work: what was acknowledged is there once, what was asked again is done once",
  { timeout: 120_000 },
  async () => {
    const warehouse = await createWarehouse(setUp);
    const items = await Promise.all([1, 2, 3].map((unitCost) => warehouse.stock({ at: "A-01", onHand: 500, unitCost })));
    const [A1, A2] = [warehouse.locationId("A-01"), warehouse.locationId("A-02")];
    const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T;
    const movement = (): EventBody => {
      const quantity = 1 + Math.floor(Math.random() * 5);
      const places = pick([
        [A1, A2],
        [A2, A1],
      ] as const);
      const types: EventBody[] = [
        { type: "MOVE", fromLocationId: places[0], toLocationId: places[1] },
        { type: "RECEIVE", toLocationId: places[0], unitCost: quantity },
        { type: "SHIP", fromLocationId: places[0] },
      ];
      return { ...pick(types), itemId: pick(items).id, quantity };
    };

    await startProcess();
    const { cookie } = await setUp.as("Operator");
    const shift = { over: false };
    const done: Done[] = [];
    const work = Array.from({ length: clients }, async (_, name) => {
      const client = new TestClient(address(), cookie);
      for (let asked = 0; !shift.over; asked++)
        done.push(await untilAnswered(client, `client ${name}, request ${asked}`, Array.from({ length: pick([1, 1, 1, 4]) }, movement)));
    });
    for (let kill = 0; kill < kills; kill++) {
      await sleep(20 + Math.random() * 300);
      await killProcess();
      await startProcess();
    }
    shift.over = true;
    await Promise.all(work);

    const stored = await setUp.sql<{ note: string; ids: string[] }>(
      "SELECT note, array_agg(id::text ORDER BY seq) AS ids FROM inventory_event WHERE note IS NOT NULL GROUP BY note",
    );
    const idsOf = new Map(stored.map(({ note, ids }) => [note, ids]));
    for (const { note, status, eventIds } of done)
      expect({ note, ids: idsOf.get(note) ?? [] }).toEqual({ note, ids: status === 201 ? eventIds : [] });
    expect(stored.length).toBe(done.filter(({ status }) => status === 201).length);
    expect(stored.length).toBeGreaterThan(kills);
    expect(await differencesOf(setUp.ownerUrl)).toEqual([]);
    for (const item of items) expect((await balancesOf(setUp, item)).every(({ on_hand }) => on_hand > 0)).toBe(true);
    expect(await setUp.sql("SELECT key FROM idempotency_key WHERE response_body IS NULL")).toEqual([]);
  },
);
