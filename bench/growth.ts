import pg from "pg";
import { makeLargeCompany } from "./large-company.ts";
import { medianMs } from "./median.ts";
import { startServer } from "./processes.ts";
import type { Row } from "./row.ts";

// The same warehouse, young and old: as many items, places and movements a day, and a history a hundred times as long. The young one is
// a month old, as long as the dashboard looks back, and has moved each of its places once.

const [young, old] = [10_000, 1_000_000];
const eventsPerDay = 300;
const size = { items: 20_000, balances: 10_000, orders: 20_000 };
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 15);

const asked: readonly (readonly [what: string, path: string])[] = [
  ["Dashboard, all sites", "/dashboard/stats"],
  ["Items with what is on hand", "/inventory/items?limit=50"],
  ["Balances", "/inventory/balances?limit=50"],
  ["Events, the newest", "/inventory/events?limit=50"],
  ["Events, the oldest, by cursor", "/inventory/events?limit=50&cursor={deep}"],
  ["Events of one item", "/inventory/events?limit=50&itemId={item}"],
  ["Search", "/search?q=SKU-0004711"],
  ["Purchase orders", "/purchasing/purchase-orders?limit=50"],
  ["Valuation", "/reports/valuation?limit=50"],
];

interface Company {
  cookie: string;
  item: string;
  deep: string;
}

/** How much slower each answer is for a company with a hundred times the history. The ratio is young to old: 0.67 is 1.5 times as slow. */
export async function benchGrowth(env: Record<string, string>, { port }: { port: number }): Promise<Row[]> {
  const owner = new pg.Client(env["DATABASE_OWNER_URL"]);
  await owner.connect();
  try {
    const cookies = [await makeCompany(owner, young), await makeCompany(owner, old)] as const;
    await owner.query("VACUUM ANALYZE");
    const server = await startServer("../server/main.ts", port, env);
    try {
      const [small, large] = [await look(port, cookies[0], young), await look(port, cookies[1], old)];
      const rows: Row[] = [];
      for (const [what, path] of asked) {
        const [baseline, ours] = [await measure(port, path, small), await measure(port, path, large)];
        const note = `${ours.toFixed(1)} ms with ${old.toLocaleString("en")} events, ${baseline.toFixed(1)} ms with ${young.toLocaleString("en")}`;
        rows.push({
          what,
          against: "a hundredth of the history",
          unit: "requests/s",
          baseline: 1_000 / baseline,
          ours: 1_000 / ours,
          note,
        });
      }
      return rows;
    } finally {
      await server.stop();
    }
  } finally {
    await owner.end();
  }
}

async function makeCompany(owner: pg.Client, events: number): Promise<string> {
  console.log(`Making a company with ${events.toLocaleString("en")} events …`);
  return (await makeLargeCompany(owner, `growth-${events}`, { ...size, events, days: events / eventsPerDay })).cookie;
}

async function ask(port: number, path: string, cookie: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { headers: { cookie } });
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return await answer.json();
}

/** An item, and a cursor that stands at the end of the history. */
async function look(port: number, cookie: string, events: number): Promise<Company> {
  const items = (await ask(port, "/inventory/items?limit=1", cookie)) as { items: { id: string }[] };
  const deep = (await ask(port, `/inventory/events?limit=50&offset=${events - 200}`, cookie)) as { page: { nextCursor: string } };
  return { cookie, item: items.items[0]?.id ?? "", deep: encodeURIComponent(deep.page.nextCursor) };
}

const measure = (port: number, path: string, { cookie, item, deep }: Company) =>
  medianMs(rounds, () => ask(port, path.replace("{item}", item).replace("{deep}", deep), cookie));
