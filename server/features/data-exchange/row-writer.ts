import { escapeForCopy, special, specialFault } from "./cells.ts";
import type { Column, Kind } from "./kind.ts";
import { Missing, type Source } from "./sources.ts";

interface Fault {
  column: string;
  reason: string;
  value: string;
}

const shownCharactersMax = 200;

/**
 * Turns a row of the file into a line of COPY's text format: the line number, what is wrong with it, and a value for each of
 * the kind's columns that the file has. A row with a fault comes without values: it is only told, never written.
 */
export function rowWriter(
  kind: Kind,
  header: readonly string[],
  sources: ReadonlyMap<string, Source>,
): (cells: string[], line: number) => string {
  const columns = kind.columns.flatMap((column) => {
    const source = sources.get(column.name);
    return source ? [{ column, source }] : [];
  });
  const nothing = "\t\\N".repeat(columns.length);
  const faulty = (line: number, faults: readonly Fault[]) => `${line}\t${escapeForCopy(JSON.stringify(faults))}${nothing}\n`;

  return (cells, line) => {
    if (cells.length !== header.length) return faulty(line, [wrongCount(cells, header)]);
    let faults: Fault[] | undefined;
    let text = `${line}\t\\N`;
    for (const { column, source } of columns) {
      const given = source(cells);
      const value = given instanceof Missing ? given.reason : given.trim();
      const written = given instanceof Missing ? undefined : valueOf(column, value);
      if (written === undefined) (faults ??= []).push({ column: column.name, ...told(column, given, value) });
      else text += written;
    }
    return faults ? faulty(line, faults) : `${text}\n`;
  };
}

/** With the tab in front; undefined when it is wrong. */
function valueOf({ cell, required }: Column, text: string): string | undefined {
  if (text === "") return required ? undefined : "\t\\N";
  if (!special.test(text)) {
    const value = cell.read(text);
    return value === undefined ? undefined : `\t${value}`;
  }
  const value = specialFault(text) === undefined ? cell.read(text) : undefined;
  return value === undefined ? undefined : `\t${escapeForCopy(value)}`;
}

function told({ cell }: Column, given: string | Missing, text: string): { reason: string; value: string } {
  if (given instanceof Missing) return { reason: given.reason, value: "" };
  const reason = text === "" ? "Is required" : ((special.test(text) ? specialFault(text) : undefined) ?? cell.reason(text));
  return { reason, value: shown(text) };
}

const wrongCount = (cells: readonly string[], header: readonly string[]): Fault => ({
  column: "",
  reason: `Has ${cells.length} cells where the header has ${header.length}`,
  value: shown(cells.join(",")),
});

/** PostgreSQL has no text with a NUL in it, and no half of a surrogate pair. */
const shown = (text: string) => text.slice(0, shownCharactersMax).replaceAll("\0", "\uFFFD").toWellFormed();
