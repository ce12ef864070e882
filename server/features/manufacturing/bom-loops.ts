import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";

// All that the components come to, through the active bills: each item once, so that a wide structure costs no more than it is large.
const edgesSql = `
  WITH RECURSIVE below(item_id) AS (
    SELECT unnest($1::uuid[])
    UNION
    SELECT c.item_id FROM below JOIN bom b ON b.item_id = below.item_id AND b.status = 'ACTIVE' JOIN bom_component c ON c.bom_id = b.id
  )
  SELECT b.item_id AS parent, c.item_id AS child, i.sku FROM below
  JOIN bom b ON b.item_id = below.item_id AND b.status = 'ACTIVE'
  JOIN bom_component c ON c.bom_id = b.id
  JOIN item i ON i.id = c.item_id
  ORDER BY i.sku`;

export interface Part {
  itemId: string;
  sku: string;
}

/**
 * Refuses what would contain itself: `409 BOM_LOOP` with the path that closes it, from the product back to the product. Whoever makes a
 * bill active holds `lockStructure`, or two could close a loop between them.
 */
export async function requireNoLoop(tx: Tx, product: Part, components: readonly Part[]): Promise<void> {
  const direct = components.find(({ itemId }) => itemId === product.itemId);
  const path = direct ? [product] : await pathTo(tx, product, components);
  if (!path) return;
  const skus = [product, ...path].map(({ sku }) => sku);
  throw new ConflictError("BOM_LOOP", `${product.sku} would contain itself: ${skus.join(" → ")}`, { path: skus });
}

async function pathTo(tx: Tx, product: Part, components: readonly Part[]): Promise<Part[] | undefined> {
  const edges = await tx.sql<{ parent: string; child: string; sku: string }>(edgesSql, [components.map(({ itemId }) => itemId)]);
  if (!edges.some(({ child }) => child === product.itemId)) return undefined;
  const madeOf = Map.groupBy(edges, ({ parent }) => parent);
  const seen = new Set(components.map(({ itemId }) => itemId));
  let paths = components.map((part) => [part]);
  while (paths.length > 0) {
    const longer: Part[][] = [];
    for (const path of paths) {
      for (const { child, sku } of madeOf.get(path.at(-1)?.itemId ?? "") ?? []) {
        const next = [...path, { itemId: child, sku }];
        if (child === product.itemId) return next;
        if (seen.has(child)) continue;
        seen.add(child);
        longer.push(next);
      }
    }
    paths = longer;
  }
  return undefined;
}

/** One at a time makes bills active, in each company: a loop that two of them would close is seen by the second. */
export const lockStructure = (tx: Tx): Promise<unknown> => tx.sql("SELECT lock_structure()", []);
