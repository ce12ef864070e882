import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { routes } from "#server/app.ts";
import { createTasks } from "#server/tasks.ts";
import { askedLists } from "#tests/support/asked-lists.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

const rows = 100_000;
const large = [
  "item",
  "lot",
  "location",
  "supplier",
  "supplier_item",
  "inventory_event",
  "inventory_balance",
  "item_valuation",
  "audit_event",
  "purchase_order",
  "purchase_order_line",
  "receipt",
  "receipt_line",
  "alert",
  "cycle_count",
  "cycle_count_line",
  "bom",
  "bom_component",
  "production_order",
  "production_posting",
  "transfer",
  "transfer_line",
  "location_item",
];

let server: TestServer;
let admin: TestClient;
let operator: TestClient;
let ids: { item: string; location: string; lot: string; user: string; site: string; supplier: string; order: string };

beforeAll(async () => {
  server = await startTestServer("list plans");
  [admin, operator] = [await server.as("Admin"), await server.as("Operator")];
  const { id: tenant, sites, users } = server.tenants.acme;
  const fill = (text: string) => server.sql(text.replaceAll("{tenant}", `'${tenant}'::uuid`).replaceAll("{n}", String(rows)));
  const numbered = (table: string) => `(SELECT *, row_number() OVER (ORDER BY id) AS n FROM ${table} WHERE tenant_id = {tenant}) ${table}`;
  await fill(
    `INSERT INTO item (tenant_id, sku, name, category, tracking) SELECT {tenant}, 'SKU-' || n, 'Item ' || n, 'Category ' || n % 500, 'LOT' FROM generate_series(1, {n}) n`,
  );
  await fill(
    "INSERT INTO lot (tenant_id, item_id, code, expires_on) SELECT {tenant}, id, 'L-' || sku, DATE '2030-01-01' + (random() * 1000)::int FROM item WHERE tenant_id = {tenant} AND tracking = 'LOT'",
  );
  await fill("INSERT INTO item_barcode (tenant_id, item_id, code) SELECT tenant_id, id, 'B-' || sku FROM item WHERE tenant_id = {tenant}");
  await fill(
    `INSERT INTO location (tenant_id, site_id, code, type) SELECT {tenant}, '${sites.main.id}', 'P-' || n, 'STORAGE' FROM generate_series(1, {n}) n`,
  );
  await fill("INSERT INTO supplier (tenant_id, code, name) SELECT {tenant}, 'S-' || n, 'Supplier ' || n FROM generate_series(1, {n}) n");
  await fill(`INSERT INTO supplier_item (tenant_id, supplier_id, item_id, uom)
    SELECT {tenant}, supplier.id, item.id, 'EA' FROM ${numbered("supplier")} JOIN ${numbered("item")} USING (n)`);
  await fill(`INSERT INTO inventory_balance (tenant_id, item_id, location_id, lot_id, status, on_hand)
    SELECT {tenant}, lot.item_id, location.id, lot.id, 'AVAILABLE', 1 FROM ${numbered("lot")} JOIN ${numbered("location")} USING (n)`);
  await fill("INSERT INTO item_valuation (tenant_id, item_id, on_hand) SELECT tenant_id, item_id, on_hand FROM inventory_balance");
  await fill("INSERT INTO app_user (email) SELECT 'worker-' || n || '@acme.test' FROM generate_series(1, 50) n");
  await fill(`INSERT INTO inventory_event (tenant_id, type, item_id, lot_id, quantity, entered_quantity, entered_uom, to_location_id, to_status, unit_cost, user_id, occurred_at, recorded_at)
    SELECT tenant_id, (ARRAY['RECEIVE', 'RETURN', 'PRODUCE'])[1 + n % 3], item_id, lot_id, 1, 1, 'EA', location_id, status, 0,
           (ARRAY(SELECT id FROM app_user))[1 + n % 50], now(), now() - random() * interval '300 days'
    FROM (SELECT *, (row_number() OVER ())::int AS n FROM inventory_balance) b`);
  await fill(
    `INSERT INTO audit_event (tenant_id, user_id, action, entity_type, entity_id)
     SELECT {tenant}, (ARRAY(SELECT id FROM app_user ORDER BY id))[1 + item.n % 50], kind || '.created', kind, item.id::text
     FROM ${numbered("item")} JOIN (SELECT n - 1 AS n, CASE n WHEN 1 THEN 'item' ELSE 'kind-' || n END AS kind FROM generate_series(1, 50) n) kinds ON kinds.n = item.n % 50`,
  );
  await fill(`INSERT INTO inventory_day_close (tenant_id, item_id, location_id, lot_key, status, day, on_hand)
    SELECT tenant_id, item_id, location_id, lot_key, status, current_date - n, 1 FROM (SELECT * FROM inventory_balance LIMIT 1000) b, generate_series(1, 100) n`);
  await fill("INSERT INTO inventory_closed_through SELECT {tenant}, current_date - 1");
  await fill(`INSERT INTO purchase_order (tenant_id, number, supplier_id, site_id, created_by, status, submitted_by, submitted_at, approved_by, approved_at)
    SELECT {tenant}, 'PO-' || n, id, '${sites.main.id}', '${users.Operator.id}', 'APPROVED', '${users.Operator.id}', now(), '${users.Admin.id}', now()
    FROM ${numbered("supplier")} WHERE n <= 20000`);
  await fill(`INSERT INTO purchase_order_line (tenant_id, purchase_order_id, line_number, item_id, uom, quantity, unit_price)
    SELECT {tenant}, purchase_order.id, line, item.id, 'EA', 1, 1
    FROM ${numbered("purchase_order")} CROSS JOIN generate_series(1, 3) line JOIN ${numbered("item")} ON item.n = purchase_order.n * 4 + line`);
  await fill(
    `INSERT INTO receipt (tenant_id, number, purchase_order_id, user_id) SELECT {tenant}, 'RC-' || number, id, created_by FROM purchase_order WHERE tenant_id = {tenant}`,
  );
  await fill(`INSERT INTO receipt_line (tenant_id, receipt_id, line_number, purchase_order_line_id, quantity, rejected_quantity, location_id)
    SELECT {tenant}, r.id, l.line_number, l.id, 1, 0, '${sites.main.locations["A-01"]}' FROM receipt r JOIN purchase_order_line l USING (tenant_id, purchase_order_id)`);
  await fill(`INSERT INTO cycle_count (tenant_id, number, name, site_id, type, created_by, status, started_at, ended_at)
    SELECT {tenant}, 'CC-' || n, 'Count', '${sites.main.id}', 'FULL', '${users.Admin.id}', CASE WHEN n > 500 THEN 'APPROVED' ELSE 'SCHEDULED' END,
           CASE WHEN n > 500 THEN now() END, CASE WHEN n > 500 THEN now() END FROM generate_series(1, 20000) n`);
  await fill(`INSERT INTO cycle_count_line (tenant_id, cycle_count_id, item_id, location_id, expected_quantity)
    SELECT {tenant}, cycle_count.id, item.id, '${sites.main.locations["A-01"]}', 1 FROM ${numbered("cycle_count")} JOIN ${numbered("item")} ON item.n % 20000 = cycle_count.n - 1`);
  await fill(`INSERT INTO bom (tenant_id, item_id, revision, status, yield_quantity, activated_at, created_by)
    SELECT {tenant}, id, '1', 'ACTIVE', 1, now(), '${users.Admin.id}' FROM item WHERE tenant_id = {tenant} AND tracking = 'LOT'`);
  await fill(`INSERT INTO bom_component (tenant_id, bom_id, line_number, item_id, quantity, issue_method)
    SELECT {tenant}, bom.id, line, item.id, 1, 'MANUAL' FROM ${numbered("bom")} CROSS JOIN generate_series(1, 2) line JOIN ${numbered("item")} ON item.n = bom.n / 2 + line`);
  await fill(`INSERT INTO production_order (tenant_id, number, item_id, bom_id, site_id, quantity, created_by)
    SELECT {tenant}, 'MO-' || n, item_id, id, '${sites.main.id}', 1, '${users.Admin.id}' FROM ${numbered("bom")} WHERE n <= 20000`);
  await fill(`INSERT INTO production_posting (tenant_id, production_order_id, type, user_id)
    SELECT {tenant}, id, 'CONSUMPTION', created_by FROM production_order, generate_series(1, 2) WHERE tenant_id = {tenant}`);
  await fill("INSERT INTO site (tenant_id, code, name) SELECT {tenant}, 'SITE-' || n, 'Site' FROM generate_series(1, 20) n");
  await fill(`INSERT INTO location (tenant_id, site_id, code, type, pick_sequence)
    SELECT {tenant}, s.id, 'K-' || n, CASE WHEN n % 2 = 0 THEN 'PICKING' ELSE 'STORAGE' END, n FROM site s CROSS JOIN generate_series(1, 1000) n
    WHERE s.tenant_id = {tenant} AND s.code LIKE 'SITE-%'`);
  await fill(`INSERT INTO location_item (tenant_id, site_id, location_id, item_id, minimum, maximum)
    SELECT {tenant}, p.site_id, p.id, item.id, 1, 2 FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM location WHERE type = 'PICKING' AND code LIKE 'K-%') p
    JOIN ${numbered("item")} USING (n)`);
  await fill(`INSERT INTO transfer (tenant_id, number, from_site_id, to_site_id, created_by)
    SELECT {tenant}, 'TR-' || n, '${sites.main.id}', '${sites.second.id}', '${users.Admin.id}' FROM generate_series(1, 20000) n`);
  await fill(`INSERT INTO transfer_line (tenant_id, transfer_id, line_number, item_id, from_location_id, quantity)
    SELECT {tenant}, transfer.id, 1, item.id, '${sites.main.locations["A-01"]}', 1 FROM ${numbered("transfer")} JOIN ${numbered("item")} USING (n)`);
  await fill(`INSERT INTO alert (tenant_id, type, status, site_id, item_id, lot_id, resolved_at)
    SELECT {tenant}, 'EXPIRED', CASE WHEN row_number() OVER () > 500 THEN 'RESOLVED' ELSE 'OPEN' END, '${sites.main.id}', item_id, id, CASE WHEN row_number() OVER () > 500 THEN now() END
    FROM (SELECT * FROM lot WHERE tenant_id = {tenant} LIMIT 20000) lot`);
  await server.sql("VACUUM ANALYZE");
  const [stock] = await server.sql<{ item_id: string; location_id: string; lot_id: string }>(
    "SELECT item_id, location_id, lot_id FROM inventory_balance LIMIT 1 OFFSET 500",
  );
  const [order] = await server.sql<{ id: string; supplier_id: string }>(
    "SELECT o.id, o.supplier_id FROM purchase_order o LIMIT 1 OFFSET 500",
  );
  if (!stock || !order) throw new Error("Nothing was filled in");
  ids = {
    item: stock.item_id,
    location: stock.location_id,
    lot: stock.lot_id,
    user: users.Operator.id,
    site: sites.main.id,
    supplier: order.supplier_id,
    order: order.id,
  };
}, 360_000);
afterAll(() => server.close());

/** How PostgreSQL would run the statements of one request. */
async function plansOf(path: string, client: TestClient, chosen = /LIMIT/): Promise<string[]> {
  const statements = await server.statements(async () => {
    const answer = await client.get(path);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  });
  const app = new pg.Client(server.appUrl);
  await app.connect();
  try {
    const plans: string[] = [];
    for (const statement of statements.filter((text) => chosen.test(text))) {
      const { rows: lines } = await app.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN) ${statement}`);
      plans.push(...lines.map((line) => line["QUERY PLAN"]));
    }
    expect(plans.length).toBeGreaterThan(1);
    return plans;
  } finally {
    await app.end();
  }
}

/** Large tables that the statements of one request would read from end to end. */
async function readWhole(path: string, client: TestClient, chosen?: RegExp): Promise<string[]> {
  const plans = await plansOf(path, client, chosen);
  return large.filter((table) => plans.some((line) => new RegExp(`Seq Scan on ${table}\\b`).test(line)));
}

describe(`of ${rows.toLocaleString("en")} rows, no list reads a large table whole`, () => {
  test.each(askedLists)("%s", async (path) => {
    const asked = path.replaceAll(/\{(\w+)\}/g, (_, name: keyof typeof ids) => ids[name]);
    const clients = path.startsWith("/audit") ? [admin] : [admin, operator];
    for (const client of clients) expect(await readWhole(asked, client)).toEqual([]);
  });
});

test.each(askedLists)("%s asks the database as often for a thousand rows as for ten", async (path) => {
  const asked = path.replaceAll(/\{(\w+)\}/g, (_, name: keyof typeof ids) => ids[name]);
  const countFor = async (limit: number) => {
    const sent = await server.statements(async () => {
      const answer = await admin.get(`${asked}${asked.includes("?") ? "&" : "?"}limit=${limit}`);
      expect(answer.status).toBe(200);
    });
    return sent.length;
  };
  // The first request may have to look for the session.
  await countFor(10);
  expect(await countFor(1_000)).toBe(await countFor(10));
});

test("every list is asked for here", () => {
  const asked = new Set(askedLists.map((path) => path.split("?")[0]));
  const small = [
    "/users",
    "/users/{id}/sessions",
    "/auth/sessions",
    "/sites",
    "/inventory/units",
    "/inventory/reason-codes",
    "/failed-mails",
  ];
  const isList = (query: unknown) => query instanceof z.ZodObject && "cursor" in query.shape;
  const lists = routes.filter(({ method, query, path }) => method === "GET" && isList(query) && !small.includes(path));
  expect(lists.length).toBeGreaterThan(20);
  const names = [...asked].map((path) => path?.replaceAll(/\{\w+\}/g, "{id}"));
  expect(lists.map(({ path }) => path).filter((path) => !names.includes(path))).toEqual([]);
});

test.each(["/reports/valuation?limit=50", "/inventory/balances?limit=50", "/inventory/balances?limit=50&sort=-sku"])(
  "%s, whose order is of two tables, begins a page deep in it where the page begins",
  async (path) => {
    const before = (await admin.get(`${path}&offset=5000`)).json as { page: { nextCursor: string } };
    const plans = await plansOf(`${path}&cursor=${encodeURIComponent(before.page.nextCursor)}`, admin);
    const walked = plans.findIndex((line) => /Index Scan (Backward )?using item_sku(_key)? on item i/.test(line));
    expect(plans[walked + 1]).toMatch(/Index Cond: .*sku [<>]= /);
    expect(await readWhole(`${path}&cursor=${encodeURIComponent(before.page.nextCursor)}`, admin)).toEqual([]);
  },
);

test("stock on hold is found without looking at the rest", async () => {
  for (const client of [admin, operator]) {
    const plans = await plansOf("/inventory/balances?status=HOLD", client);
    expect(plans.filter((line) => line.includes("inventory_balance_on_hold"))).toHaveLength(1);
  }
});

test("the trace of a lot reads no large table whole", async () => {
  for (const client of [admin, operator])
    expect(await readWhole(`/inventory/lots/${ids.lot}/trace`, client, /inventory_(event|balance)/)).toEqual([]);
});

test("what to fill up in one of many sites, and where to put things away, reads no large table whole", async () => {
  const [site] = await server.sql<{ id: string }>("SELECT id FROM site WHERE code = 'SITE-7'");
  const of = (kind: string) => `/inventory/suggestions/${kind}?siteId=${site?.id}`;
  expect(await readWhole(of("replenishment"), admin, /location_item/)).toEqual([]);
  expect(await readWhole(`${of("putaway")}&itemId=${ids.item}`, admin, /pick_sequence/)).toEqual([]);
});

/** The plans of what a search function does inside, which EXPLAIN does not show of the statement that calls it. As its owner runs it. */
async function plansOfSearch(name: string, parameters: Record<string, string> = { p_pattern: "'%4711%'" }): Promise<string[]> {
  const owner = new pg.Client(server.ownerUrl);
  await owner.connect();
  try {
    const { rows: found } = await owner.query<{ body: string }>(
      "SELECT pg_get_function_sqlbody(oid) AS body FROM pg_proc WHERE proname = $1",
      [name],
    );
    const statement = /^\s*BEGIN ATOMIC(.*);\s*END\s*$/s.exec(found[0]?.body ?? "")?.[1] ?? "";
    await owner.query("SELECT set_config('app.tenant_id', $1, false)", [server.tenants.acme.id]);
    const asked = Object.entries(parameters).reduce(
      (text, [parameter, value]) => text.replaceAll(new RegExp(`\\b(${name}\\.)?${parameter}\\b`, "g"), () => value),
      statement,
    );
    const { rows: lines } = await owner.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN) ${asked}`);
    return lines.map((line) => line["QUERY PLAN"]);
  } finally {
    await owner.end();
  }
}

test.each([
  ["search_items", ["item_search", "item_barcode_search"]],
  ["search_locations", ["location_search"]],
  ["search_suppliers", ["supplier_search"]],
  ["search_lots", ["lot_search"]],
  ["search_purchase_orders", ["purchase_order_search", "supplier_search"]],
  ["search_production_orders", ["production_order_search", "item_search"]],
])("%s looks into its indexes, and reads no large table whole", async (name, indexes) => {
  const plans = await plansOfSearch(name);
  expect(plans.filter((line) => /Seq Scan/.test(line))).toEqual([]);
  for (const index of indexes) expect(plans.join("\n")).toMatch(new RegExp(`\\b${index}\\b`));
});

test("the search over everything finds codes in their order and texts by what they contain, each from its index, and reads no large table whole", async () => {
  // As the function plans it: before it knows what it is asked.
  const unknown = { p_text: "$1::text", p_pattern: "$2::text", p_limit: "$3::integer", p_sites: "$4::uuid[]" };
  const plans = await plansOfSearch("search_everything", unknown);
  expect(plans.filter((line) => /Seq Scan/.test(line))).toEqual([]);
  const byCode = ["item_sku", "item_barcode", "lot_code", "location_code", "purchase_order_number", "supplier_code"];
  for (const index of byCode)
    expect(
      plans.filter((line) => line.includes(`Index Scan using ${index}_prefix`)),
      index,
    ).toHaveLength(1);
  const byText = ["item", "item_barcode", "lot", "location", "purchase_order", "supplier"];
  for (const index of byText)
    expect(
      plans.filter((line) => line.includes(`Bitmap Index Scan on ${index}_search`)),
      index,
    ).toHaveLength(1);
});

test("what changed is looked at for alerts without reading a large table whole", async () => {
  const things = { tenantId: server.tenants.acme.id, things: [ids.item, ids.order] };
  const sent = await server.statements(async () => await createTasks(server.services)["find-alerts"]?.(things, undefined));
  const looking = sent.filter((text) => text.includes("INSERT INTO alert"));
  expect(looking).toHaveLength(1);
  const app = new pg.Client(server.appUrl);
  await app.connect();
  const { rows: lines } = await app.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN) ${looking[0]}`);
  await app.end();
  const read = lines.map((line) => line["QUERY PLAN"]).filter((line) => line.includes("Seq Scan"));
  expect(read.filter((line) => large.some((table) => line.includes(` on ${table} `)))).toEqual([]);
});

test.each(["1", "47", "SKU-4711", "item", "4711", "no such thing"])("the search over everything for %j is quick", async (text) => {
  const spans: number[] = [];
  for (let time = 0; time < 3; time++) {
    const startedAt = performance.now();
    expect((await operator.get(`/search?q=${encodeURIComponent(text)}`)).status).toBe(200);
    spans.push(performance.now() - startedAt);
  }
  // Reading the tables whole would take many times as long.
  expect(Math.min(...spans)).toBeLessThan(400);
});

test.each([
  ["", "inventory_event_seq_key"],
  ["?itemId={item}", "inventory_event_item"],
  ["?type=RECEIVE", "inventory_event_type"],
  ["?userId={user}", "inventory_event_user"],
])("events%s are read in their order from one index, and not sorted", async (filter, index) => {
  const asked = filter.replace(/\{(\w+)\}/, (_, name: keyof typeof ids) => ids[name]);
  const plans = await plansOf(`/inventory/events${asked}`, admin);
  expect(plans.filter((line) => /\bSort\b/.test(line))).toEqual([]);
  expect(plans.filter((line) => line.includes(`Backward using ${index} on inventory_event e`))).toHaveLength(1);
});

test.each([
  ["", "audit_event_recorded"],
  ["?from=2026-01-01T00:00:00Z&to=2036-01-01T00:00:00Z", "audit_event_recorded"],
  ["?entityType=item", "audit_event_type"],
  ["?entityId={item}", "audit_event_thing"],
  ["?action=item.created", "audit_event_action"],
  ["?userId={user}", "audit_event_member"],
])("the audit trail%s is read in its order from one index, and not sorted", async (filter, index) => {
  const asked = filter.replace(/\{(\w+)\}/, (_, name: keyof typeof ids) => ids[name]);
  const plans = (await plansOf(`/audit-events${asked}`, admin)).slice(1);
  expect(plans.filter((line) => line.includes(`Backward using ${index} on audit_event a`))).toHaveLength(1);
  expect(plans.filter((line) => /Sort Key: a\.recorded_at/.test(line)).length).toBeLessThan(2);
});

test.each(["", "&itemId={item}", "&locationId={location}"])(
  "stock as it was%s takes one closed day of each balance, however many days there are",
  async (filter) => {
    const asked = filter.replace(/\{(\w+)\}/, (_, name: keyof typeof ids) => ids[name]);
    const plans = await plansOf(`/inventory/balances?asOf=${encodeURIComponent(new Date().toISOString())}${asked}`, admin);
    const reads = plans.filter((line) => line.includes("inventory_day_close"));
    expect(reads.map((line) => /Index (Only )?Scan Backward using inventory_day_close_pkey/.test(line))).toEqual([true]);
    // Of the events only those since: their first and last number from the time's index, and of each balance those of its item between them.
    const events = plans.filter((line) => / on inventory_event /.test(line)).map((line) => /using (\w+) on/.exec(line)?.[1] ?? line);
    expect(events.toSorted((one, other) => one.localeCompare(other))).toEqual([
      "inventory_event_item",
      "inventory_event_recorded",
      "inventory_event_recorded",
    ]);
  },
);
