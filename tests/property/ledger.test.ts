import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Role } from "#contract/identity.ts";
import { postableTypes, type PostableType, type PostEvent } from "#contract/ledger.ts";
import { post, type PostedEvents } from "#features/ledger/post.ts";
import { reverseEvent } from "#features/ledger/reverse.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { differencesOf } from "#tests/support/ledger.ts";
import {
  type Asked,
  type Caller,
  emptyState,
  type ModelItem,
  postModel,
  Refused,
  reverseModel,
  type State,
} from "#tests/support/ledger-model.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

const items: readonly ModelItem[] = [
  { tracking: "NONE", whole: true, units: { EA: 1, CTN: 12 } },
  { tracking: "NONE", whole: false, units: { KG: 1 } },
  { tracking: "LOT", whole: false, units: { KG: 1 } },
  { tracking: "SERIAL", whole: true, units: { EA: 1 } },
];
/** Two places of the main site and one of the second, which only the Admin sees. */
const callers: Record<"Admin" | "Supervisor" | "Operator", Caller> = {
  Admin: { role: "Admin", places: [0, 1, 2] },
  Supervisor: { role: "Supervisor", places: [0, 1] },
  Operator: { role: "Operator", places: [0, 1] },
};

let server: TestServer;
let places: string[];
beforeAll(async () => {
  server = await startTestServer("ledger property");
  const { main, second } = server.tenants.acme.sites;
  places = [main.locations["A-01"], main.locations["A-02"], second.locations["A-01"]];
});
afterAll(() => server.close());

type Command = { role: keyof typeof callers; dryRun: boolean } & (
  | { kind: "post"; asked: Asked[] }
  | { kind: "reverse"; which: number; reasonKnown: boolean }
);

const needs: Record<PostableType, { from: boolean; to: boolean; reason?: string }> = {
  RECEIVE: { from: false, to: true },
  MOVE: { from: true, to: true },
  RETURN: { from: false, to: true },
  SHIP: { from: true, to: false },
  SCRAP: { from: true, to: false, reason: "DAMAGED" },
  HOLD: { from: true, to: false, reason: "QUALITY" },
  RELEASE: { from: true, to: false },
  ADJUST: { from: false, to: true, reason: "CORRECTION" },
};

const place = fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2);
const anything = fc.record(
  {
    type: fc.constantFrom(...postableTypes, ...Array.from({ length: 5 }, () => "RECEIVE" as const), "MOVE" as const),
    item: fc.nat(items.length - 1),
    quantity: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 8 }).map((units) => units * 10_000) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 50_000 }) },
    ),
    uom: fc.constantFrom("EA", "KG", "CTN"),
    from: place,
    to: place,
    lot: fc.constantFrom("L-1", "L-1", "L-2"),
    status: fc.constantFrom("AVAILABLE" as const, "HOLD" as const),
    reason: fc.constantFrom("DAMAGED", "QUALITY", "CORRECTION", "CUSTOMER-RETURN", "SUPERVISOR-OVERRIDE"),
    unitCost: fc.constantFrom(0, 1, 25_000, 33_333, 70_001),
  },
  { requiredKeys: ["type", "item", "quantity"] },
);
/** Most requests as a sensible client would send them, so that stock builds up; the rest as they come. */
const sensible = fc
  .tuple(anything, place, place, fc.constantFrom("L-1", "L-1", "L-1", "L-2"), fc.boolean())
  .map(([asked, from, to, lot, lessOnAdjust]): Asked => {
    const need = asked.type === "ADJUST" && lessOnAdjust ? { from: true, to: false, reason: "CORRECTION" } : needs[asked.type];
    const { tracking, units } = items[asked.item] as ModelItem;
    return {
      type: asked.type,
      item: asked.item,
      quantity:
        tracking === "SERIAL"
          ? 10_000
          : items[asked.item]?.whole
            ? Math.max(1, Math.round(asked.quantity / 10_000)) * 10_000
            : asked.quantity,
      uom: asked.uom !== undefined && asked.uom in units ? asked.uom : undefined,
      from: need.from ? from : undefined,
      to: need.to ? (asked.type === "MOVE" && to === from ? (from + 1) % 2 : to) : undefined,
      lot: tracking === "NONE" ? undefined : lot,
      status: ["RECEIVE", "MOVE", "SCRAP"].includes(asked.type) ? asked.status : undefined,
      reason: need.reason,
      unitCost: asked.type === "RECEIVE" ? asked.unitCost : undefined,
    };
  });
const asked: fc.Arbitrary<Asked> = fc.oneof({ weight: 8, arbitrary: sensible }, { weight: 1, arbitrary: anything });
const who = {
  role: fc.constantFrom("Admin" as const, "Admin" as const, "Supervisor" as const, "Supervisor" as const, "Operator" as const),
  dryRun: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
};
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("post" as const), ...who, asked: asked.map((one) => [one]) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("post" as const), ...who, asked: fc.array(asked, { minLength: 2, maxLength: 5 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("reverse" as const),
      ...who,
      which: fc.nat(1_000),
      reasonKnown: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
    }),
  },
);

/** One history: its own items in the real ledger, the same numbers in the model. */
interface History {
  itemIds: string[];
  eventIds: string[];
  model: State;
}

async function newHistory(): Promise<History> {
  const made = await server.sql<{ id: string }>(
    `INSERT INTO item (tenant_id, sku, name, tracking, base_uom) SELECT $1, 'P-' || new_id(), 'Item', * FROM unnest($2::text[], $3::text[]) RETURNING id`,
    [server.tenants.acme.id, items.map(({ tracking }) => tracking), items.map(({ units }) => Object.keys(units)[0])],
  );
  await server.sql("INSERT INTO item_unit (tenant_id, item_id, uom, factor) VALUES ($1, $2, 'CTN', 12)", [
    server.tenants.acme.id,
    made[0]?.id,
  ]);
  return { itemIds: made.map(({ id }) => id), eventIds: [], model: emptyState() };
}

const contextOf = (role: Role): Context => {
  const { id: tenantId, users, sites } = server.tenants.acme;
  const { id: userId, email } = users[role];
  const siteIds = role === "Admin" ? ("all" as const) : [sites.main.id];
  return {
    tenantId,
    tenantCode: "acme",
    tenantName: "Acme",
    currency: "EUR",
    timeZone: "Europe/Vienna",
    userId,
    userName: role,
    email,
    role,
    siteIds,
    sessionId: null,
    requestId: "property",
    ipAddress: "test",
    log: server.services.log,
  };
};

const requestOf = ({ itemIds }: History, { type, item, quantity, uom, from, to, lot, status, reason, unitCost }: Asked): PostEvent => ({
  type,
  itemId: itemIds[item],
  quantity: quantity / 10_000,
  uom,
  lotCode: lot,
  status,
  reasonCode: reason,
  fromLocationId: from === undefined ? undefined : places[from],
  toLocationId: to === undefined ? undefined : places[to],
  unitCost: unitCost === undefined ? undefined : unitCost / 10_000,
});

/** What the real ledger answers: the events' costs, or the code of its refusal. */
async function ask(history: History, given: Command): Promise<{ code: string } | PostedEvents> {
  const context = contextOf(given.role);
  const eventId = (which: number) => history.eventIds[which % history.eventIds.length] ?? crypto.randomUUID();
  const work = (tx: Tx) =>
    given.kind === "post"
      ? post(
          tx,
          context,
          given.asked.map((one) => requestOf(history, one)),
        )
      : reverseEvent(tx, context, eventId(given.which), { reasonCode: given.reasonKnown ? "ENTRY-ERROR" : "DAMAGED" });
  try {
    return await server.services.database.withTenant(context.tenantId, work, { dryRun: given.dryRun });
  } catch (error) {
    if (error instanceof AppError) return { code: error.code };
    throw error;
  }
}

function askModel(state: State, eventCount: number, given: Command) {
  const caller = callers[given.role];
  try {
    if (given.kind === "post") return postModel(state, items, caller, given.asked);
    return [reverseModel(state, items, caller, eventCount === 0 ? -1 : given.which % eventCount, given.reasonKnown)];
  } catch (error) {
    if (error instanceof Refused) return { code: error.code };
    throw error;
  }
}

const tally = new Map<string, number>();

async function step(history: History, given: Command): Promise<void> {
  const draft = structuredClone(history.model);
  const expected = askModel(draft, history.eventIds.length, given);
  const real = await ask(history, given);
  const outcome = "code" in real ? real.code : "posted";
  tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  if (!Array.isArray(expected) || "code" in real) {
    const told = { real: "code" in real ? real.code : "posted", model: Array.isArray(expected) ? "posted" : expected.code };
    if (told.real !== told.model) throw new Error(`The ledger: ${told.real}; the model: ${told.model}`);
    return;
  }
  const tenThousandths = (amount: number | null) => (amount === null ? null : Math.round(amount * 10_000));
  expect(real.events.map((event) => [event.type, tenThousandths(event.quantity), tenThousandths(event.unitCost)])).toEqual(
    draft.events.slice(-expected.length).map((event) => [event.type, event.quantity, event.cost === null ? null : Number(event.cost)]),
  );
  for (const { itemId, locationId, lotCode, status, onHand } of real.balances) {
    const key = `${history.itemIds.indexOf(itemId)}|${places.indexOf(locationId)}|${lotCode ?? ""}|${status}`;
    expect([key, tenThousandths(onHand)]).toEqual([key, draft.balances.get(key)]);
  }
  if (given.dryRun) return;
  history.model = draft;
  history.eventIds.push(...real.events.map(({ id }) => id));
}

/** All that is stored of the history's items. */
async function expectSameStock({ itemIds, model }: History): Promise<void> {
  const balances = await server.sql<{ key: string; units: number }>(
    `SELECT concat(array_position($1::uuid[], b.item_id) - 1, '|', array_position($2::uuid[], b.location_id) - 1, '|', o.code, '|', b.status) AS key, (b.on_hand * 10000)::float8 AS units
     FROM inventory_balance b LEFT JOIN lot o ON o.id = b.lot_id WHERE b.item_id = ANY ($1) AND b.on_hand > 0`,
    [itemIds, places],
  );
  expect(Object.fromEntries(balances.map(({ key, units }) => [key, units]))).toEqual(
    Object.fromEntries([...model.balances].filter(([, units]) => units > 0)),
  );
  const costs = await server.sql<{ item: number; average: number }>(
    "SELECT array_position($1::uuid[], item_id) - 1 AS item, (average_cost * 10000)::float8 AS average FROM item_valuation WHERE item_id = ANY ($1) AND (on_hand > 0 OR average_cost > 0)",
    [itemIds],
  );
  expect(Object.fromEntries(costs.map(({ item, average }) => [item, average]))).toEqual(
    Object.fromEntries(
      [...model.values]
        .filter(([, value]) => value.onHand > 0n || value.average > 0n)
        .map(([item, { average }]) => [item, Number(average)]),
    ),
  );
}

test("thousands of random commands: the ledger and the model agree on every answer, balance and cost", { timeout: 180_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 80, size: "max" }), async (commands) => {
      const history = await newHistory();
      for (const given of commands) await step(history, given);
      await expectSameStock(history);
    }),
    { numRuns: 100 },
  );
  expect(await differencesOf(server.ownerUrl)).toEqual([]);
  // The commands reach everything that can happen, or the test proves little.
  for (const outcome of [
    "posted",
    "INSUFFICIENT_STOCK",
    "VALIDATION_ERROR",
    "NOT_FOUND",
    "FORBIDDEN",
    "ALREADY_REVERSED",
    "REVERSAL_BLOCKED",
    "INVALID_STATE",
    "SERIAL_ON_HAND",
  ]) {
    expect(tally.get(outcome) ?? 0, outcome).toBeGreaterThan(3);
  }
  expect([...tally.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(2_000);
});
