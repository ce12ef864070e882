import { sql } from "kysely";
import type { Bom, BomQuery, BomStatus, BomSummary } from "#contract/boms.ts";
import type { ListOf } from "#contract/list.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList, searched } from "#platform/http/read-list.ts";

const head = sql`${columnsOf("b", [
  ...recordFieldNames,
  "itemId",
  "revision",
  "status",
  "yieldQuantity",
  "effectiveFrom",
  "effectiveTo",
  "note",
  "createdBy",
  "activatedAt",
])}, i.sku, i.name AS "itemName", i.base_uom AS uom`;
const joins = sql`JOIN item i ON i.id = b.item_id`;

const id: SortColumn = { sql: sql.ref("b.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = { createdAt: { sql: sql.ref("b.created_at"), type: "timestamptz" } };

/** Bills of materials, the newest first. They belong to the company, not to a site. */
export function listBoms(tx: Tx, query: BomQuery, secrets: readonly string[]): Promise<ListOf<BomSummary>> {
  const plan = planList(query, { list: "bills of materials", columns: sortable, byDefault: "-createdAt", tieBreaker: id, secrets });
  const where = [
    ...(query.itemId ? [sql`b.item_id = ${query.itemId}`] : []),
    ...(query.componentItemId ? [sql`b.id IN (SELECT c.bom_id FROM bom_component c WHERE c.item_id = ${query.componentItemId})`] : []),
    ...(query.status ? [sql`b.status = ${query.status}`] : []),
    ...(query.search ? [searched("b.item_id", "search_items", query.search)] : []),
  ];
  return readList<BomSummary>(tx, query, plan, {
    from: sql`bom b`,
    alias: "b",
    where,
    columns: sql`${head}, (SELECT count(*) FROM bom_component c WHERE c.bom_id = b.id) AS "componentCount"`,
    joins,
  });
}

/** One bill with its components. Throws `404`. */
export async function getBom(tx: Tx, bomId: string): Promise<Bom> {
  const bom = await tx.first(sql<Bom>`
    SELECT ${head}, (
      SELECT coalesce(json_agg(json_build_object('lineNumber', c.line_number, 'itemId', c.item_id, 'sku', p.sku, 'itemName', p.name, 'uom', p.base_uom,
               'quantity', c.quantity, 'scrapPercent', c.scrap_percent, 'issueMethod', c.issue_method) ORDER BY c.line_number), '[]')
      FROM bom_component c JOIN item p ON p.id = c.item_id WHERE c.bom_id = b.id) AS components
    FROM bom b ${joins} WHERE b.id = ${bomId}`);
  if (!bom) throw new NotFoundError();
  return bom;
}

export interface LockedBom {
  id: string;
  number: string;
  version: number;
  status: BomStatus;
  itemId: string;
  sku: string;
}

/** The bill, held until this transaction ends. Throws `404`. `number` is what people call it. */
export async function lockBom(tx: Tx, bomId: string): Promise<LockedBom> {
  const bom = await tx.first(sql<LockedBom>`
    SELECT b.id, i.sku || ' ' || b.revision AS number, b.version, b.status, b.item_id AS "itemId", i.sku
    FROM bom b JOIN item i ON i.id = b.item_id WHERE b.id = ${bomId} FOR NO KEY UPDATE OF b`);
  if (!bom) throw new NotFoundError();
  return bom;
}
