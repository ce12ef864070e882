import { sql } from "kysely";
import type { CountAccuracy, CountAccuracyQuery } from "#contract/count-planning.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { atSite, inOwnSites } from "#platform/http/site-access.ts";

/** How right the books were, month by month and site by site, the last first; of the last twelve months unless a time is named. */
export async function countAccuracy(tx: Tx, context: Context, { siteId, from, to }: CountAccuracyQuery): Promise<CountAccuracy> {
  const { timeZone } = context;
  const beginning =
    from === undefined ? sql`date_trunc('month', now() AT TIME ZONE ${timeZone}) - interval '11 months'` : sql`${from}::date`;
  const end = to === undefined ? sql`` : sql`AND c.ended_at < (${to}::date + 1)::timestamp AT TIME ZONE ${timeZone}`;
  const items = await tx.last(sql<CountAccuracy["items"][number]>`
    SELECT a.month, a.site_id AS "siteId", w.code AS "siteCode", a.counts, a.lines, a.accurate AS "accurateLines", round(100.0 * a.accurate / a.lines, 2) AS accuracy
    FROM (
      SELECT to_char(c.ended_at AT TIME ZONE ${timeZone}, 'YYYY-MM') AS month, c.site_id, count(DISTINCT c.id) AS counts, count(*) AS lines,
             count(*) FILTER (WHERE l.counted_quantity = l.book_quantity) AS accurate
      FROM cycle_count c JOIN cycle_count_line l ON l.cycle_count_id = c.id
      WHERE c.status = 'APPROVED' AND c.reversed_at IS NULL AND ${inOwnSites(atSite(context, siteId), "c.site_id")}
        AND c.ended_at >= (${beginning})::timestamp AT TIME ZONE ${timeZone} ${end}
      GROUP BY 1, 2) a
    JOIN site w ON w.id = a.site_id
    ORDER BY a.month DESC, w.code`);
  return { items };
}
