import { type RawBuilder, sql } from "kysely";
import type { DueItem, DueItemQuery } from "#contract/count-planning.ts";
import type { ListOf } from "#contract/list.ts";
import type { CompanyRules } from "#contract/settings.ts";
import { readRules } from "#features/settings/rules.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { atSite, type Caller, inOwnSites } from "#platform/http/site-access.ts";

/** The classes that are counted every so many days. */
const classesDue = ({ countEveryDaysA, countEveryDaysB, countEveryDaysC }: CompanyRules) =>
  Object.entries({ A: countEveryDaysA, B: countEveryDaysB, C: countEveryDaysC }).flatMap(([abcClass, days]) =>
    days === null ? [] : [{ abcClass, days }],
  );

export const isAnythingDue = (rules: CompanyRules): boolean => classesDue(rules).length > 0;

/*
 * What open counts of these sites take care of: items one by one in `taken`, all of a site or of a class in `whole`. A count that is not
 * begun has no lines yet; the sample of a random one nobody knows before. With the day of those that are planned for one.
 */
const openCounts = (sites: RawBuilder<boolean>) => sql`
  place AS (
    SELECT c.id AS count_id, c.site_id, c.scheduled_for, l.id
    FROM cycle_count c JOIN location l ON l.site_id = c.site_id AND l.id = ANY (c.location_ids)
    WHERE c.status = 'SCHEDULED' AND c.type = 'LOCATION' AND ${sites}
    UNION
    SELECT p.count_id, p.site_id, p.scheduled_for, l.id FROM place p JOIN location l ON l.parent_id = p.id AND l.site_id = p.site_id
  ),
  taken AS MATERIALIZED (
    SELECT c.site_id, l.item_id, NULL::date AS day FROM cycle_count c JOIN cycle_count_line l ON l.cycle_count_id = c.id
    WHERE c.status IN ('IN_PROGRESS', 'REVIEW') AND ${sites}
    UNION
    SELECT c.site_id, n.item_id, c.scheduled_for FROM cycle_count c CROSS JOIN LATERAL unnest(c.item_ids) AS n (item_id) WHERE c.status = 'SCHEDULED' AND ${sites}
    UNION
    SELECT p.site_id, b.item_id, p.scheduled_for FROM place p JOIN inventory_balance b ON b.location_id = p.id AND b.on_hand > 0
  ),
  whole AS MATERIALIZED (
    SELECT DISTINCT c.site_id, c.abc_class, c.scheduled_for AS day FROM cycle_count c
    WHERE c.status = 'SCHEDULED' AND (c.type = 'FULL' OR c.abc_class IS NOT NULL) AND ${sites}
  )`;

/**
 * Items of these sites that are due on the company's calendar and in no open count: a query with the columns of `DueItem`. A count that
 * is planned for so far ahead that the item would be due once more before it does not stand in its way.
 */
export const dueItems = (rules: CompanyRules, caller: Caller, abcClass?: string): RawBuilder<unknown> => {
  const due = classesDue(rules).filter((rule) => abcClass === undefined || rule.abcClass === abcClass);
  const soon = (alias: string) => sql`(${sql.ref(`${alias}.day`)} IS NULL OR ${sql.ref(`${alias}.day`)} < today.day + i.days)`;
  return sql`
    WITH RECURSIVE today AS (SELECT (now() AT TIME ZONE time_zone)::date AS day, time_zone FROM tenant),
    ${openCounts(inOwnSites(caller, "c.site_id"))},
    classed AS (
      SELECT i.id, i.sku, i.name, i.abc_class, i.created_at, (${JSON.stringify(Object.fromEntries(due.map((rule) => [rule.abcClass, rule.days])))}::jsonb ->> i.abc_class)::integer AS days
      FROM item i WHERE i.abc_class IS NOT NULL AND i.abc_class = ANY (${due.map((rule) => rule.abcClass)}::text[])
    )
    SELECT s.site_id AS "siteId", w.code AS "siteCode", i.id AS "itemId", i.sku, i.name AS "itemName", i.abc_class AS "abcClass",
           k.day AS "lastCountedOn", coalesce(k.day + i.days, (i.created_at AT TIME ZONE today.time_zone)::date) AS "dueSince", s.lines
    FROM today CROSS JOIN classed i
    CROSS JOIN LATERAL (
      SELECT p.site_id, count(*) AS lines FROM inventory_balance b JOIN location p ON p.id = b.location_id
      WHERE b.item_id = i.id AND b.on_hand > 0 AND p.type <> 'TRANSIT' AND ${inOwnSites(caller, "p.site_id")} GROUP BY p.site_id
    ) s
    JOIN site w ON w.id = s.site_id AND w.active
    LEFT JOIN LATERAL (
      SELECT (l.counted_at AT TIME ZONE today.time_zone)::date AS day
      FROM cycle_count_line l JOIN cycle_count c ON c.id = l.cycle_count_id
      WHERE l.item_id = i.id AND l.status = 'APPROVED' AND c.status = 'APPROVED' AND c.reversed_at IS NULL AND c.site_id = s.site_id
      ORDER BY l.counted_at DESC LIMIT 1
    ) k ON true
    WHERE (k.day IS NULL OR k.day + i.days <= today.day)
      AND NOT EXISTS (SELECT FROM taken t WHERE t.site_id = s.site_id AND t.item_id = i.id AND ${soon("t")})
      AND NOT EXISTS (SELECT FROM whole h WHERE h.site_id = s.site_id AND coalesce(h.abc_class, i.abc_class) = i.abc_class AND ${soon("h")})`;
};

const column = (name: string, type: SortColumn["type"]): SortColumn => ({ sql: sql.ref(`d.${name}`), type });
const sortable: Record<string, SortColumn> = {
  dueSince: column("dueSince", "date"),
  abcClass: column("abcClass", "text"),
  sku: column("sku", "text"),
  siteId: column("siteId", "uuid"),
};
/** What is planned first; an item is in it once a site. */
const order = "dueSince,abcClass,sku,siteId";

/** What is due in the caller's sites, before it is planned. */
export async function listDueItems(tx: Tx, context: Context, query: DueItemQuery, secrets: readonly string[]): Promise<ListOf<DueItem>> {
  const plan = planList(query, {
    list: "due items",
    columns: sortable,
    byDefault: order,
    tieBreaker: sortable["siteId"] as SortColumn,
    secrets,
  });
  const due = dueItems(await readRules(tx), atSite(context, query.siteId), query.abcClass);
  return await readList<DueItem>(tx, query, plan, { from: sql`(${due}) d`, alias: "d", where: [], columns: sql`d.*` });
}
