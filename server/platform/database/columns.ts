import { type Generated, type RawBuilder, sql } from "kysely";
import { compile } from "./query-builder.ts";

type Snake<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Tail extends Uncapitalize<Tail>
    ? `${Uncapitalize<Head>}${Snake<Tail>}`
    : `${Uncapitalize<Head>}_${Snake<Tail>}`
  : S;

type Columns<T> = { [Name in keyof T & string as Snake<Name>]: Exclude<T[Name], undefined> };

const toSnakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Fields of ours as columns of the database: `{ timeZone }` → `{ time_zone }`. What is undefined is left out. */
export const toColumns = <T extends object>(fields: T): Columns<T> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [toSnakeCase(name), value]),
  ) as Columns<T>;

/** A list for SELECT: `columnsOf("s", ["timeZone"])` → `s.time_zone AS "timeZone"`. */
export const columnsOf = (alias: string, fields: readonly string[]): RawBuilder<unknown> =>
  // As text once, and not built anew for every query it is part of.
  sql.raw(compile(sql`${sql.join(fields.map((name) => sql`${sql.ref(`${alias}.${toSnakeCase(name)}`)} AS ${sql.id(name)}`))}`).sql);

/** Every stored thing has these. */
export const recordFieldNames = ["id", "version", "createdAt", "updatedAt"] as const;
export interface RecordColumns {
  id: Generated<string>;
  version: Generated<number>;
  created_at: Generated<string>;
  updated_at: Generated<string>;
}

/** What every change sets besides. */
export const touched = { version: sql<number>`version + 1`, updated_at: sql<string>`now()` };
