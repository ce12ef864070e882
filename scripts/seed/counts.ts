import type { Run, Size } from "./large-company.ts";
import { at, documentCounts, lastNumber, numbered } from "./sizes.ts";

/** Ten places each; at every fifth place one more was found. One in ten counts is not done yet, the newest ones. */
export async function seedCounts(run: Run, size: Size): Promise<void> {
  const { counts } = documentCounts(size);
  const begun = `0.5 + 0.49 * g.n / ${counts}.0`;
  await run(
    "counts",
    `INSERT INTO cycle_count (tenant_id, number, name, site_id, type, sample_size, status, scheduled_for, created_by, started_at, ended_at, created_at, updated_at)
     SELECT {tenant}, ${numbered("CC", "g.n")}, 'Count ' || g.n, w.id, 'RANDOM', 10, k.status, CASE k.status WHEN 'SCHEDULED' THEN current_date + (g.n % 30)::int - 5 ELSE a.at::date END,
            {user}, CASE WHEN k.status NOT IN ('SCHEDULED', 'CANCELLED') THEN a.at END, CASE WHEN k.status IN ('APPROVED', 'CANCELLED') THEN ${at(`${begun} + 0.005`, size)} END, a.at, a.at
     FROM generate_series(1, ${counts}) AS g(n)
     CROSS JOIN LATERAL (SELECT CASE WHEN g.n > ${counts} * 0.9 THEN (ARRAY['SCHEDULED', 'IN_PROGRESS', 'REVIEW'])[1 + g.n % 3]
       WHEN g.n % 40 = 0 THEN 'CANCELLED' ELSE 'APPROVED' END AS status) k
     CROSS JOIN LATERAL (SELECT ${at(begun, size)} AS at) a
     JOIN site w ON w.tenant_id = {tenant} AND w.code = 'MAIN'`,
  );
  await run(
    "their lines",
    `INSERT INTO cycle_count_line (tenant_id, cycle_count_id, item_id, location_id, lot_id, status, expected_quantity, book_quantity, counted_quantity, counted_by, counted_at, approved_by, reason_code)
     SELECT {tenant}, c.id, s.item_id, s.location_id, s.lot_id, k.status, 60, CASE WHEN k.status <> 'PENDING' THEN 60 END,
            CASE WHEN k.status <> 'PENDING' THEN 60 + CASE p.n % 5 WHEN 0 THEN 1 ELSE 0 END END,
            CASE WHEN k.status <> 'PENDING' THEN w.id END, CASE WHEN k.status <> 'PENDING' THEN c.started_at END, CASE k.status WHEN 'APPROVED' THEN {user} END,
            CASE WHEN k.status = 'APPROVED' AND p.n % 5 = 0 THEN 'COUNT-DIFFERENCE' END
     FROM cycle_count c CROSS JOIN generate_series(0, 9) AS p(n)
     JOIN slot s ON s.n = (substr(c.number, 4)::bigint - 1) * 10 + p.n
     JOIN worker w ON w.n = substr(c.number, 4)::bigint % 20
     CROSS JOIN LATERAL (SELECT CASE c.status WHEN 'IN_PROGRESS' THEN 'PENDING' WHEN 'REVIEW' THEN 'COUNTED' ELSE 'APPROVED' END AS status) k
     WHERE c.tenant_id = {tenant} AND c.status IN ('IN_PROGRESS', 'REVIEW', 'APPROVED')`,
  );
  await run(
    "what they put right",
    `INSERT INTO happening (at, type, item_id, lot_id, quantity, to_location_id, to_status, cost, reason_code, source_type, source_id, user_id)
     SELECT c.ended_at, 'COUNT', l.item_id, l.lot_id, l.counted_quantity - l.book_quantity, l.location_id, 'AVAILABLE', i.standard_cost, l.reason_code, 'CYCLE_COUNT', c.id, {user}
     FROM cycle_count_line l JOIN cycle_count c ON c.tenant_id = l.tenant_id AND c.id = l.cycle_count_id
     JOIN item i ON i.tenant_id = l.tenant_id AND i.id = l.item_id
     WHERE l.tenant_id = {tenant} AND l.status = 'APPROVED' AND l.counted_quantity > l.book_quantity`,
  );
  await run("the last count's number", lastNumber("CC", "cycle_count"));
}
