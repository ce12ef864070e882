import { type RawBuilder, sql } from "kysely";
import { type Caller, inOwnSites } from "#platform/http/site-access.ts";

/** Of a query: only rows of the site that is asked for, and of the caller's own. By itself, a site is looked up in an index. */
export const inChosenSites = (caller: Caller, siteId: string | undefined, column: string): RawBuilder<boolean> =>
  siteId === undefined ? inOwnSites(caller, column) : sql<boolean>`(${sql.ref(column)} = ${siteId} AND ${inOwnSites(caller, column)})`;
