import { sql } from "kysely";
import { countLinesMax } from "#contract/counting.ts";
import { watchThings } from "#features/alerts/watch.ts";
import { byTheClock } from "#features/audit/audit.ts";
import { readRules } from "#features/settings/rules.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { dueItems, isAnythingDue } from "./due-items.ts";

// One at a time for a company: the later one sees what the earlier one planned, and the database holds it besides.
const lock = "SELECT pg_advisory_xact_lock(hashtextextended('planned counts of ' || current_tenant(), 0))";

export interface PlannedCount {
  id: string;
  number: string;
  siteId: string;
}

/**
 * Plans the day's count of each active site where anything is due: the longest overdue first, no more lines than the company takes on in
 * a day. An item is counted whole, so one of more lines than that is planned alone once it is the first; one of more than a count may
 * have is left to counts by location. A day has one count a site, whatever became of it. As many statements however much is due.
 */
export async function planCounts(tx: Tx): Promise<PlannedCount[]> {
  const rules = await readRules(tx);
  if (!isAnythingDue(rules)) return [];
  await tx.sql(lock, []);
  const planned = await tx.many(sql<PlannedCount>`
    WITH day AS (SELECT (now() AT TIME ZONE time_zone)::date AS day FROM tenant),
    ranked AS (
      SELECT d.*, sum(d.lines) OVER first_due AS until, row_number() OVER first_due AS place
      FROM (${dueItems(rules, { siteIds: "all" })}) d
      WHERE d.lines <= ${countLinesMax} AND NOT EXISTS (SELECT FROM cycle_count c, day WHERE c.site_id = d."siteId" AND c.planned_on = day.day)
      WINDOW first_due AS (PARTITION BY d."siteId" ORDER BY d."dueSince", d."abcClass", d.sku ROWS UNBOUNDED PRECEDING)
    ),
    chosen AS (
      SELECT r."siteId" AS site_id, r."siteCode" AS site_code, array_agg(r."itemId" ORDER BY r.place) AS item_ids, sum(r.lines) AS lines
      FROM ranked r WHERE r.until <= ${rules.countLinesPerDay} OR r.place = 1 GROUP BY r."siteId", r."siteCode"
    ),
    made AS (
      INSERT INTO cycle_count (number, name, site_id, type, item_ids, scheduled_for, planned_on)
      SELECT next_document_number('CC'), 'Due on ' || day.day, n.site_id, 'ABC', n.item_ids, day.day, day.day
      FROM day CROSS JOIN (SELECT * FROM chosen ORDER BY site_code) n
      RETURNING id, number, name, site_id, type, item_ids, planned_on
    ),
    audited AS (
      INSERT INTO audit_event (user_id, action, entity_type, entity_id, after, request_id, ip_address)
      SELECT ${byTheClock.userId}::uuid, 'cycle-count.created', 'cycle-count', m.id::text,
             jsonb_build_object('number', m.number, 'name', m.name, 'siteId', m.site_id, 'type', m.type, 'plannedOn', m.planned_on,
                                'items', cardinality(m.item_ids), 'lines', n.lines), ${byTheClock.requestId}::text, ${byTheClock.ipAddress}
      FROM made m JOIN chosen n ON n.site_id = m.site_id
    )
    SELECT m.id, m.number, m.site_id AS "siteId" FROM made m ORDER BY m.number`);
  if (planned.length === 0) return [];
  const idsOf = (field: "id" | "siteId") => planned.map((count) => count[field]);
  watchThings(tx, idsOf("id"));
  tx.changed("cycle-count", idsOf("siteId"));
  return planned;
}
