import { createReadStream } from "node:fs";
import { join } from "node:path";
import { csvRows, fileError } from "./csv-rows.ts";
import type { Lookup, Mapping } from "./mapping.ts";
import type { LookupTables } from "./sources.ts";

/** Reads the files that a mapping looks values up in: from the folder of the imported file, kept in memory. Throws `400` for what is not there. */
export async function readLookups({ lookups, delimiter }: Mapping, folder: string): Promise<LookupTables> {
  const tables = new Map<string, ReadonlyMap<string, string>>();
  for (const [column, { through, ...lookup }] of Object.entries(lookups)) {
    const found = await readLookup(lookup, delimiter ?? ",", folder);
    tables.set(column, through ? joined(found, await readLookup(through, delimiter ?? ",", folder)) : found);
  }
  return tables;
}

/** A key that the second file does not know is not there. */
function joined(first: ReadonlyMap<string, string>, second: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    [...first].flatMap(([key, value]) => {
      const meant = second.get(value.trim());
      return meant === undefined ? [] : [[key, meant]];
    }),
  );
}

async function readLookup(
  { file, key, value }: Pick<Lookup, "file" | "key" | "value">,
  delimiter: string,
  folder: string,
): Promise<Map<string, string>> {
  const table = new Map<string, string>();
  let columns: { key: number; value: number } | undefined;
  const rows = csvRows(delimiter, (cells) => {
    if (columns) table.set((cells[columns.key] ?? "").trim(), cells[columns.value] ?? "");
    else columns = { key: cells.findIndex((cell) => cell.trim() === key), value: cells.findIndex((cell) => cell.trim() === value) };
    if (columns.key < 0 || columns.value < 0) throw fileError(`${file} has no column ${columns.key < 0 ? key : value}`);
  });
  try {
    for await (const chunk of createReadStream(join(folder, file))) await rows.write(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw fileError(`${file}, which the mapping looks ${value} up in, is not in ${folder}`);
  }
  await rows.end();
  return table;
}
