import { type Generated, sql } from "kysely";
import type { z } from "zod";
import type { CreateUnit, Unit, UnitQuery, UpdateUnit } from "#contract/catalog.ts";
import type { ListOf } from "#contract/list.ts";
import { audit } from "#features/audit/audit.ts";
import { type RecordColumns, columnsOf, recordFieldNames, toColumns, touched } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { isActive, readList, searched } from "#platform/http/read-list.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    unit: UnitTable;
  }
}
interface UnitTable extends RecordColumns {
  code: string;
  name: string;
  whole: boolean;
  active: Generated<boolean>;
}

const columns = columnsOf("u", [...recordFieldNames, "code", "name", "whole", "active"]);
const code: SortColumn = { sql: sql.ref("u.code"), type: "text", unique: true };
const sortable: Record<string, SortColumn> = {
  code,
  name: { sql: sql.ref("u.name"), type: "text" },
  createdAt: { sql: sql.ref("u.created_at"), type: "timestamptz" },
};

export function listUnits(tx: Tx, query: z.output<typeof UnitQuery>, secrets: readonly string[]): Promise<ListOf<Unit>> {
  const plan = planList(query, { list: "units", columns: sortable, byDefault: "code", tieBreaker: code, secrets });
  const where = [
    ...(query.active === undefined ? [] : [isActive("u", query.active)]),
    ...(query.search ? [searched("u.id", "search_units", query.search)] : []),
  ];
  return readList<Unit>(tx, query, plan, { from: sql`unit u`, alias: "u", where, columns });
}

export async function getUnit(tx: Tx, unitId: string): Promise<Unit> {
  const unit = await tx.first(sql<Unit>`SELECT ${columns} FROM unit u WHERE u.id = ${unitId}`);
  if (!unit) throw new NotFoundError();
  return unit;
}

export async function createUnit(tx: Tx, context: Context, request: CreateUnit): Promise<Unit> {
  const created = await tx.first(db.insertInto("unit").values(toColumns(request)).returning("id"));
  const unit = await getUnit(tx, created?.id ?? "");
  await audit(tx, context, "unit.created", unit.id, { after: unit });
  return unit;
}

/** An inactive unit stays where it is used and is offered nowhere else. */
export async function changeUnit(
  tx: Tx,
  context: Context,
  unitId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateUnit, "version">,
): Promise<Unit> {
  const before = requireCurrent(await tx.first(sql<Unit>`SELECT ${columns} FROM unit u WHERE u.id = ${unitId} FOR NO KEY UPDATE`), basis);
  await tx.run(
    db
      .updateTable("unit")
      .set({ ...toColumns(changes), ...touched })
      .where("id", "=", unitId),
  );
  const after = await getUnit(tx, unitId);
  await audit(tx, context, "unit.updated", unitId, { before, after });
  return after;
}
