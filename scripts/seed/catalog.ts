import type { Run, Size } from "./large-company.ts";
import { locationsMax, lotEvery, madeEvery } from "./sizes.ts";

/** Who and what there is. What is made costs less than any of its parts, so that no order gives more value than it took. */
export async function seedCatalog(run: Run, { items, balances }: Size): Promise<void> {
  await run(
    "people",
    `WITH person AS (SELECT n, ensure_user('worker-' || n || '@' || t.code || '.example') AS id FROM tenant t, generate_series(1, 20) n WHERE t.id = {tenant})
     INSERT INTO membership (tenant_id, user_id, name, role) SELECT {tenant}, id, 'Worker ' || n, 'Operator' FROM person`,
  );
  await run("a second site", "INSERT INTO site (tenant_id, code, name) VALUES ({tenant}, 'NORTH', 'North site')");
  await run(
    "locations",
    `INSERT INTO location (tenant_id, site_id, code, type, pick_sequence)
     SELECT {tenant}, s.id, l.code, l.type, l.n
     FROM (SELECT n, 'MAIN' AS site, 'L-' || lpad(n::text, 6, '0') AS code, CASE n % 10 WHEN 0 THEN 'PICKING' ELSE 'STORAGE' END AS type
           FROM generate_series(1, ${Math.min(locationsMax, balances)}) n
           UNION ALL SELECT n, 'NORTH', 'N-' || lpad(n::text, 6, '0'), 'STORAGE' FROM generate_series(1, 1000) n
           UNION ALL VALUES (1, 'MAIN', 'T-01', 'TRANSIT'), (1, 'NORTH', 'T-02', 'TRANSIT')) l
     JOIN site s ON s.tenant_id = {tenant} AND s.code = l.site`,
  );
  await run(
    "items",
    `INSERT INTO item (tenant_id, sku, name, category, tracking, reorder_point, abc_class, standard_cost)
     SELECT {tenant}, 'SKU-' || lpad(n::text, 7, '0'), (ARRAY['Bolt', 'Nut', 'Washer', 'Bracket', 'Panel', 'Valve', 'Hose', 'Bearing'])[1 + n % 8] || ' ' || n,
            'Category ' || n % 200, CASE n % ${lotEvery} WHEN 0 THEN 'LOT' ELSE 'NONE' END, CASE n % 3 WHEN 0 THEN n % 70 END,
            CASE WHEN n % 10 < 2 THEN 'A' WHEN n % 10 < 5 THEN 'B' ELSE 'C' END,
            round((CASE n % ${madeEvery} WHEN 0 THEN 1 + n % 97 ELSE 100 + n % 997 END)::numeric / 7, 4)
     FROM generate_series(1, ${items}) n`,
  );
  await run(
    "their cartons",
    `INSERT INTO item_unit (tenant_id, item_id, uom, factor) SELECT tenant_id, id, 'CTN', 12 FROM item WHERE tenant_id = {tenant} AND abc_class = 'A'`,
  );
  await run(
    "barcodes",
    "INSERT INTO item_barcode (tenant_id, item_id, code) SELECT tenant_id, id, 'B' || sku FROM item WHERE tenant_id = {tenant}",
  );
  await run(
    "suppliers",
    "INSERT INTO supplier (tenant_id, code, name) SELECT {tenant}, 'SUP-' || lpad(n::text, 4, '0'), 'Supplier ' || n FROM generate_series(1, 500) n",
  );
}

/** Numbers what others join, from 0 up: `worker`, `numbered_item` and the places of stock, `slot`. */
export async function seedPlaces(run: Run, { items, balances }: Size): Promise<void> {
  await run(
    "numbers of people",
    `CREATE TEMPORARY TABLE worker ON COMMIT DROP AS
     SELECT row_number() OVER (ORDER BY user_id) - 1 AS n, user_id AS id FROM membership WHERE tenant_id = {tenant} AND role = 'Operator'`,
  );
  await run(
    "numbers of items",
    `CREATE TEMPORARY TABLE numbered_item ON COMMIT DROP AS
     SELECT row_number() OVER (ORDER BY sku) - 1 AS n, id, tracking, standard_cost AS cost FROM item WHERE tenant_id = {tenant}`,
  );
  await run(
    "places of stock",
    `CREATE TEMPORARY TABLE slot ON COMMIT DROP AS
     WITH l AS MATERIALIZED (SELECT id, row_number() OVER (ORDER BY code) - 1 AS n FROM location WHERE tenant_id = {tenant} AND code LIKE 'L-%')
     SELECT s.n, i.id AS item_id, i.tracking, l.id AS location_id, NULL::uuid AS lot_id, i.cost
     FROM generate_series(0, ${balances - 1}::bigint) AS s(n)
     JOIN numbered_item i ON i.n = s.n % ${items}
     JOIN l ON l.n = (s.n + s.n / ${items}) % ${Math.min(locationsMax, balances)}`,
  );
  await run(
    "lots",
    `INSERT INTO lot (tenant_id, item_id, code, expires_on)
     SELECT {tenant}, item_id, 'LOT-' || n, current_date + (n % 400)::int - 20 FROM slot WHERE tracking = 'LOT'`,
  );
  await run(
    "their lots",
    "UPDATE slot s SET lot_id = o.id FROM lot o WHERE o.tenant_id = {tenant} AND o.item_id = s.item_id AND o.code = 'LOT-' || s.n AND s.tracking = 'LOT'",
  );
  await run("index of the places", "CREATE UNIQUE INDEX ON slot (n)");
  await run("index of the items", "CREATE UNIQUE INDEX ON numbered_item (n)");
  await run(
    "levels of picking places",
    `INSERT INTO location_item (tenant_id, site_id, location_id, item_id, minimum, maximum)
     SELECT {tenant}, l.site_id, l.id, s.item_id, 40, 120 FROM slot s JOIN location l ON l.tenant_id = {tenant} AND l.id = s.location_id AND l.type = 'PICKING'
     ON CONFLICT DO NOTHING`,
  );
}
