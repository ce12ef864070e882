import { sql } from "kysely";
import type { z } from "zod";
import type { ListOf } from "#contract/list.ts";
import type { Location, LocationQuery } from "#contract/sites.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { isActive, readList, searched } from "#platform/http/read-list.ts";
import { inOwnSites, maySeeSite } from "#platform/http/site-access.ts";

const columns = columnsOf("l", [
  ...recordFieldNames,
  "siteId",
  "parentId",
  "code",
  "name",
  "type",
  "barcode",
  "pickSequence",
  "capacity",
  "active",
]);
const id: SortColumn = { sql: sql.ref("l.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  code: { sql: sql.ref("l.code"), type: "text" },
  type: { sql: sql.ref("l.type"), type: "text" },
  pickSequence: { sql: sql.ref("l.pick_sequence"), type: "integer", nullable: true },
  createdAt: { sql: sql.ref("l.created_at"), type: "timestamptz" },
};

/** Locations of the sites that the caller may see; a site without access has none, as one that does not exist. */
export function listLocations(
  tx: Tx,
  context: Context,
  query: z.output<typeof LocationQuery>,
  secrets: readonly string[],
): Promise<ListOf<Location>> {
  const plan = planList(query, { list: "locations", columns: sortable, byDefault: "code", tieBreaker: id, secrets });
  const where = [
    inOwnSites(context, "l.site_id"),
    ...(query.siteId === undefined ? [] : [sql`l.site_id = ${query.siteId}`]),
    // The index on parents begins with the site.
    ...(query.parentId === undefined
      ? []
      : [sql`l.parent_id = ${query.parentId} AND l.site_id IN (SELECT site_id FROM location WHERE id = ${query.parentId})`]),
    ...(query.type === undefined ? [] : [sql`l.type = ${query.type}`]),
    ...(query.active === undefined ? [] : [isActive("l", query.active)]),
    ...(query.search ? [searched("l.id", "search_locations", query.search)] : []),
  ];
  return readList<Location>(tx, query, plan, { from: sql`location l`, alias: "l", where, columns });
}

/** Throws `404` for a location that does not exist and for one in a site without access. `lock` keeps it as it is until the commit. */
export async function getLocation(tx: Tx, context: Context, locationId: string, lock?: "share" | "change"): Promise<Location> {
  const locking = lock === undefined ? sql`` : lock === "change" ? sql`FOR UPDATE` : sql`FOR SHARE`;
  const location = await tx.first(sql<Location>`SELECT ${columns} FROM location l WHERE l.id = ${locationId} ${locking}`);
  if (!location || !maySeeSite(context, location.siteId)) throw new NotFoundError();
  return location;
}
