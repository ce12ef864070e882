import pg from "pg";
import { routes } from "#server/app.ts";
import { askedLists } from "#tests/support/asked-lists.ts";
import { type Capture, type CapturedStatement, openCapture } from "./captured-sql.ts";
import { makeLargeCompany } from "./large-company.ts";
import { type PlanNode, readWhole, rowsRead } from "./read-plan.ts";
import { askedBesides, deepPages, notOfRows, reasons } from "./plans-asked.ts";
import { signIn } from "./world.ts";

// What each list, report and document reads to tell what it tells, of a large company: looked at in the database's own plans.

const size = { items: 100_000, balances: 200_000, events: 1_000_000, orders: 20_000, days: 365 };
/** A table with more rows is never read from end to end. */
const rowsMax = 10_000;
/** What an answer reads at most: for a page the database may join a table such as that of locations whole, when it is not much larger. */
const readMax = 2 * rowsMax;

interface Company {
  tenantId: string;
  /** Signed in: an Admin, and an Operator of one site. */
  cookies: Readonly<Record<"all sites" | "one site", string>>;
  ids: Readonly<Record<string, string>>;
  large: ReadonlySet<string>;
}

interface Figures {
  what: string;
  told: number;
  read: number;
  whole: string[];
}

/** Makes a large company, and looks at it. */
export async function benchPlans(env: Record<string, string>): Promise<boolean> {
  console.log("Making a company with 100,000 items, 1,000,000 events and 20,000 orders …");
  const startedAt = performance.now();
  const owner = new pg.Client(env["DATABASE_OWNER_URL"]);
  await owner.connect();
  try {
    const made = await makeLargeCompany(owner, "plans", size, (line) => console.log(`  ${line}`));
    await owner.query("VACUUM ANALYZE");
    console.log(`  In ${Math.round((performance.now() - startedAt) / 1_000)} s`);
    return await lookAtPlans(env, owner, made);
  } finally {
    await owner.end();
  }
}

/** Prints what was read for each; answers false when a large table is read from end to end, or walked, for no reason that is written down. */
export async function lookAtPlans(
  env: Record<string, string>,
  owner: pg.Client,
  made: { tenantId: string; cookie: string },
): Promise<boolean> {
  const app = new pg.Client(env["DATABASE_URL"]);
  await app.connect();
  const product = openCapture(env);
  try {
    const company = await knowCompany(owner, made);
    await requireThatItSees(app, company);
    requireEveryList();
    const found: Figures[] = [];
    for (const [who, cookie] of Object.entries(company.cookies)) {
      for (const { what, path } of await pathsFor(product, company, cookie)) {
        const { statements } = await product.capture(get(path, cookie));
        found.push(await figuresOf(app, company, `${what} (${who})`, statements));
      }
    }
    return tell(found);
  } finally {
    await Promise.all([product.close(), app.end()]);
  }
}

async function knowCompany(owner: pg.Client, { tenantId, cookie }: { tenantId: string; cookie: string }): Promise<Company> {
  const one = async <Row extends pg.QueryResultRow>(text: string) => (await owner.query<Row>(text, [tenantId])).rows[0] as Row;
  const worker = await one<{ id: string }>(
    "SELECT user_id AS id FROM membership WHERE tenant_id = $1 AND role = 'Operator' ORDER BY name LIMIT 1",
  );
  await owner.query(
    "INSERT INTO site_access (tenant_id, user_id, site_id) SELECT $1, $2, id FROM site WHERE tenant_id = $1 AND code = 'MAIN' ON CONFLICT DO NOTHING",
    [tenantId, worker.id],
  );
  const ids = await one<Record<string, string>>(
    `SELECT (SELECT id FROM site WHERE tenant_id = $1 AND code = 'MAIN') AS site, b.item_id AS item, b.location_id AS location, b.lot_id AS lot,
       o.id AS order, o.supplier_id AS supplier, o.created_by AS user, r.id AS receipt, t.id AS transfer, c.id AS count, m.id AS "productionOrder",
       m.bom_id AS bom, p.id AS posting, a.id AS alert, e.id AS event, s.id AS "supplierItem", l.id AS "locationItem",
       (SELECT id FROM unit WHERE tenant_id = $1 LIMIT 1) AS unit, (SELECT id FROM reason_code WHERE tenant_id = $1 LIMIT 1) AS "reasonCode",
       (now() AT TIME ZONE 'UTC')::date::text AS today, ((now() AT TIME ZONE 'UTC')::date - 30)::text AS "monthAgo", ((now() AT TIME ZONE 'UTC')::date - 350)::text AS "yearAgo"
     FROM (SELECT * FROM inventory_balance WHERE tenant_id = $1 AND lot_id IS NOT NULL AND on_hand > 0 OFFSET 500 LIMIT 1) b,
       (SELECT * FROM purchase_order WHERE tenant_id = $1 AND status = 'CLOSED' OFFSET 500 LIMIT 1) o,
       (SELECT id FROM receipt WHERE tenant_id = $1 OFFSET 500 LIMIT 1) r, (SELECT id FROM transfer WHERE tenant_id = $1 OFFSET 500 LIMIT 1) t,
       (SELECT id FROM cycle_count WHERE tenant_id = $1 AND status = 'APPROVED' OFFSET 500 LIMIT 1) c,
       (SELECT id, bom_id FROM production_order WHERE tenant_id = $1 AND status = 'CLOSED' OFFSET 500 LIMIT 1) m,
       (SELECT id FROM production_posting WHERE tenant_id = $1 OFFSET 500 LIMIT 1) p, (SELECT id FROM alert WHERE tenant_id = $1 AND site_id IS NULL LIMIT 1) a,
       (SELECT id FROM inventory_event WHERE tenant_id = $1 AND type = 'SHIP' AND from_location_id IS NOT NULL OFFSET 500 LIMIT 1) e,
       (SELECT id FROM supplier_item WHERE tenant_id = $1 LIMIT 1) s, (SELECT id FROM location_item WHERE tenant_id = $1 LIMIT 1) l`,
  );
  // Nothing would be due otherwise.
  const everyDays = { countEveryDaysA: 30, countEveryDaysB: 90, countEveryDaysC: 180 };
  await owner.query("UPDATE tenant SET settings = settings || $2 WHERE id = $1", [tenantId, JSON.stringify(everyDays)]);
  const { rows: tables } = await owner.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND reltuples > $1",
    [rowsMax],
  );
  return {
    tenantId,
    cookies: { "all sites": cookie, "one site": await signIn(owner, tenantId, worker.id) },
    ids,
    large: new Set(tables.map(({ name }) => name)),
  };
}

const get = (path: string, cookie: string) => new Request(`http://127.0.0.1/api/v1${path}`, { headers: { cookie } });

interface Asked {
  /** With the names of the ids, as it is printed. */
  what: string;
  path: string;
}

async function pathsFor(product: Capture, { ids, cookies }: Company, cookie: string): Promise<Asked[]> {
  const isAdmin = cookie === cookies["all sites"];
  const named = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "");
  const all = [...askedLists, ...askedBesides].filter((path) => isAdmin || !path.startsWith("/audit"));
  const asked = all.map((what) => ({ what, path: named(what) }));
  for (const what of deepPages) {
    const { answer } = await product.capture(get(named(what), cookie));
    const { nextCursor } = (answer as { page: { nextCursor: string | null } }).page;
    if (nextCursor === null) throw new Error(`${what} has no page after it`);
    asked.push({
      what: what.replace("offset=", "after="),
      path: named(what).replace(/offset=\d+/, `cursor=${encodeURIComponent(nextCursor)}`),
    });
  }
  return asked;
}

/** What of a request reads the company's rows. */
const isLooked = ({ text }: CapturedStatement) => /^\s*(SELECT|WITH)\b/i.test(text) && !/\b(find_session|set_config)\b/.test(text);

async function figuresOf(app: pg.Client, company: Company, what: string, statements: readonly CapturedStatement[]): Promise<Figures> {
  const looked = statements.filter(isLooked);
  if (looked.length === 0) throw new Error(`${what} asked the database for nothing`);
  const figures: Figures = { what, told: 0, read: -1, whole: [] };
  for (const statement of looked) {
    const { plan, whole } = await explained(app, company, statement);
    const read = rowsRead(plan);
    if (read > figures.read) [figures.read, figures.told] = [read, Math.round(plan["Actual Rows"] ?? 0)];
    figures.whole.push(...whole);
  }
  return { ...figures, whole: [...new Set(figures.whole)] };
}

/** Run in the tenant's session under the application's role, so that row-level security is in the plan. */
async function explained(
  app: pg.Client,
  { tenantId, large }: Company,
  { text, values }: CapturedStatement,
): Promise<{ plan: PlanNode; whole: string[] }> {
  type Explained = { "QUERY PLAN": [{ Plan: PlanNode }] };
  await app.query("BEGIN READ ONLY");
  try {
    await app.query("SELECT set_config('app.tenant_id', $1, true)", [tenantId]);
    // What the functions that it calls read is in no plan.
    const before = await scansOf(app);
    const { rows } = await app.query<Explained>(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`, [...values]);
    const after = await scansOf(app);
    const scanned = [...after].filter(([name, scans]) => scans > (before.get(name) ?? 0)).map(([name]) => name);
    // A statement that is prepared may be planned for any parameters.
    const { rows: prepared } = await app.query<Explained>(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`);
    const plans = [rows[0], prepared[0]].map((row) => row?.["QUERY PLAN"][0].Plan as PlanNode);
    const whole = [...scanned, ...plans.flatMap(readWhole)];
    return { plan: plans[0] as PlanNode, whole: whole.filter((name) => large.has(name)) };
  } finally {
    await app.query("ROLLBACK");
  }
}

/** How often this connection has read each table from end to end, as far as it has not told it on. */
async function scansOf(app: pg.Client): Promise<Map<string, number>> {
  const { rows } = await app.query<{ name: string; scans: number }>(
    "SELECT relname AS name, seq_scan::int AS scans FROM pg_stat_xact_user_tables WHERE seq_scan > 0",
  );
  return new Map(rows.map(({ name, scans }) => [name, scans]));
}

/** A look that sees nothing would find nothing either. */
async function requireThatItSees(app: pg.Client, company: Company): Promise<void> {
  const planted = { text: "SELECT count(*) FROM inventory_event WHERE note = $1", values: ["nowhere"] };
  const { plan, whole } = await explained(app, company, planted);
  // Of several processes a plan tells what each has read on average.
  if (!whole.includes("inventory_event") || rowsRead(plan) < size.events * 0.99)
    throw new Error("A table that is read from end to end was not seen");
}

/** Files tell everything there is, and so read it. */
function requireEveryList(): void {
  const bare = (path: string) => path.split("?")[0]?.replaceAll(/\{\w+\}/g, "{}");
  const asked = new Set([...askedLists, ...askedBesides].map(bare));
  const forgotten = routes.filter(
    (route) => route.method === "GET" && !route.answersFile && !notOfRows.test(route.path) && !asked.has(bare(route.path)),
  );
  if (forgotten.length > 0) throw new Error(`Nobody asks for ${forgotten.map(({ path }) => path).join(", ")}`);
}

function tell(found: readonly Figures[]): boolean {
  console.log("\n| what | rows told | rows read | read for each told | from end to end |\n|---|---:|---:|---:|---|");
  const figure = (value: number) => value.toLocaleString("en");
  for (const { what, told, read, whole } of found) {
    console.log(
      `| ${what} | ${figure(told)} | ${figure(read)} | ${(read / Math.max(1, told)).toFixed(1)} | ${whole.join(", ") || "nothing"} |`,
    );
  }
  const isTooMuch = ({ read, whole }: Figures) => whole.length > 0 || read > readMax;
  const reasonOf = ({ what }: Figures) => reasons.find(([asked]) => what.startsWith(asked));
  console.log("\nReads more than its page, and why:");
  for (const reason of reasons) {
    if (found.some((figures) => isTooMuch(figures) && reasonOf(figures) === reason)) console.log(`- ${reason[0]} ${reason[1]}`);
    else console.log(`- ${reason[0]} no longer does`);
  }
  const without = found.filter((figures) => isTooMuch(figures) && !reasonOf(figures));
  for (const { what, read, whole } of without)
    console.error(`${what} reads ${figure(read)} rows; from end to end ${whole.join(", ") || "nothing"}`);
  return without.length === 0;
}
