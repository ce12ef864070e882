import { type RawBuilder, sql } from "kysely";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "./context.ts";

// Which sites the caller may work in, asked in every way there is: by a question, a refusal, a query's condition or its parameter.

export type Caller = Pick<Context, "siteIds">;

/** The caller, looking at one of their sites only; at nothing when it is none of theirs; as they are when none is named. */
export const atSite = (caller: Caller, siteId: string | undefined): Caller =>
  siteId === undefined ? caller : { siteIds: maySeeSite(caller, siteId) ? [siteId] : [] };

export const maySeeSite = ({ siteIds }: Caller, siteId: string): boolean => siteIds === "all" || siteIds.includes(siteId);

/** Throws the same `404` as for a site that does not exist. */
export function requireSite(caller: Caller, siteId: string): void {
  if (!maySeeSite(caller, siteId)) throw new NotFoundError();
}

/** Of a query: only rows whose `column` (such as `l.site_id`) is one of the caller's sites. */
export const inOwnSites = ({ siteIds }: Caller, column: string): RawBuilder<boolean> =>
  siteIds === "all" ? sql<boolean>`true` : sql<boolean>`${sql.ref(column)} = ANY(${siteIds}::uuid[])`;

/** For a parameter of hand-written SQL: the ids, or null for every site. */
export const ownSiteIds = ({ siteIds }: Caller): readonly string[] | null => (siteIds === "all" ? null : siteIds);
