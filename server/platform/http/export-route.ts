import { z } from "zod";
import { type FileFormat, fileFormats } from "#contract/export.ts";
import type { Role } from "#contract/identity.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Row } from "#platform/files/cells.ts";
import type { TableFile } from "#platform/files/table-file.ts";
import type { Context } from "./context.ts";
import { type AnyRoute, createSecureRoute, everyRole } from "./route.ts";

interface ExportFields<Q extends z.ZodType<{ format: FileFormat }>> {
  path: string;
  summary: string;
  roles?: readonly Role[];
  /** With the fields of `exportQuery`. */
  query: Q;
  /** One row: its fields are the file's columns. */
  row: z.ZodObject;
  /** What the file is called. */
  name: string;
  batches: (input: { tx: Tx; context: Context; query: z.output<Q> }) => AsyncIterable<readonly Row[]>;
}

/** A route that hands out rows as a file, in the format that the query asks for; guarded as every other. */
export function createExportRoute<Q extends z.ZodType<{ format: FileFormat }>>({
  row,
  name,
  batches,
  roles = everyRole,
  ...fields
}: ExportFields<Q>): AnyRoute {
  const columns = Object.keys(row.shape);
  return createSecureRoute({
    ...fields,
    method: "GET",
    roles,
    rateLimit: "API",
    answersFile: fileFormats,
    response: z.array(row),
    // Sent by `sendFile`, which alone knows what it is.
    handler: async ({ tx, context, query }): Promise<never> => {
      const { format } = query as { format: FileFormat };
      return { name, format, columns, batches: batches({ tx, context, query: query as z.output<Q> }) } satisfies TableFile as never;
    },
  });
}

/** Rows that are there already, for a file. */
export async function* inOneBatch(rows: Promise<readonly Row[]>): AsyncGenerator<readonly Row[]> {
  yield await rows;
}
