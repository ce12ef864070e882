import { sql } from "kysely";
import type { ListOf } from "#contract/list.ts";
import type { CreateLocationItem, LocationItem, LocationItemQuery, UpdateLocationItem } from "#contract/suggestions.ts";
import { audit } from "#features/audit/audit.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { inOwnSites, maySeeSite } from "#platform/http/site-access.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";
import { inChosenSites } from "./chosen-sites.ts";

const columns = sql`${columnsOf("h", [...recordFieldNames, "siteId", "locationId", "itemId", "minimum", "maximum"])},
  l.code AS "locationCode", i.sku, i.name AS "itemName", i.base_uom AS uom`;
const joins = sql`JOIN location l ON l.id = h.location_id JOIN item i ON i.id = h.item_id`;
const id: SortColumn = { sql: sql.ref("h.id"), type: "uuid", unique: true };
const createdAt: SortColumn = { sql: sql.ref("h.created_at"), type: "timestamptz" };

/** What the picking places of the caller's sites are to hold. */
export function listLocationItems(
  tx: Tx,
  context: Context,
  query: LocationItemQuery,
  secrets: readonly string[],
): Promise<ListOf<LocationItem>> {
  const plan = planList(query, { list: "location items", columns: { createdAt }, byDefault: "createdAt", tieBreaker: id, secrets });
  const where = [
    inChosenSites(context, query.siteId, "h.site_id"),
    ...(query.locationId ? [sql`h.location_id = ${query.locationId}`] : []),
    ...(query.itemId ? [sql`h.item_id = ${query.itemId}`] : []),
  ];
  return readList<LocationItem>(tx, query, plan, { from: sql`location_item h`, alias: "h", where, columns, joins });
}

/** Throws `404` for one of a site without access. */
export async function getLocationItem(tx: Tx, context: Context, locationItemId: string): Promise<LocationItem> {
  const found = await tx.first(sql<LocationItem>`
    SELECT ${columns} FROM location_item h ${joins} WHERE h.id = ${locationItemId} AND ${inOwnSites(context, "h.site_id")}`);
  if (!found) throw new NotFoundError();
  return found;
}

/** Throws `404` for place or item, `400` unless the place is for picking and the amounts fit, `409` where the place has the item already. */
export async function createLocationItem(tx: Tx, context: Context, request: CreateLocationItem): Promise<LocationItem> {
  const { locationId, itemId, minimum, maximum } = request;
  const [place] = await tx.sql<{ siteId: string; type: string }>(
    `SELECT site_id AS "siteId", type FROM location WHERE id = $1 FOR KEY SHARE`,
    [locationId],
  );
  const known = place !== undefined && maySeeSite(context, place.siteId);
  const item = await readItem(tx, itemId);
  const errors = [...(known ? [] : ["locationId"]), ...(item ? [] : ["itemId"])].map((path) => ({ path, message: "Not found" }));
  if (errors.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors } });
  if (place?.type !== "PICKING") throw new ValidationError([{ path: "locationId", message: "Is no location of type PICKING" }]);
  requireAmounts(item, { minimum, maximum });
  const [made] = await tx.sql<{ id: string }>(
    "INSERT INTO location_item (site_id, location_id, item_id, minimum, maximum) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    [place.siteId, locationId, itemId, minimum, maximum],
  );
  const created = await getLocationItem(tx, context, made?.id ?? "");
  await audit(tx, context, "location-item.created", created.id, { after: created, heardAt: [created.siteId] });
  return created;
}

export async function changeLocationItem(
  tx: Tx,
  context: Context,
  locationItemId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateLocationItem, "version">,
): Promise<LocationItem> {
  const before = requireCurrent(await lockLocationItem(tx, context, locationItemId), basis);
  const { minimum = before.minimum, maximum = before.maximum } = changes;
  requireAmounts(await readItem(tx, before.itemId), { minimum, maximum });
  await tx.run(sql`
    UPDATE location_item SET minimum = ${minimum}, maximum = ${maximum}, version = version + 1, updated_at = now() WHERE id = ${locationItemId}`);
  const after = await getLocationItem(tx, context, locationItemId);
  await audit(tx, context, "location-item.updated", locationItemId, { before, after, heardAt: [after.siteId] });
  return after;
}

export async function removeLocationItem(tx: Tx, context: Context, locationItemId: string): Promise<void> {
  const before = await lockLocationItem(tx, context, locationItemId);
  await tx.run(sql`DELETE FROM location_item WHERE id = ${locationItemId}`);
  await audit(tx, context, "location-item.deleted", locationItemId, { before, heardAt: [before.siteId] });
}

async function lockLocationItem(tx: Tx, context: Context, locationItemId: string): Promise<LocationItem> {
  const found = await tx.first(sql<LocationItem>`
    SELECT ${columns} FROM location_item h ${joins} WHERE h.id = ${locationItemId} AND ${inOwnSites(context, "h.site_id")} FOR NO KEY UPDATE OF h`);
  if (!found) throw new NotFoundError();
  return found;
}

interface Counted {
  baseUom: string;
  whole: boolean;
}

async function readItem(tx: Tx, itemId: string): Promise<Counted | undefined> {
  const [item] = await tx.sql<Counted>(
    `SELECT i.base_uom AS "baseUom", u.whole FROM item i JOIN unit u ON u.code = i.base_uom WHERE i.id = $1`,
    [itemId],
  );
  return item;
}

function requireAmounts(item: Counted | undefined, amounts: { minimum: number; maximum: number }): void {
  const faults = (["minimum", "maximum"] as const)
    .filter((field) => item?.whole && !Number.isInteger(amounts[field]))
    .map((path) => ({ path, message: `${item?.baseUom} is counted in whole units` }));
  if (amounts.maximum < amounts.minimum) faults.push({ path: "maximum", message: "Must not be less than minimum" });
  if (faults.length > 0) throw new ValidationError(faults);
}
