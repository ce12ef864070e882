import { sql } from "kysely";
import type { AcknowledgeAlert, Alert, AlertQuery } from "#contract/alerts.ts";
import type { ListOf } from "#contract/list.ts";
import { audit } from "#features/audit/audit.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { type Caller, inOwnSites } from "#platform/http/site-access.ts";
import { requireCurrent } from "#platform/http/versioned.ts";

const fields = columnsOf("a", [
  ...recordFieldNames,
  "type",
  "status",
  "siteId",
  "itemId",
  "lotId",
  "purchaseOrderId",
  "cycleCountId",
  "threshold",
  "dueOn",
  "note",
  "acknowledgedBy",
  "acknowledgedAt",
  "resolvedAt",
]);
// What is left of an item is the sum over all sites.
const columns = ({
  siteIds,
}: Caller) => sql`${fields}, ${siteIds === "all" ? sql`a.quantity` : sql`CASE WHEN a.site_id IS NOT NULL THEN a.quantity END AS quantity`},
  w.code AS "siteCode", i.sku, i.name AS "itemName", o.code AS "lotCode", p.number AS "purchaseOrderNumber", c.number AS "cycleCountNumber",
  m.name AS "acknowledgedByName"`;
const joins = sql`
  LEFT JOIN site w ON w.id = a.site_id
  LEFT JOIN item i ON i.id = a.item_id
  LEFT JOIN lot o ON o.id = a.lot_id
  LEFT JOIN purchase_order p ON p.id = a.purchase_order_id
  LEFT JOIN cycle_count c ON c.id = a.cycle_count_id
  LEFT JOIN membership m ON m.user_id = a.acknowledged_by`;

const id: SortColumn = { sql: sql.ref("a.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = { createdAt: { sql: sql.ref("a.created_at"), type: "timestamptz" } };

/** What is of the company as a whole is everyone's. */
const inSight = (caller: Caller) =>
  caller.siteIds === "all" ? sql<boolean>`true` : sql<boolean>`(a.site_id IS NULL OR ${inOwnSites(caller, "a.site_id")})`;

/** Alerts of the caller's sites and of the company as a whole, the newest first; those that are not resolved unless a status is named. */
export function listAlerts(tx: Tx, context: Context, query: AlertQuery, secrets: readonly string[]): Promise<ListOf<Alert>> {
  const plan = planList(query, { list: "alerts", columns: sortable, byDefault: "-createdAt", tieBreaker: id, secrets });
  const where = [
    inSight(context),
    query.status === undefined ? sql`a.status <> 'RESOLVED'` : sql`a.status = ${query.status}`,
    ...(query.type ? [sql`a.type = ${query.type}`] : []),
    ...(query.siteId ? [sql`a.site_id = ${query.siteId}`] : []),
    ...(query.itemId ? [sql`a.item_id = ${query.itemId}`] : []),
  ];
  return readList<Alert>(tx, query, plan, { from: sql`alert a`, alias: "a", where, columns: columns(context), joins });
}

/** Throws `404`, for one of a site without access too. */
export async function getAlert(tx: Tx, context: Context, alertId: string): Promise<Alert> {
  const alert = await tx.first(
    sql<Alert>`SELECT ${columns(context)} FROM alert a ${joins} WHERE a.id = ${alertId} AND ${inSight(context)}`,
  );
  if (!alert) throw new NotFoundError();
  return alert;
}

/** Says that somebody sees to it; it stays until its cause is gone. Throws `404`, `409 INVALID_STATE` unless it is open, `409 STALE_VERSION`. */
export async function acknowledgeAlert(tx: Tx, context: Context, alertId: string, { version, note }: AcknowledgeAlert): Promise<Alert> {
  await tx.run(sql`SELECT 1 FROM alert a WHERE a.id = ${alertId} FOR NO KEY UPDATE`);
  const before = requireCurrent(await getAlert(tx, context, alertId), { version, ifMatch: undefined });
  requireStatus({ number: "This alert", status: before.status }, ["OPEN"], "acknowledged");
  await tx.run(sql`
    UPDATE alert SET status = 'ACKNOWLEDGED', acknowledged_by = ${context.userId}, acknowledged_at = now(), note = ${note || null},
      version = version + 1, updated_at = now() WHERE id = ${alertId}`);
  const after = await getAlert(tx, context, alertId);
  await audit(tx, context, "alert.acknowledged", alertId, {
    before,
    after,
    heardAt: after.siteId === null ? "everywhere" : [after.siteId],
  });
  return after;
}
