import { sql } from "kysely";
import type { DashboardStats } from "#contract/dashboard.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { withinOwnSites } from "#features/ledger/event-columns.ts";
import type { Context } from "#platform/http/context.ts";

const days = 30;
const shown = 10;

/** Events of the last days by item, those that only changed a state left out; of the items with the most. */
export function mostMoved(tx: Tx, context: Context, siteId: string | undefined): Promise<DashboardStats["topMovers"]> {
  const ofSite = siteId === undefined ? sql`` : sql`AND (f.site_id = ${siteId} OR t.site_id = ${siteId})`;
  return tx.many(sql<DashboardStats["topMovers"][number]>`
    SELECT m.item_id AS "itemId", i.sku, i.name, m.events, m.quantity
    FROM (
      SELECT e.item_id, count(*) AS events, sum(e.quantity) AS quantity
      FROM inventory_event e LEFT JOIN location f ON f.id = e.from_location_id LEFT JOIN location t ON t.id = e.to_location_id
      WHERE ${withinOwnSites(context)} ${ofSite} AND e.type NOT IN ('HOLD', 'RELEASE') AND e.recorded_at >= now() - make_interval(days => ${days}::integer)
      GROUP BY e.item_id ORDER BY events DESC, e.item_id LIMIT ${sql.raw(String(shown))}
    ) m JOIN item i ON i.id = m.item_id ORDER BY m.events DESC, m.item_id`);
}
