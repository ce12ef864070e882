import { type Generated, sql } from "kysely";
import type { CreateLocation, Location, LocationType, UpdateLocation } from "#contract/sites.ts";
import { audit } from "#features/audit/audit.ts";
import { type RecordColumns, toColumns, touched } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireSite } from "#platform/http/site-access.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";
import { getLocation } from "./location-queries.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    location: LocationTable;
  }
}
interface LocationTable extends RecordColumns {
  site_id: string;
  parent_id: string | null;
  code: string;
  name: string | null;
  type: LocationType;
  barcode: string | null;
  pick_sequence: number | null;
  capacity: number | null;
  active: Generated<boolean>;
}

// Locks are taken in this order: site, location, parent. Closing something takes its row alone; putting something into it, in share.

/** Throws `404` for the site or a parent out of the caller's sight, `409 INVALID_STATE` when one of them is closed. */
export async function createLocation(tx: Tx, context: Context, siteId: string, request: CreateLocation): Promise<Location> {
  requireSite(context, siteId);
  await lockSite(tx, siteId, "share");
  if (request.parentId) await requireParent(tx, context, siteId, request.parentId);
  const created = await tx.first(
    db
      .insertInto("location")
      .values({ ...toColumns(request), site_id: siteId })
      .returning("id"),
  );
  const location = await getLocation(tx, context, created?.id ?? "");
  await audit(tx, context, "location.created", location.id, { after: location, heardAt: [location.siteId] });
  return location;
}

/**
 * Throws `409 LOCATION_LOOP` when it would come to stand in itself, `409 IN_USE` when it is closed with stock or open places in it,
 * and what `createLocation` throws for a parent.
 */
export async function changeLocation(
  tx: Tx,
  context: Context,
  locationId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateLocation, "version">,
): Promise<Location> {
  const { siteId } = await getLocation(tx, context, locationId);
  const moves = changes.parentId !== undefined;
  const reopens = changes.active === true;
  // One move at a time in a site: two could each be free of a loop and make one together.
  if (moves || reopens) await lockSite(tx, siteId, moves ? "change" : "share");
  // Waits for postings under way, which hold the row in share, and keeps new ones waiting.
  const before = requireCurrent(await getLocation(tx, context, locationId, "change"), basis);
  const parentId = moves ? changes.parentId : before.parentId;
  if (parentId && (moves || reopens)) await requireParent(tx, context, siteId, parentId);
  if (parentId && moves) await requireNoLoop(tx, locationId, parentId);
  if (changes.active === false && before.active) await requireEmpty(tx, locationId);
  await tx.run(
    db
      .updateTable("location")
      .set({ ...toColumns(changes), ...touched })
      .where("id", "=", locationId),
  );
  const after = await getLocation(tx, context, locationId);
  await audit(tx, context, "location.updated", locationId, { before, after, heardAt: [after.siteId] });
  return after;
}

async function lockSite(tx: Tx, siteId: string, lock: "share" | "change"): Promise<void> {
  const site = await tx.first(
    sql<{ active: boolean }>`SELECT active FROM site WHERE id = ${siteId} ${lock === "change" ? sql`FOR UPDATE` : sql`FOR SHARE`}`,
  );
  if (!site) throw new NotFoundError();
  if (!site.active) throw new ConflictError("INVALID_STATE", "This site is closed");
}

async function requireParent(tx: Tx, context: Context, siteId: string, parentId: string): Promise<void> {
  const parent = await getLocation(tx, context, parentId, "share");
  if (parent.siteId !== siteId) throw new ValidationError([{ path: "parentId", message: "Must be in the same site" }]);
  if (!parent.active) throw new ConflictError("INVALID_STATE", `${parent.code} is closed`, { fields: ["parentId"] });
}

async function requireNoLoop(tx: Tx, locationId: string, parentId: string): Promise<void> {
  const above = await tx.many(sql<{ id: string; code: string }>`
    WITH RECURSIVE above AS (
      SELECT id, parent_id, code, 1 AS height FROM location WHERE id = ${parentId}
      UNION ALL
      SELECT l.id, l.parent_id, l.code, height + 1 FROM above JOIN location l ON l.id = above.parent_id)
    SELECT id, code FROM above ORDER BY height`);
  const self = above.findIndex(({ id }) => id === locationId);
  if (self < 0) return;
  const path = above.slice(0, self + 1).map(({ code }) => code);
  throw new ConflictError("LOCATION_LOOP", `A location cannot stand in itself: ${path.join(" in ")}`, { path, fields: ["parentId"] });
}

async function requireEmpty(tx: Tx, locationId: string): Promise<void> {
  const child = await tx.first(sql<{ code: string }>`
    SELECT child.code FROM location child JOIN location l ON l.site_id = child.site_id AND l.id = child.parent_id
    WHERE l.id = ${locationId} AND child.active LIMIT 1`);
  if (child)
    throw new ConflictError("IN_USE", `There are still active locations in this one, such as ${child.code}`, { location: child.code });
  const stock = await tx.first(sql`SELECT 1 FROM inventory_balance WHERE location_id = ${locationId} AND on_hand > 0 LIMIT 1`);
  if (stock) throw new ConflictError("IN_USE", "There is still stock in this location", { fields: ["active"] });
}
