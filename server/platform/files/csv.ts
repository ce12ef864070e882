import { cellOf, type Cell, type Row } from "./cells.ts";

/** RFC 4180, with a line of names first. */
export async function* csvChunks(columns: readonly string[], batches: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  yield line(columns);
  for await (const rows of batches) yield rows.map((row) => line(columns.map((column) => cellOf(row[column])))).join("");
}

const line = (cells: readonly Cell[]) => `${cells.map(csvCell).join(",")}\r\n`;

/** A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection); a number is none. */
export function csvCell(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
