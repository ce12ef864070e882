import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { BadRowWithValue } from "#features/data-exchange/bad-rows.ts";

export interface BadRowsFile {
  add(row: BadRowWithValue): void;
  /** Answers where it is. */
  close(): string;
}

/** The bad rows of an import, as CSV beside the imported file; in the folder for temporary files when that folder cannot be written to. */
export function badRowsFile(imported: string): BadRowsFile {
  const beside = `${imported}.bad-rows.csv`;
  let path = beside;
  let handle: number | undefined;
  let pending = "";
  // One of an earlier run would tell of rows that are mended by now.
  rmSync(beside, { force: true });

  const flush = () => {
    if (handle !== undefined && pending !== "") writeSync(handle, pending);
    pending = "";
  };
  const open = () => {
    try {
      return openSync(beside, "w", 0o600);
    } catch {
      path = join(tmpdir(), `${basename(imported)}.bad-rows.csv`);
      return openSync(path, "w", 0o600);
    }
  };
  return {
    add: ({ line, column, reason, value }) => {
      if (handle === undefined) {
        handle = open();
        pending = "line,column,reason,value\n";
      }
      pending += `${line},${[column, reason, value].map(cell).join(",")}\n`;
      if (pending.length > 65_536) flush();
    },
    close: () => {
      flush();
      if (handle !== undefined) closeSync(handle);
      handle = undefined;
      return path;
    },
  };
}

/** RFC 4180; what a spreadsheet would take for a formula begins with an apostrophe. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
