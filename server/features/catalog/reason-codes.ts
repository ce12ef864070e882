import { type Generated, sql } from "kysely";
import type { z } from "zod";
import type { CreateReasonCode, ReasonCode, ReasonCodeQuery, ReasonUse, UpdateReasonCode } from "#contract/catalog.ts";
import type { ListOf } from "#contract/list.ts";
import { audit } from "#features/audit/audit.ts";
import { type RecordColumns, columnsOf, recordFieldNames, toColumns, touched } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { isActive, readList, searched } from "#platform/http/read-list.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    reason_code: ReasonCodeTable;
  }
}
interface ReasonCodeTable extends RecordColumns {
  code: string;
  name: string;
  use: ReasonUse;
  active: Generated<boolean>;
}

const columns = columnsOf("r", [...recordFieldNames, "code", "name", "use", "active"]);
const id: SortColumn = { sql: sql.ref("r.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  code: { sql: sql.ref("r.code"), type: "text" },
  use: { sql: sql.ref("r.use"), type: "text" },
  name: { sql: sql.ref("r.name"), type: "text" },
  createdAt: { sql: sql.ref("r.created_at"), type: "timestamptz" },
};

export function listReasonCodes(tx: Tx, query: z.output<typeof ReasonCodeQuery>, secrets: readonly string[]): Promise<ListOf<ReasonCode>> {
  const plan = planList(query, { list: "reason codes", columns: sortable, byDefault: "use,code", tieBreaker: id, secrets });
  const where = [
    ...(query.use === undefined ? [] : [sql`r.use = ${query.use}`]),
    ...(query.active === undefined ? [] : [isActive("r", query.active)]),
    ...(query.search ? [searched("r.id", "search_reason_codes", query.search)] : []),
  ];
  return readList<ReasonCode>(tx, query, plan, { from: sql`reason_code r`, alias: "r", where, columns });
}

export async function getReasonCode(tx: Tx, reasonCodeId: string): Promise<ReasonCode> {
  const reasonCode = await tx.first(sql<ReasonCode>`SELECT ${columns} FROM reason_code r WHERE r.id = ${reasonCodeId}`);
  if (!reasonCode) throw new NotFoundError();
  return reasonCode;
}

/** Throws `400` on `reasonCode` unless it may explain something of this use. */
export async function requireReason(tx: Tx, use: ReasonUse, code: string): Promise<void> {
  const known = await tx.sql("SELECT 1 FROM reason_code WHERE use = $1 AND code = $2 AND active", [use, code]);
  if (known.length === 0)
    throw new ValidationError([{ path: "reasonCode", message: `There is no active reason code like this of use ${use}` }]);
}

export async function createReasonCode(tx: Tx, context: Context, request: CreateReasonCode): Promise<ReasonCode> {
  const created = await tx.first(db.insertInto("reason_code").values(toColumns(request)).returning("id"));
  const reasonCode = await getReasonCode(tx, created?.id ?? "");
  await audit(tx, context, "reason-code.created", reasonCode.id, { after: reasonCode });
  return reasonCode;
}

/** An inactive code stays on what it explained and explains nothing new. */
export async function changeReasonCode(
  tx: Tx,
  context: Context,
  reasonCodeId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateReasonCode, "version">,
): Promise<ReasonCode> {
  const before = requireCurrent(
    await tx.first(sql<ReasonCode>`SELECT ${columns} FROM reason_code r WHERE r.id = ${reasonCodeId} FOR NO KEY UPDATE`),
    basis,
  );
  await tx.run(
    db
      .updateTable("reason_code")
      .set({ ...toColumns(changes), ...touched })
      .where("id", "=", reasonCodeId),
  );
  const after = await getReasonCode(tx, reasonCodeId);
  await audit(tx, context, "reason-code.updated", reasonCodeId, { before, after });
  return after;
}
