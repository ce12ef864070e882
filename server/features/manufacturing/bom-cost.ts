import type { BomCost, BomCostLine } from "#contract/boms.ts";
import { sql } from "kysely";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { getBom } from "./bom-queries.ts";

/** Lines that a structure may come to before nobody would read it. */
const linesMax = 10_000;
const levelsMax = 50;

// From the bill downwards through the active ones; what has no bill of its own ends a branch. Quantities are for one yield of the top: of
// something that is diluted again and again, that rounds to nothing.
const structureSql = `
  WITH RECURSIVE part(level, path, item_id, quantity, bom_id) AS (
    SELECT 1, ARRAY[c.line_number], c.item_id, c.quantity * (1 + c.scrap_percent / 100), (SELECT n.id FROM bom n WHERE n.item_id = c.item_id AND n.status = 'ACTIVE')
    FROM bom_component c WHERE c.bom_id = $1
    UNION ALL
    SELECT p.level + 1, p.path || c.line_number, c.item_id, round(p.quantity * c.quantity * (1 + c.scrap_percent / 100) / b.yield_quantity, 10),
           (SELECT n.id FROM bom n WHERE n.item_id = c.item_id AND n.status = 'ACTIVE')
    FROM part p JOIN bom b ON b.id = p.bom_id JOIN bom_component c ON c.bom_id = b.id WHERE p.level < $2
  ),
  priced AS (
    SELECT p.*, i.sku, i.name, i.base_uom,
           CASE WHEN p.bom_id IS NOT NULL THEN 'BOM' WHEN v.average_cost > 0 THEN 'AVERAGE' WHEN i.standard_cost IS NOT NULL THEN 'STANDARD' ELSE 'NONE' END AS source,
           CASE WHEN v.average_cost > 0 THEN v.average_cost ELSE coalesce(i.standard_cost, 0) END AS own_cost
    FROM (SELECT * FROM part LIMIT $3) p JOIN item i ON i.id = p.item_id LEFT JOIN item_valuation v ON v.item_id = p.item_id
  ),
  branch AS (
    SELECT l.path[1:n.level] AS path, sum(l.quantity * l.own_cost) AS amount
    FROM priced l CROSS JOIN LATERAL generate_series(1, l.level) AS n(level) WHERE l.bom_id IS NULL GROUP BY 1
  ),
  costed AS (SELECT p.*, coalesce(b.amount, 0) AS amount FROM priced p LEFT JOIN branch b ON b.path = p.path)
  SELECT level, item_id AS "itemId", sku, name AS "itemName", base_uom AS uom, round(quantity, 4) AS quantity, source, round(amount, 4) AS amount, coalesce(round(amount / nullif(quantity, 0), 4), 0) AS "unitCost"
  FROM costed ORDER BY path`;

/**
 * What a yield of the bill costs in material, through all levels: a component with a bill of its own costs what its bill comes to, any
 * other its average cost, or its standard cost where there is none yet. Throws `404`, and `409 BOM_TOO_LARGE`.
 */
export async function rollUpCost(tx: Tx, bomId: string): Promise<BomCost> {
  const bom = await getBom(tx, bomId);
  const lines = await tx.sql<BomCostLine>(structureSql, [bomId, levelsMax + 1, linesMax + 1]);
  if (lines.length > linesMax || lines.some(({ level }) => level > levelsMax))
    throw new ConflictError("BOM_TOO_LARGE", `The structure has more than ${linesMax} lines or ${levelsMax} levels`);
  const materialCost = fourDecimals(lines.filter(({ level }) => level === 1).reduce((sum, { amount }) => sum + amount, 0));
  const { itemId, sku, yieldQuantity } = bom;
  return { bomId, itemId, sku, yieldQuantity, materialCost, unitCost: fourDecimals(materialCost / yieldQuantity), lines };
}

const fourDecimals = (value: number) => Math.round(value * 10_000) / 10_000;

/** Takes the rolled-up cost as the item's standard cost. */
export async function setStandardCost(tx: Tx, context: Context, bomId: string, note?: string): Promise<BomCost> {
  const cost = await rollUpCost(tx, bomId);
  const before = await tx.first(sql<{ standardCost: number | null }>`
    SELECT standard_cost AS "standardCost" FROM item WHERE id = ${cost.itemId} FOR NO KEY UPDATE`);
  await tx.run(sql`UPDATE item SET standard_cost = ${cost.unitCost}, version = version + 1, updated_at = now() WHERE id = ${cost.itemId}`);
  await audit(tx, context, "item.updated", cost.itemId, {
    ...(before ? { before } : {}),
    after: { standardCost: cost.unitCost, bomId, ...(note ? { note } : {}) },
  });
  return cost;
}
