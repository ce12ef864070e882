import { sql } from "kysely";
import type { ListOf } from "#contract/list.ts";
import type { ProductionPosting, ProductionPostingQuery, ProductionPostingSummary } from "#contract/production.ts";
import { eventsOfDocuments } from "#features/ledger/events.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { inOwnSites } from "#platform/http/site-access.ts";

const head = sql`${columnsOf("p", [
  ...recordFieldNames,
  "type",
  "productionOrderId",
  "quantity",
  "scrapQuantity",
  "reasonCode",
  "note",
  "userId",
  "reversedAt",
  "reversedBy",
])}, o.number AS "productionOrderNumber", o.site_id AS "siteId", coalesce(m.name, '') AS "userName"`;
const joins = sql`
  JOIN production_order o ON o.id = p.production_order_id
  LEFT JOIN membership m ON m.user_id = p.user_id`;

const id: SortColumn = { sql: sql.ref("p.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = { createdAt: { sql: sql.ref("p.created_at"), type: "timestamptz" } };

/** Consumptions and outputs of orders of the caller's sites, the newest first. */
export function listPostings(
  tx: Tx,
  context: Context,
  query: ProductionPostingQuery,
  secrets: readonly string[],
): Promise<ListOf<ProductionPostingSummary>> {
  const plan = planList(query, { list: "production postings", columns: sortable, byDefault: "-createdAt", tieBreaker: id, secrets });
  const ofSites = sql`EXISTS (SELECT FROM production_order q WHERE q.id = p.production_order_id AND ${inOwnSites(context, "q.site_id")})`;
  const where = [
    ...(context.siteIds === "all" ? [] : [ofSites]),
    ...(query.productionOrderId ? [sql`p.production_order_id = ${query.productionOrderId}`] : []),
    ...(query.siteId ? [sql`p.production_order_id IN (SELECT q.id FROM production_order q WHERE q.site_id = ${query.siteId})`] : []),
    ...(query.type ? [sql`p.type = ${query.type}`] : []),
  ];
  return readList<ProductionPostingSummary>(tx, query, plan, { from: sql`production_posting p`, alias: "p", where, columns: head, joins });
}

/** One posting with its events. Throws `404` for one of a site without access. */
export async function getPosting(tx: Tx, context: Context, postingId: string): Promise<ProductionPosting> {
  const posting = await tx.first(sql<Omit<ProductionPosting, "events">>`
    SELECT ${head} FROM production_posting p ${joins} WHERE p.id = ${postingId} AND ${inOwnSites(context, "o.site_id")}`);
  if (!posting) throw new NotFoundError();
  return { ...posting, events: await eventsOfDocuments(tx, context, [{ type: posting.type, id: postingId }]) };
}

interface NewPosting {
  orderId: string;
  type: ProductionPosting["type"];
  quantity?: number;
  scrapQuantity?: number;
  reasonCode?: string | undefined;
  note?: string | undefined;
}

/** Written before its events, which name it. Answers its id. */
export async function insertPosting(tx: Tx, { userId }: Context, posting: NewPosting): Promise<string> {
  const { orderId, type, quantity = 0, scrapQuantity = 0, reasonCode, note } = posting;
  const [made] = await tx.sql<{ id: string }>(
    `INSERT INTO production_posting (production_order_id, type, quantity, scrap_quantity, reason_code, note, user_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [orderId, type, quantity, scrapQuantity, reasonCode ?? null, note || null, userId],
  );
  return made?.id ?? "";
}
