import { cellOf, type Row } from "./cells.ts";

/** One array of objects. */
export async function* jsonChunks(columns: readonly string[], batches: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  let separator = "[";
  for await (const rows of batches) {
    if (rows.length === 0) continue;
    const texts = rows.map((row) => JSON.stringify(Object.fromEntries(columns.map((column) => [column, cellOf(row[column])]))));
    yield separator + texts.join(",");
    separator = ",";
  }
  yield separator === "[" ? "[]" : "]";
}
