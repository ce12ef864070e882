import { createHash } from "node:crypto";
import { finished } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { csvRows, fileError } from "./csv-rows.ts";
import type { ImportConnection } from "./import-connection.ts";
import type { Kind, Present } from "./kind.ts";
import { rowWriter } from "./row-writer.ts";
import { type FileFacts, sourcesOf, wantedRows } from "./sources.ts";

interface StagingOptions extends FileFacts {
  stream: AsyncIterable<Uint8Array>;
  onRows(count: number): void;
}

/** What was read: how many rows, which columns, and the SHA-256 of the file. */
export interface Staged {
  rows: number;
  present: Present;
  fileHash: string;
}

/** Streams the file into the temporary table `import_row`; memory does not grow with it. PostgreSQL refuses COPY into a table with row-level security. */
export async function stageRows(connection: ImportConnection, options: StagingOptions): Promise<Staged> {
  const rows = rowsOf(options);
  const hash = createHash("sha256");
  let copy: CopySink | undefined;
  const flush = async () => {
    if (!rows.present) return;
    copy ??= await openCopy(connection, options.kind, rows.present);
    await copy.write(rows.take());
    options.onRows(rows.count);
  };
  for await (const chunk of options.stream) {
    hash.update(chunk);
    await rows.csv.write(chunk);
    await flush();
  }
  await rows.csv.end();
  await flush();
  if (!copy || !rows.present) throw fileError("The file is empty: its first line must name the columns");
  await copy.end();
  await connection.tx.sql("ANALYZE import_row", []);
  return { rows: rows.count, present: rows.present, fileHash: hash.digest("hex") };
}

/** The rows of the file as COPY's text: the first line says what the others mean. */
function rowsOf(facts: FileFacts) {
  let pending: string[] = [];
  let write: ((cells: string[], line: number) => string) | undefined;
  let isWanted: (cells: readonly string[]) => boolean = () => true;
  const state = {
    present: undefined as Present | undefined,
    count: 0,
    take: () => {
      const text = pending.join("");
      pending = [];
      return text;
    },
    csv: csvRows(facts.mapping?.delimiter ?? ",", (cells, line) => {
      if (write) {
        if (!isWanted(cells)) return;
        pending.push(write(cells, line));
        state.count++;
      } else {
        const sources = sourcesOf(cells, facts);
        state.present = new Set(sources.keys());
        isWanted = wantedRows(cells, facts.mapping);
        write = rowWriter(facts.kind, cells, sources);
      }
    }),
  };
  return state;
}

interface CopySink {
  write(text: string): Promise<void>;
  end(): Promise<void>;
}

async function openCopy({ tx, client }: ImportConnection, kind: Kind, present: Present): Promise<CopySink> {
  const columns = kind.columns.filter(({ name }) => present.has(name));
  const types = columns.map(({ name, cell }) => `${name} ${cell.sqlType}`);
  await tx.sql(`CREATE TEMPORARY TABLE import_row (line integer, faults jsonb, ${types.join(", ")}) ON COMMIT DROP`, []);
  const copy = client.query(copyFrom(`COPY import_row (line, faults, ${columns.map(({ name }) => name).join(", ")}) FROM STDIN`));
  // The one who writes is told; without a listener a failure in between would end the process.
  copy.on("error", () => undefined);
  return {
    write: (text) => new Promise((done, fail) => (text === "" ? done() : void copy.write(text, (error) => (error ? fail(error) : done())))),
    end: async () => {
      copy.end();
      await finished(copy);
    },
  };
}
