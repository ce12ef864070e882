import { writeXlsxStream } from "hucre/xlsx";
import { cellOf, type Cell, type Row } from "./cells.ts";

/** A workbook with one sheet. Numbers stay numbers; a text is written as a text, so that no spreadsheet computes it. */
export async function* xlsxChunks(columns: readonly string[], batches: AsyncIterable<readonly Row[]>): AsyncGenerator<Uint8Array> {
  const stream = writeXlsxStream(cellsOf(columns, batches), {
    name: "Export",
    columns: columns.map((header) => ({ header })),
    freezePane: { rows: 1 },
  });
  for await (const chunk of stream) yield chunk;
}

async function* cellsOf(columns: readonly string[], batches: AsyncIterable<readonly Row[]>): AsyncGenerator<Cell[]> {
  for await (const rows of batches) for (const row of rows) yield columns.map((column) => cellOf(row[column]));
}
