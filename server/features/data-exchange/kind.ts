import type { ImportKind } from "#contract/data-exchange.ts";
import type { Cell } from "./cells.ts";

/** One column of a kind of file, by the name that files give it. */
export interface Column {
  readonly name: string;
  readonly cell: Cell;
  /** The file must have it, and no cell of it may be empty. */
  readonly required?: true;
  /** Stands for an empty cell: a new record gets it, an existing one keeps what it has. SQL. */
  readonly whenEmpty?: string;
  /** The table has no column of this name: a statement of the kind's own takes care of it. */
  readonly apart?: true;
}

/** A kind of file: its columns, and which of them make a row unique. */
export interface Kind {
  readonly kind: ImportKind;
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  /** Identical lines are one line. Not so where each is an amount: nobody can say whether they are one amount or two. */
  readonly duplicatesCollapse: boolean;
  /** Several rows are one document, which comes in whole or not at all: bad rows cannot be skipped. */
  readonly ofDocuments?: true;
}

/** A kind whose rows become records of one table. */
export interface RecordKind extends Kind {
  readonly table: string;
  /** As the audit trail calls it. */
  readonly entity: string;
}

/** Which columns the file has; `site` is always there where the kind has it. */
export type Present = ReadonlySet<string>;

/** The columns that are in the file and in the table, except the key. */
export const stored = (kind: RecordKind, present: Present): Column[] =>
  kind.columns.filter(({ name, apart }) => present.has(name) && !apart && !kind.key.includes(name));
