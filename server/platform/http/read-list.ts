import { type RawBuilder, sql } from "kysely";
import type { ListOf } from "#contract/list.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { containsPattern } from "#platform/validation.ts";
import type { ListPlan, ListRequest } from "./list.ts";

export interface ListSource {
  /** `item i`: what is filtered, sorted and paged; `alias` is its name there. */
  from: RawBuilder<unknown>;
  alias: string;
  /** Only the conditions that were asked for: one that may be absent would keep the database from its indexes. */
  where: readonly RawBuilder<unknown>[];
  /** What is shown, of the page's rows only, with what `joins` brings. */
  columns: RawBuilder<unknown>;
  joins?: RawBuilder<unknown>;
}

/** Reads one page in one statement, the last of its transaction; one before it counts, when that was asked for. */
export async function readList<Row>(tx: Tx, request: ListRequest, plan: ListPlan, source: ListSource): Promise<ListOf<Row>> {
  const { from, alias, where, columns, joins = sql`` } = source;
  const counted = request.total
    ? await tx.first(sql<{ total: number }>`SELECT count(*) AS total FROM ${from} WHERE ${allOf(where)}`)
    : undefined;
  const rows = await tx.last(sql<Row & { cursor_key: string }>`
    SELECT ${columns}, ${plan.cursorKey} AS cursor_key
    FROM (SELECT ${sql.table(alias)}.* FROM ${from} WHERE ${allOf([...where, plan.after])}
          ORDER BY ${plan.orderBy} ${plan.slice}) AS ${sql.table(alias)} ${joins}
    ORDER BY ${plan.orderBy}`);
  const { rows: items, page } = plan.page(rows, counted?.total);
  return { items, page };
}

const allOf = (conditions: readonly RawBuilder<unknown>[]) => (conditions.length === 0 ? sql`true` : sql.join([...conditions], sql` AND `));

type SearchFunction =
  | "search_items"
  | "search_locations"
  | "search_suppliers"
  | "search_purchase_orders"
  | "search_production_orders"
  | "search_lots"
  | "search_sites"
  | "search_users"
  | "search_units"
  | "search_reason_codes";

/** Ids of what contains the text, which the route's schema has checked. */
export const searched = (id: string, search: SearchFunction, text: string) =>
  sql`${sql.ref(id)} IN (SELECT found FROM ${sql.raw(search)}(${containsPattern(text)}) AS found)`;

/** Written as the partial indexes on it are. */
export const isActive = (alias: string, active: boolean) =>
  active ? sql`${sql.ref(`${alias}.active`)}` : sql`NOT ${sql.ref(`${alias}.active`)}`;
