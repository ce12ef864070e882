import { createHmac, timingSafeEqual } from "node:crypto";
import { type RawBuilder, sql } from "kysely";
import type { Page } from "#contract/list.ts";
import { ValidationError } from "#platform/errors.ts";

/** One thing a list may be sorted by: its SQL, and the type its value has there. Every one stands on an index. */
export interface SortColumn {
  sql: RawBuilder<unknown>;
  type: "text" | "uuid" | "timestamptz" | "numeric" | "integer" | "bigint" | "date";
  nullable?: true;
  /** No two rows of a list have the same: what comes after it in an order changes nothing. */
  unique?: true;
}

export interface ListRequest {
  limit: number;
  offset: number;
  cursor?: string | undefined;
  sort?: string | undefined;
  total?: boolean | undefined;
}

export interface ListPlan {
  orderBy: RawBuilder<unknown>;
  /** LIMIT and OFFSET: one row more than asked for, to see whether there are more. */
  slice: RawBuilder<unknown>;
  /** What comes after the cursor; `true` without one. */
  after: RawBuilder<boolean>;
  /** To be selected as `cursor_key`: the sort values of a row as a JSON array, read for the last row only. */
  cursorKey: RawBuilder<string>;
  /** Cuts the one row that was read too many, and says where the next page begins. */
  page<Row extends { cursor_key: string }>(rows: Row[], total?: number): { rows: Row[]; page: Page };
}

type Sort = { name: string; column: SortColumn; descending: boolean };

/**
 * Turns paging and sorting into SQL. `columns` are the names a client may sort by; `tieBreaker` (unique) makes the order total,
 * so that neither offset nor cursor skips or repeats a row. Throws `400` for an unknown name and for a cursor that is not ours.
 */
export function planList(
  request: ListRequest,
  {
    list,
    columns,
    byDefault,
    tieBreaker,
    secrets,
    ofManyTables = false,
  }: {
    list: string;
    columns: Readonly<Record<string, SortColumn>>;
    byDefault: string;
    tieBreaker: SortColumn;
    secrets: readonly string[];
    /** The columns of an order are not all of one table, so that no one index has it. */
    ofManyTables?: boolean;
  },
): ListPlan {
  const spec = request.sort || byDefault;
  const sorts = withTieBreaker(parseSort(spec, columns), tieBreaker);
  // A cursor belongs to one list in one order, which it need not say: its signature does.
  const order = `${list}: ${sorts.map(({ name, descending }) => (descending ? `-${name}` : name)).join(",")}`;
  const signs = secrets.map(
    (secret) => (payload: string) => createHmac("sha256", secret).update(`${order}\n${payload}`).digest("base64url").slice(0, 22),
  );
  const [sign] = signs;
  if (!sign) throw new Error("A list needs a secret to sign its cursors with");
  const orderBy = sql.join(sorts.map(({ column, descending }) => (descending ? sql`${column.sql} DESC` : sql`${column.sql} ASC`)));
  const values = request.cursor === undefined ? undefined : readCursor(request.cursor, signs);
  return {
    orderBy,
    slice: sliceOf(request.limit, values ? 0 : request.offset),
    after: values ? afterCursor(sorts, values, ofManyTables) : sql<boolean>`true`,
    cursorKey: sql<string>`to_json(ARRAY[${sql.join(sorts.map(({ column }) => sql`(${column.sql})::text`))}])::text`,
    page: (rows, total) => {
      const hasMore = rows.length > request.limit;
      const shown = hasMore ? rows.slice(0, request.limit) : rows;
      const last = shown.at(-1);
      const payload = hasMore && last ? Buffer.from(last.cursor_key).toString("base64url") : undefined;
      return {
        rows: shown,
        page: {
          limit: request.limit,
          offset: request.offset,
          hasMore,
          nextCursor: payload === undefined ? null : `${payload}.${sign(payload)}`,
          ...(total === undefined ? {} : { total }),
        },
      };
    },
  };
}

/** The limit is part of the text, so that a prepared plan knows how few rows it is for; as a parameter it could be any number. */
function sliceOf(limit: number, offset: number): RawBuilder<unknown> {
  const most = sql.raw(String(Math.trunc(limit) + 1));
  return offset === 0 ? sql`LIMIT ${most}` : sql`LIMIT ${most} OFFSET ${offset}`;
}

function parseSort(spec: string, columns: Readonly<Record<string, SortColumn>>): Sort[] {
  const names = spec.split(",").map((name) => name.trim());
  return names.map((name) => {
    const descending = name.startsWith("-");
    const column = Object.hasOwn(columns, name.replace(/^-/, "")) ? columns[name.replace(/^-/, "")] : undefined;
    if (!column || names.length > 4) {
      throw new ValidationError([
        { path: "sort", message: `Sort by up to 4 of: ${Object.keys(columns).join(", ")}; with - in front for descending` },
      ]);
    }
    return { name: name.replace(/^-/, ""), column, descending };
  });
}

function withTieBreaker(sorts: Sort[], tieBreaker: SortColumn): Sort[] {
  const decisive = sorts.findIndex(({ column }) => column === tieBreaker || column.unique);
  if (decisive >= 0) return sorts.slice(0, decisive + 1);
  return [...sorts, { name: "", column: tieBreaker, descending: sorts.at(-1)?.descending ?? false }];
}

function afterCursor(sorts: readonly Sort[], values: readonly (string | null)[], ofManyTables: boolean): RawBuilder<boolean> {
  const oneWay = sorts.every(({ column, descending }) => !column.nullable && descending === sorts[0]?.descending);
  if (oneWay) {
    // A comparison of rows, which an index answers from the right place on.
    const left = sql.join(sorts.map(({ column }) => column.sql));
    const right = sql.join(sorts.map(({ column }, index) => cast(column, values[index] ?? "")));
    const [first] = sorts;
    const after = first?.descending ? sql<boolean>`(${left}) < (${right})` : sql<boolean>`(${left}) > (${right})`;
    if (!ofManyTables || !first || sorts.length === 1) return after;
    // No index has them all: the first one's own begins where the page does, instead of at the list's beginning.
    const bound = cast(first.column, values[0] ?? "");
    return first.descending
      ? sql<boolean>`${first.column.sql} <= ${bound} AND ${after}`
      : sql<boolean>`${first.column.sql} >= ${bound} AND ${after}`;
  }
  const alternatives = sorts.map(({ column, descending }, index) => {
    const equal = sorts.slice(0, index).map((before, at) => sameAs(before.column, values[at] ?? null));
    return sql`(${sql.join([...equal, beyond(column, descending, values[index] ?? null)], sql` AND `)})`;
  });
  return sql<boolean>`(${sql.join(alternatives, sql` OR `)})`;
}

const sameAs = (column: SortColumn, value: string | null) =>
  value === null ? sql`${column.sql} IS NULL` : sql`${column.sql} = ${cast(column, value)}`;

/** Nulls stand last ascending and first descending, as PostgreSQL orders them. */
function beyond(column: SortColumn, descending: boolean, value: string | null) {
  if (value === null) return descending ? sql`${column.sql} IS NOT NULL` : sql`false`;
  return descending ? sql`${column.sql} < ${cast(column, value)}` : sql`(${column.sql} > ${cast(column, value)} OR ${column.sql} IS NULL)`;
}

const cast = (column: SortColumn, value: string) => sql`${value}::${sql.raw(column.type)}`;

type Sign = (payload: string) => string;

/** Signed with any of the secrets: one that was replaced breaks no list that someone is paging through. */
function readCursor(cursor: string, signs: readonly Sign[]): (string | null)[] {
  const [payload = "", signature = ""] = cursor.split(".");
  const given = Buffer.from(signature);
  const isOurs = signs.some((sign) => {
    const expected = Buffer.from(sign(payload));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (isOurs) return JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as (string | null)[];
  throw new ValidationError([{ path: "cursor", message: "Is not a cursor of this list and order: begin again without it" }]);
}
