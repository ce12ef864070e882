import { CsvError, Parser } from "csv-parse";
import { ValidationError } from "#platform/errors.ts";

const recordCharactersMax = 1024 * 1024;

/** The file as a whole cannot be read: says where and why. */
export const fileError = (message: string) => new ValidationError([{ path: "file", message }], message);

interface CsvRows {
  /** Feeds a piece of the file; `onRow` was called for every row that it completed when this resolves. */
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** Splits a CSV file (RFC 4180; also with a byte order mark, `\r\n`, blank lines) into rows, each with the line it begins on. Throws `400` for malformed quoting. */
export function csvRows(delimiter: string, onRow: (cells: string[], line: number) => void): CsvRows {
  let nextLine = 1;
  let linesBefore = 0;
  let emptyBefore = 0;

  const parser = new Parser({
    bom: true,
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: recordCharactersMax,
    on_record: (cells: string[], info) => {
      const line = nextLine + info.empty_lines - emptyBefore;
      // The parser counts a quoted `\r\n` twice: only when its count is not plain are the cells searched.
      const plain = info.lines - linesBefore === 1 + info.empty_lines - emptyBefore;
      nextLine = line + 1 + (plain ? 0 : breaksIn(cells));
      linesBefore = info.lines;
      emptyBefore = info.empty_lines;
      onRow(cells, line);
      return null;
    },
  });
  // Told to whoever waits for the piece at fault.
  parser.on("error", () => undefined);
  const told = (error: Error) => (error instanceof CsvError ? fileError(describe(error.code, error.message, nextLine)) : error);
  return {
    write: (chunk) => new Promise((done, fail) => void parser.write(chunk, (error) => (error ? fail(told(error)) : done()))),
    end: () => new Promise((done, fail) => void parser.once("error", (error) => fail(told(error))).end(done)),
  };
}

const breaksIn = (cells: readonly string[]) => cells.reduce((count, cell) => count + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);

function describe(code: string, message: string, line: number): string {
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return `Line ${line}: a quoted cell that begins here is not closed before the end of the file`;
    case "CSV_INVALID_CLOSING_QUOTE":
      return `Line ${line}: a quoted cell goes on after its closing quote; a quote inside a cell is written twice`;
    case "INVALID_OPENING_QUOTE":
      return `Line ${line}: a quote stands inside a cell that does not begin with one; quote the whole cell, and write the quote inside twice`;
    case "CSV_MAX_RECORD_SIZE":
      return `Line ${line}: a row is longer than ${recordCharactersMax} characters; is a quote not closed?`;
    default:
      return `Line ${line}: ${message}`;
  }
}
