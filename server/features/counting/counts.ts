import { sql } from "kysely";
import type { CountStep, CreateCycleCount, CycleCount } from "#contract/counting.ts";
import { countLinesMax } from "#contract/counting.ts";
import type { FieldError } from "#contract/errors.ts";
import { watchThing } from "#features/alerts/watch.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { requireSite } from "#platform/http/site-access.ts";
import { requireCurrent } from "#platform/http/versioned.ts";
import { getCount, lockCount } from "./count-queries.ts";

/** Plans a count. Throws `404` for the site, and for places that are not in it or items that are not there. */
export async function createCount(tx: Tx, context: Context, request: CreateCycleCount): Promise<CycleCount> {
  const { siteId, type, name, locationIds = [], itemIds = [], abcClass, sampleSize, blind, scheduledFor } = request;
  requireSite(context, siteId);
  await requireNamed(tx, siteId, locationIds, itemIds);
  const [made] = await tx.sql<{ id: string }>(
    `INSERT INTO cycle_count (number, name, site_id, type, location_ids, item_ids, abc_class, sample_size, blind, scheduled_for, created_by)
     VALUES (next_document_number('CC'), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
    [name, siteId, type, locationIds, itemIds, abcClass, sampleSize, blind, scheduledFor, context.userId],
  );
  const count = await getCount(tx, context, made?.id ?? "");
  watchThing(tx, count.id);
  await audit(tx, context, "cycle-count.created", count.id, { after: count, heardAt: [siteId] });
  return count;
}

async function requireNamed(tx: Tx, siteId: string, locationIds: readonly string[], itemIds: readonly string[]): Promise<void> {
  const known = await tx.first(sql<{ site: boolean; locations: string[]; items: string[] }>`
    SELECT EXISTS (SELECT FROM site WHERE id = ${siteId}) AS site,
           ARRAY(SELECT id::text FROM location WHERE id = ANY(${locationIds}::uuid[]) AND site_id = ${siteId}) AS locations,
           ARRAY(SELECT id::text FROM item WHERE id = ANY(${itemIds}::uuid[])) AS items`);
  if (!known?.site) throw new NotFoundError();
  const missing = (field: string, ids: readonly string[], found: readonly string[], message: string): FieldError[] =>
    ids.flatMap((id, index) => (found.includes(id) ? [] : [{ path: `${field}.${index}`, message }]));
  const errors = [
    ...missing("locationIds", locationIds, known.locations, "Not found in this site"),
    ...missing("itemIds", itemIds, known.items, "Not found"),
  ];
  if (errors.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors } });
}

// A place counts with everything that stands in it. Of a class, or of the items that were due when the clock planned it: what is on its
// way nobody can count, and nobody was asked whether to.
const chooseLines = `
  WITH RECURSIVE place AS (
    SELECT l.id FROM location l WHERE l.id = ANY ((SELECT location_ids FROM cycle_count WHERE id = $1)::uuid[])
    UNION
    SELECT l.id FROM place JOIN location l ON l.parent_id = place.id AND l.site_id = $2
  ),
  chosen AS (
    SELECT b.item_id, b.location_id, b.lot_id, b.status, b.on_hand
    FROM cycle_count c
    JOIN location p ON p.site_id = c.site_id
    JOIN inventory_balance b ON b.location_id = p.id AND b.on_hand > 0
    WHERE c.id = $1 AND CASE c.type
      WHEN 'LOCATION' THEN p.id IN (SELECT id FROM place)
      WHEN 'ITEM' THEN b.item_id = ANY (c.item_ids)
      WHEN 'ABC' THEN b.item_id = ANY (c.item_ids) OR b.item_id IN (SELECT i.id FROM item i WHERE i.abc_class = c.abc_class)
      ELSE true END
      AND (c.planned_on IS NULL OR p.type <> 'TRANSIT')
    ORDER BY CASE WHEN c.type = 'RANDOM' THEN random() END
    LIMIT least((SELECT coalesce(sample_size, $3::int + 1) FROM cycle_count WHERE id = $1), $3::int + 1)
  )
  INSERT INTO cycle_count_line (cycle_count_id, item_id, location_id, lot_id, stock_status, expected_quantity)
  SELECT $1, item_id, location_id, lot_id, status, on_hand FROM chosen
  RETURNING id`;

/** Begins a count: its lines are the stock that is there now. Throws `409 INVALID_STATE`, `NOTHING_TO_COUNT` and `TOO_MUCH_TO_COUNT`. */
export async function startCount(tx: Tx, context: Context, countId: string, { version }: CountStep): Promise<CycleCount> {
  const locked = requireCurrent(await lockCount(tx, context, countId), { version, ifMatch: undefined });
  requireStatus(locked, ["SCHEDULED"], "started");
  const lines = await tx.sql(chooseLines, [countId, locked.siteId, countLinesMax]);
  if (lines.length === 0) throw new ConflictError("NOTHING_TO_COUNT", "There is no stock that this count would look at");
  if (lines.length > countLinesMax)
    throw new ConflictError("TOO_MUCH_TO_COUNT", `More than ${countLinesMax} lines: count the site in parts, by location or item`, {
      linesMax: countLinesMax,
    });
  await tx.run(sql`
    UPDATE cycle_count SET status = 'IN_PROGRESS', started_at = now(), version = version + 1, updated_at = now() WHERE id = ${countId}`);
  watchThing(tx, countId);
  await audit(tx, context, "cycle-count.started", countId, { after: { lines: lines.length }, heardAt: [locked.siteId] });
  return await getCount(tx, context, countId);
}

/** Ends a count that is not approved. What was approved line by line before stays posted. */
export async function cancelCount(tx: Tx, context: Context, countId: string, { version, note }: CountStep): Promise<CycleCount> {
  const locked = requireCurrent(await lockCount(tx, context, countId), { version, ifMatch: undefined });
  requireStatus(locked, ["SCHEDULED", "IN_PROGRESS", "REVIEW"], "cancelled");
  await tx.run(sql`
    UPDATE cycle_count SET status = 'CANCELLED', ended_at = now(), version = version + 1, updated_at = now() WHERE id = ${countId}`);
  watchThing(tx, countId);
  await audit(tx, context, "cycle-count.cancelled", countId, {
    before: { status: locked.status },
    after: note ? { note } : {},
    heardAt: [locked.siteId],
  });
  return await getCount(tx, context, countId);
}
