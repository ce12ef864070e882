import { type RawBuilder, sql } from "kysely";
import type { z } from "zod";
import type { FileFormat } from "#contract/export.ts";
import type { ListOf } from "#contract/list.ts";
import type { Row } from "#platform/files/cells.ts";
import type { Context } from "#platform/http/context.ts";
import { createExportRoute } from "#platform/http/export-route.ts";
import { type ListRequest, planList, type SortColumn } from "#platform/http/list.ts";
import { MiddlewarePresets } from "#platform/http/presets.ts";
import { readList } from "#platform/http/read-list.ts";
import type { AnyRoute } from "#platform/http/route.ts";

export interface ReportSource {
  /** A query whose columns are named as the row's fields are. */
  rows: RawBuilder<unknown>;
  /** The one order of the report: together no two rows have the same. */
  order: readonly { field: string; type: SortColumn["type"] }[];
  /** The fields of the order are not all of one table. */
  ofManyTables?: true;
}

interface ReportFields<List extends z.ZodType<ListRequest>, File extends z.ZodType<{ format: FileFormat }>> {
  /** In the address and in the file's name. */
  name: string;
  summary: string;
  filters: { list: List; file: File };
  row: z.ZodObject;
  list: z.ZodType;
  source: (context: Context, filters: Omit<z.output<File>, "format">) => ReportSource;
}

/** Two routes: a report page by page, and the same rows as a file. */
export function createReport<
  List extends z.ZodType<ListRequest & Omit<z.output<File>, "format">>,
  File extends z.ZodType<{ format: FileFormat }>,
>({ name, summary, filters, row, list, source }: ReportFields<List, File>): readonly AnyRoute[] {
  const columns = sql.join(Object.keys(row.shape).map((field) => sql.ref(`r.${field}`)));
  return [
    MiddlewarePresets.authenticated({
      method: "GET",
      path: `/reports/${name}`,
      summary,
      query: filters.list,
      response: list,
      handler: ({ tx, context, query, services }): Promise<ListOf<Row>> => {
        const { rows, order, ofManyTables = false } = source(context, query);
        const sorts = Object.fromEntries(order.map(({ field, type }) => [field, { sql: sql.ref(`r.${field}`), type }]));
        const last = order.at(-1)?.field ?? "";
        const plan = planList(query, {
          list: `report ${name}`,
          columns: sorts,
          byDefault: order.map(({ field }) => field).join(","),
          tieBreaker: sorts[last] as SortColumn,
          secrets: services.settings.cursorSecrets,
          ofManyTables,
        });
        return readList<Row>(tx, query, plan, { from: sql`(${rows}) r`, alias: "r", where: [], columns });
      },
    }),
    createExportRoute({
      path: `/reports/${name}/export`,
      summary: `${summary}: as a file`,
      query: filters.file,
      row,
      name,
      batches: ({ tx, context, query }) => {
        const { rows, order } = source(context, query);
        return tx.batches<Row>(
          sql`SELECT ${columns} FROM (${rows}) r ORDER BY ${sql.join(order.map(({ field }) => sql.ref(`r.${field}`)))}`,
        );
      },
    }),
  ];
}
