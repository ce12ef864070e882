import type { Run, Size } from "./large-company.ts";
import { at, documentCounts, lastNumber, madeEvery, numbered, oldPlaces } from "./sizes.ts";

/** Every twentieth item is made of the three before it. One in ten orders is not done yet, the newest ones. */
export async function seedManufacturing(run: Run, size: Size): Promise<void> {
  await bills(run);
  await orders(run, size);
  await postings(run, size);
  await run("the last production order's number", lastNumber("MO", "production_order"));
}

async function bills(run: Run): Promise<void> {
  await run(
    "bills of materials",
    `INSERT INTO bom (tenant_id, item_id, revision, status, yield_quantity, activated_at, created_by)
     SELECT {tenant}, i.id, r.revision, r.status, 1, now(), {user}
     FROM numbered_item i CROSS JOIN (VALUES ('1', 'RETIRED'), ('2', 'ACTIVE')) r (revision, status)
     WHERE i.n % ${madeEvery} = ${madeEvery - 1} AND (r.status = 'ACTIVE' OR i.n % 3 = 0)`,
  );
  await run(
    "their components",
    `INSERT INTO bom_component (tenant_id, bom_id, line_number, item_id, quantity, issue_method)
     SELECT {tenant}, b.id, k.n, c.id, 1, CASE k.n WHEN 1 THEN 'MANUAL' ELSE 'BACKFLUSH' END
     FROM bom b JOIN numbered_item i ON i.id = b.item_id CROSS JOIN generate_series(1, 3) AS k(n) JOIN numbered_item c ON c.n = i.n - k.n
     WHERE b.tenant_id = {tenant}`,
  );
}

async function orders(run: Run, size: Size): Promise<void> {
  const { made } = documentCounts(size);
  const kinds = Math.floor(Math.min(size.items, oldPlaces(size)) / madeEvery);
  // In the later half of the time, when every component's place had its first receipt.
  const begun = `0.5 + 0.48 * g.n / ${made}.0`;
  await run(
    "production orders",
    `INSERT INTO production_order (tenant_id, number, status, item_id, bom_id, site_id, quantity, produced_quantity, due_date, created_by, released_at, completed_at, closed_at, created_at, updated_at)
     SELECT {tenant}, ${numbered("MO", "g.n")}, k.status, b.item_id, b.id, w.id, 10, CASE WHEN k.status IN ('COMPLETED', 'CLOSED') THEN 10 ELSE 0 END, a.at::date + 10, {user},
            CASE WHEN k.status NOT IN ('PLANNED', 'CANCELLED') THEN a.at END, CASE WHEN k.status IN ('COMPLETED', 'CLOSED') THEN ${at(`${begun} + 0.008`, size)} END,
            CASE WHEN k.status IN ('CLOSED', 'CANCELLED') THEN ${at(`${begun} + 0.008`, size)} END, a.at, a.at
     FROM generate_series(1, ${made}) AS g(n)
     CROSS JOIN LATERAL (SELECT CASE
       WHEN g.n > ${made} * 0.9 THEN (ARRAY['PLANNED', 'RELEASED', 'IN_PROGRESS'])[1 + g.n % 3]
       WHEN g.n % 50 = 0 THEN 'CANCELLED' WHEN g.n % 4 = 0 THEN 'COMPLETED' ELSE 'CLOSED' END AS status) k
     CROSS JOIN LATERAL (SELECT ${at(begun, size)} AS at) a
     JOIN numbered_item i ON i.n = ${madeEvery} * (1 + g.n % ${Math.max(1, kinds)}) - 1
     JOIN bom b ON b.tenant_id = {tenant} AND b.item_id = i.id AND b.status = 'ACTIVE'
     JOIN site w ON w.tenant_id = {tenant} AND w.code = 'MAIN'`,
  );
  await run(
    "what they need",
    `INSERT INTO production_component (tenant_id, production_order_id, line_number, item_id, planned_quantity, consumed_quantity, issue_method)
     SELECT {tenant}, o.id, c.line_number, c.item_id, 10, CASE o.status WHEN 'RELEASED' THEN 0 ELSE 10 END, c.issue_method
     FROM production_order o JOIN bom_component c ON c.tenant_id = o.tenant_id AND c.bom_id = o.bom_id
     WHERE o.tenant_id = {tenant} AND o.status NOT IN ('PLANNED', 'CANCELLED')`,
  );
  await run(
    "what is promised to them",
    `CREATE TEMPORARY TABLE promised ON COMMIT DROP AS
     SELECT c.item_id, s.location_id, c.planned_quantity AS quantity, o.id AS production_order_id
     FROM production_order o JOIN production_component c ON c.tenant_id = o.tenant_id AND c.production_order_id = o.id
     JOIN numbered_item i ON i.id = c.item_id JOIN slot s ON s.n = i.n
     WHERE o.tenant_id = {tenant} AND o.status = 'RELEASED'`,
  );
}

async function postings(run: Run, size: Size): Promise<void> {
  await run(
    "what was posted for them",
    `INSERT INTO production_posting (tenant_id, production_order_id, type, quantity, user_id, created_at, updated_at)
     SELECT {tenant}, o.id, p.type, p.quantity, w.id, p.at, p.at
     FROM production_order o JOIN worker w ON w.n = substr(o.number, 4)::bigint % 20
     CROSS JOIN LATERAL (VALUES ('CONSUMPTION', 0, o.created_at + make_interval(secs => ${(size.days * 86_400 * 0.004).toFixed(3)})), ('OUTPUT', 10, o.completed_at)) p (type, quantity, at)
     WHERE o.tenant_id = {tenant} AND o.status IN ('IN_PROGRESS', 'COMPLETED', 'CLOSED') AND p.at IS NOT NULL`,
  );
  await run(
    "what they took",
    `INSERT INTO happening (at, type, item_id, quantity, from_location_id, from_status, cost, source_type, source_id, user_id)
     SELECT p.created_at, 'ISSUE', c.item_id, c.consumed_quantity, s.location_id, 'AVAILABLE', s.cost, p.type, p.id, p.user_id
     FROM production_posting p JOIN production_component c ON c.tenant_id = p.tenant_id AND c.production_order_id = p.production_order_id
     JOIN numbered_item i ON i.id = c.item_id JOIN slot s ON s.n = i.n
     WHERE p.tenant_id = {tenant} AND p.type = 'CONSUMPTION'`,
  );
  await run(
    "what they gave",
    `INSERT INTO happening (at, type, item_id, lot_id, quantity, to_location_id, to_status, cost, source_type, source_id, user_id)
     SELECT p.created_at, 'PRODUCE', o.item_id, s.lot_id, p.quantity, s.location_id, 'AVAILABLE', s.cost, p.type, p.id, p.user_id
     FROM production_posting p JOIN production_order o ON o.tenant_id = p.tenant_id AND o.id = p.production_order_id
     JOIN numbered_item i ON i.id = o.item_id JOIN slot s ON s.n = i.n
     WHERE p.tenant_id = {tenant} AND p.type = 'OUTPUT'`,
  );
}
