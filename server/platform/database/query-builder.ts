import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type Compilable,
  type RawBuilder,
} from "kysely";
import type { Tables } from "./tables.ts";

/** Builds queries as values; only a `Tx` runs them. */
export const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** A Kysely query or a `sql` template with its row type. */
export type Query<Row> = Compilable<Row> | RawBuilder<Row>;

export const compile = <Row>(query: Query<Row>) => ("isRawBuilder" in query ? query.compile(db) : query.compile());
