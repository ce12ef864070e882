import { toCamelCase } from "#platform/database/constraints.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { type Column, type Present, type RecordKind, stored } from "./kind.ts";

export interface Written {
  created: number;
  changed: number;
}

/** One column of the table: its new value for a row that is there (`t` the record, `r` the row), and for a new one. */
interface Assignment {
  column: string;
  onUpdate: string;
  onInsert: string;
}

export interface RecordPlan {
  kind: RecordKind;
  /** Where rows come from: `import_row`, or what the kind made of it; named `r`. */
  from: string;
  /** Which record a row is about. */
  match: string;
  assignments: readonly Assignment[];
  /** Columns that only a new record is given, beside the assignments. */
  onInsertOnly: readonly { column: string; value: string }[];
  /** A row changes its record for other reasons too. */
  alsoDiffers?: string;
  /** Records that are there may come to refer to new ones. */
  newOnesFirst?: true;
}

/** The plan for a kind whose columns go straight into its table. */
export function straightPlan(kind: RecordKind, present: Present): RecordPlan {
  return {
    kind,
    from: "import_row r",
    match: kind.key.map((column) => `t.${column} = r.${column}`).join(" AND "),
    assignments: stored(kind, present).map(assignmentOf),
    onInsertOnly: kind.key.map((column) => ({ column, value: `r.${column}` })),
  };
}

export function assignmentOf({ name, whenEmpty }: Column): Assignment {
  if (whenEmpty === undefined) return { column: name, onUpdate: `r.${name}`, onInsert: `r.${name}` };
  return { column: name, onUpdate: `coalesce(r.${name}, t.${name})`, onInsert: `coalesce(r.${name}, ${whenEmpty})` };
}

/**
 * Brings the records in line with the rows: changes those that differ, each with its audit event, and makes those that are
 * missing. Two statements, however many rows. New records are told of by the audit event of the whole import.
 */
export async function writeRecords(tx: Tx, context: Context, plan: RecordPlan): Promise<Written> {
  const createdFirst = plan.newOnesFirst ? await insertRecords(tx, plan) : 0;
  const changed = await updateRecords(tx, context, plan);
  return { created: plan.newOnesFirst ? createdFirst : await insertRecords(tx, plan), changed };
}

async function updateRecords(tx: Tx, context: Context, { kind, from, match, assignments, alsoDiffers }: RecordPlan): Promise<number> {
  const differs = assignments.map(({ column, onUpdate }) => `t.${column} IS DISTINCT FROM ${onUpdate}`);
  if (alsoDiffers) differs.push(alsoDiffers);
  if (differs.length === 0) return 0;
  const sets = assignments.map(({ column, onUpdate }) => `${column} = ${onUpdate}, `).join("");
  const shown = (alias: string) => assignments.map(({ column }) => `'${toCamelCase(column)}', ${alias}.${column}`).join(", ");
  const [counted] = await tx.sql<{ count: number }>(
    `WITH before AS MATERIALIZED (
       SELECT t.* FROM ${kind.table} t JOIN ${from} ON ${match} WHERE ${differs.join(" OR ")} ORDER BY t.id FOR NO KEY UPDATE OF t
     ),
     changed AS (
       UPDATE ${kind.table} t SET ${sets} version = t.version + 1, updated_at = now()
       FROM before b, ${from} WHERE t.id = b.id AND ${match} RETURNING t.*
     ),
     told AS (
       INSERT INTO audit_event (user_id, action, entity_type, entity_id, before, after, request_id, ip_address)
       SELECT $1::uuid, $2, $3, b.id::text, jsonb_build_object(${shown("b")}), jsonb_build_object(${shown("c")}), $4, $5
       FROM before b JOIN changed c ON c.id = b.id
     )
     SELECT count(*) AS count FROM changed`,
    [context.userId, `${kind.entity}.updated`, kind.entity, context.requestId, context.ipAddress],
  );
  return counted?.count ?? 0;
}

async function insertRecords(tx: Tx, { kind, from, match, assignments, onInsertOnly }: RecordPlan): Promise<number> {
  const columns = [...onInsertOnly, ...assignments.map(({ column, onInsert }) => ({ column, value: onInsert }))];
  const [counted] = await tx.sql<{ count: number }>(
    `WITH created AS (
       INSERT INTO ${kind.table} (${columns.map(({ column }) => column).join(", ")})
       SELECT ${columns.map(({ value }) => value).join(", ")} FROM ${from}
       WHERE NOT EXISTS (SELECT FROM ${kind.table} t WHERE ${match}) ORDER BY r.line RETURNING 1
     )
     SELECT count(*) AS count FROM created`,
    [],
  );
  return counted?.count ?? 0;
}
