import { type RawBuilder, sql } from "kysely";
import type { Item, ItemQuery, ItemSummary } from "#contract/catalog.ts";
import type { ListOf } from "#contract/list.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { isActive, readList, searched } from "#platform/http/read-list.ts";
import { atSite, type Caller, inOwnSites } from "#platform/http/site-access.ts";

const summaryFields = [
  ...recordFieldNames,
  "sku",
  "name",
  "category",
  "baseUom",
  "tracking",
  "shelfLifeDays",
  "reorderPoint",
  "safetyStock",
  "reorderQuantity",
  "maximumStock",
  "abcClass",
  "standardCost",
  "active",
];
const summaryColumns = columnsOf("i", summaryFields);

const id: SortColumn = { sql: sql.ref("i.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  sku: { sql: sql.ref("i.sku"), type: "text", unique: true },
  name: { sql: sql.ref("i.name"), type: "text" },
  category: { sql: sql.ref("i.category"), type: "text", nullable: true },
  createdAt: { sql: sql.ref("i.created_at"), type: "timestamptz" },
  updatedAt: { sql: sql.ref("i.updated_at"), type: "timestamptz" },
};

/** On hand where the caller may look, and the cost. Who sees all sites needs no sum: the valuation has it. */
function stockOf(caller: Caller): { columns: RawBuilder<unknown>; joins: RawBuilder<unknown> } {
  const valuation = sql`LEFT JOIN item_valuation v ON v.item_id = i.id`;
  if (caller.siteIds === "all")
    return { columns: sql`coalesce(v.on_hand, 0) AS "onHand", v.average_cost AS "averageCost"`, joins: valuation };
  return {
    columns: sql`b.on_hand AS "onHand", v.average_cost AS "averageCost"`,
    joins: sql`${valuation} LEFT JOIN LATERAL (
      SELECT coalesce(sum(balance.on_hand), 0) AS on_hand
      FROM inventory_balance balance JOIN location place ON place.id = balance.location_id
      WHERE balance.item_id = i.id AND ${inOwnSites(caller, "place.site_id")}) b ON true`,
  };
}

/** As the dashboard counts them; written as the partial index is. */
function isBelowReorderPoint(caller: Caller): RawBuilder<unknown> {
  const here =
    caller.siteIds === "all" ? sql`` : sql`AND b.location_id IN (SELECT id FROM location WHERE ${inOwnSites(caller, "site_id")})`;
  return sql`i.active AND i.reorder_point IS NOT NULL AND i.reorder_point > (
    SELECT coalesce(sum(b.on_hand - b.allocated), 0) FROM inventory_balance b WHERE b.item_id = i.id AND b.status = 'AVAILABLE' ${here})`;
}

export function listItems(tx: Tx, context: Context, query: ItemQuery, secrets: readonly string[]): Promise<ListOf<ItemSummary>> {
  const plan = planList(query, { list: "items", columns: sortable, byDefault: "sku", tieBreaker: id, secrets });
  const caller = atSite(context, query.siteId);
  const where = [
    ...(query.sku === undefined ? [] : [sql`i.sku = ${query.sku}`]),
    ...(query.category === undefined ? [] : [sql`i.category = ${query.category}`]),
    ...(query.tracking === undefined ? [] : [sql`i.tracking = ${query.tracking}`]),
    ...(query.active === undefined ? [] : [isActive("i", query.active)]),
    ...(query.belowReorderPoint ? [isBelowReorderPoint(caller)] : []),
    ...(query.search ? [searched("i.id", "search_items", query.search)] : []),
  ];
  const { columns, joins } = stockOf(caller);
  return readList<ItemSummary>(tx, query, plan, {
    from: sql`item i`,
    alias: "i",
    where,
    columns: sql`${summaryColumns}, ${columns}`,
    joins,
  });
}

/** With its units and barcodes. Throws `404`. */
export async function getItem(tx: Tx, context: Context, itemId: string): Promise<Item> {
  const { columns, joins } = stockOf(context);
  const item = await tx.first(sql<Item>`
    SELECT ${summaryColumns}, i.description, ${columns},
           (SELECT coalesce(json_agg(json_build_object('uom', u.uom, 'factor', u.factor) ORDER BY u.factor, u.uom), '[]')
            FROM item_unit u WHERE u.item_id = i.id) AS units,
           (SELECT coalesce(json_agg(json_build_object('id', c.id, 'code', c.code, 'uom', c.uom) ORDER BY c.code), '[]')
            FROM item_barcode c WHERE c.item_id = i.id) AS barcodes
    FROM item i ${joins} WHERE i.id = ${itemId}`);
  if (!item) throw new NotFoundError();
  return item;
}
