import { type Generated, sql } from "kysely";
import type { z } from "zod";
import type { ListOf } from "#contract/list.ts";
import type { CreateSite, Site, SiteQuery, UpdateSite } from "#contract/sites.ts";
import { audit } from "#features/audit/audit.ts";
import { type RecordColumns, columnsOf, recordFieldNames, toColumns, touched } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { isActive, readList, searched } from "#platform/http/read-list.ts";
import { inOwnSites, requireSite } from "#platform/http/site-access.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    site: SiteTable;
  }
}
interface SiteTable extends RecordColumns {
  code: string;
  name: string;
  address: string | null;
  time_zone: string;
  active: Generated<boolean>;
}

const columns = columnsOf("s", [...recordFieldNames, "code", "name", "address", "timeZone", "active"]);
const id: SortColumn = { sql: sql.ref("s.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  code: { sql: sql.ref("s.code"), type: "text", unique: true },
  name: { sql: sql.ref("s.name"), type: "text" },
  createdAt: { sql: sql.ref("s.created_at"), type: "timestamptz" },
};

export function listSites(tx: Tx, context: Context, query: z.output<typeof SiteQuery>, secrets: readonly string[]): Promise<ListOf<Site>> {
  const plan = planList(query, { list: "sites", columns: sortable, byDefault: "code", tieBreaker: id, secrets });
  const where = [
    inOwnSites(context, "s.id"),
    ...(query.active === undefined ? [] : [isActive("s", query.active)]),
    ...(query.search ? [searched("s.id", "search_sites", query.search)] : []),
  ];
  return readList<Site>(tx, query, plan, { from: sql`site s`, alias: "s", where, columns });
}

/** Throws `404` for a site that does not exist and for one without access. */
export async function getSite(tx: Tx, context: Context, siteId: string): Promise<Site> {
  requireSite(context, siteId);
  const site = await tx.first(sql<Site>`SELECT ${columns} FROM site s WHERE s.id = ${siteId}`);
  if (!site) throw new NotFoundError();
  return site;
}

export async function createSite(tx: Tx, context: Context, request: CreateSite): Promise<Site> {
  const created = await tx.first(db.insertInto("site").values(toColumns(request)).returning("id"));
  const site = await getSite(tx, context, created?.id ?? "");
  await audit(tx, context, "site.created", site.id, { after: site, heardAt: [site.id] });
  return site;
}

/** Throws `409 IN_USE` when a site is closed that has active locations. */
export async function changeSite(
  tx: Tx,
  context: Context,
  siteId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateSite, "version">,
): Promise<Site> {
  requireSite(context, siteId);
  // Nobody adds or reopens a location meanwhile: that takes the site's row in share.
  const before = requireCurrent(await tx.first(sql<Site>`SELECT ${columns} FROM site s WHERE s.id = ${siteId} FOR UPDATE`), basis);
  if (changes.active === false && before.active) await requireEmpty(tx, siteId);
  await tx.run(
    db
      .updateTable("site")
      .set({ ...toColumns(changes), ...touched })
      .where("id", "=", siteId),
  );
  const after = await getSite(tx, context, siteId);
  await audit(tx, context, "site.updated", siteId, { before, after, heardAt: [siteId] });
  return after;
}

async function requireEmpty(tx: Tx, siteId: string): Promise<void> {
  const open = await tx.first(sql<{ code: string }>`SELECT code FROM location WHERE site_id = ${siteId} AND active ORDER BY code LIMIT 1`);
  if (open) throw new ConflictError("IN_USE", `This site still has active locations, such as ${open.code}`, { location: open.code });
}
