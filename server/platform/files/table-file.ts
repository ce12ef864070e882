import type { FileFormat } from "#contract/export.ts";
import type { Row } from "./cells.ts";
import { csvChunks } from "./csv.ts";
import { jsonChunks } from "./json.ts";

/** A table to be handed out as a file; `batches` are read as fast as whoever takes the file takes them. */
export interface TableFile {
  /** What the file is called, without its ending. */
  name: string;
  format: FileFormat;
  /** The fields of a row that are handed out, in their order: nothing else of it is. */
  columns: readonly string[];
  batches: AsyncIterable<readonly Row[]>;
}

export const fileTypes: Record<FileFormat, string> = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  json: "application/json",
};

/** The file's bytes, a batch of rows at a time. What writes a workbook is loaded when the first one is asked for. */
export async function* bytesOf({ format, columns, batches }: TableFile): AsyncGenerator<Uint8Array> {
  if (format === "xlsx") {
    const { xlsxChunks } = await import("./xlsx.ts");
    yield* xlsxChunks(columns, batches);
    return;
  }
  const encoder = new TextEncoder();
  for await (const text of (format === "csv" ? csvChunks : jsonChunks)(columns, batches)) yield encoder.encode(text);
}
