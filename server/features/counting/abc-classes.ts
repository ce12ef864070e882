import type { AbcClasses, ComputeAbcClasses } from "#contract/count-planning.ts";
import { audit, type AuditedBy } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";

// One at a time for a company: two at once would each see what the other is about to change.
const lock = "SELECT pg_advisory_xact_lock(hashtextextended('abc classes of ' || current_tenant(), 0))";

/**
 * An item is of class A as long as those before it make less than the share of A, so that the one that crosses the line is still in it.
 * What was undone did not move. Rows are locked in their order before they are written. Parameters: share of A, share of B, days, the
 * auditor's user, request and address.
 */
const classify = `
  WITH moved AS (
    SELECT item_id, sum(CASE WHEN reverses_event_id IS NULL THEN quantity ELSE -quantity END * unit_cost) AS value
    FROM inventory_event
    WHERE type IN ('ISSUE', 'SHIP') AND recorded_at >= now() - make_interval(days => $3::integer)
    GROUP BY item_id
  ),
  ranked AS (
    SELECT i.id, i.sku, i.abc_class, greatest(coalesce(m.value, 0), 0) AS value
    FROM item i LEFT JOIN moved m ON m.item_id = i.id WHERE i.active
  ),
  running AS (
    SELECT *, sum(value) OVER () AS total, sum(value) OVER (ORDER BY value DESC, sku ROWS UNBOUNDED PRECEDING) - value AS before FROM ranked
  ),
  classed AS MATERIALIZED (
    SELECT id, sku, abc_class AS was, value, total,
           CASE WHEN value = 0 THEN 'C' WHEN before < total * $1::numeric / 100 THEN 'A' WHEN before < total * $2::numeric / 100 THEN 'B' ELSE 'C' END AS class
    FROM running
  ),
  held AS MATERIALIZED (
    SELECT c.id, c.class, i.abc_class AS was FROM classed c JOIN item i ON i.id = c.id
    WHERE c.total > 0 AND i.abc_class IS DISTINCT FROM c.class ORDER BY i.id FOR NO KEY UPDATE OF i
  ),
  changed AS (
    UPDATE item i SET abc_class = h.class, version = i.version + 1, updated_at = now() FROM held h WHERE i.id = h.id RETURNING i.id
  ),
  audited AS (
    INSERT INTO audit_event (user_id, action, entity_type, entity_id, before, after, request_id, ip_address)
    SELECT $4::uuid, 'item.classified', 'item', h.id::text, jsonb_build_object('abcClass', h.was), jsonb_build_object('abcClass', h.class), $5, $6
    FROM held h
  )
  SELECT round((SELECT coalesce(sum(value), 0) FROM classed), 4) AS "totalValue",
         (SELECT json_agg(json_build_object('abcClass', k.class, 'items', (SELECT count(*) FROM classed c WHERE c.class = k.class AND c.total > 0),
                   'value', round((SELECT coalesce(sum(c.value), 0) FROM classed c WHERE c.class = k.class), 4)) ORDER BY k.class)
          FROM unnest(ARRAY['A', 'B', 'C']) AS k (class)) AS classes,
         (SELECT count(*) FROM changed) AS changed,
         (SELECT coalesce(json_agg(json_build_object('itemId', f.id, 'sku', f.sku, 'value', round(f.value, 4), 'from', f.was, 'to', f.class) ORDER BY f.value DESC, f.sku), '[]')
          FROM (SELECT c.id, c.sku, c.value, h.was, c.class FROM held h JOIN classed c ON c.id = h.id ORDER BY c.value DESC, c.sku LIMIT 100) f) AS changes`;

/**
 * Gives every active item the class of the value that moved out of it: one statement, however many items. Where nothing moved at all,
 * nothing is said of anyone, and classes stay as they are.
 */
export async function computeAbcClasses(
  tx: Tx,
  by: AuditedBy,
  tenantId: string,
  { aPercent, bPercent, days }: ComputeAbcClasses,
): Promise<AbcClasses> {
  await tx.sql(lock, []);
  const [computed] = await tx.sql<AbcClasses>(classify, [aPercent, bPercent, days, by.userId, by.requestId, by.ipAddress]);
  if (!computed) throw new Error("No classes were computed");
  const { changes: _, ...figures } = computed;
  await audit(tx, by, "abc-classes.computed", tenantId, { after: { aPercent, bPercent, days, ...figures } });
  return computed;
}
