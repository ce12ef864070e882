import { type Generated, sql } from "kysely";
import type { z } from "zod";
import type { ListOf } from "#contract/list.ts";
import type { CreateSupplier, Supplier, SupplierQuery, UpdateSupplier } from "#contract/purchasing.ts";
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
    supplier: SupplierTable;
  }
}
interface SupplierTable extends RecordColumns {
  code: string;
  name: string;
  email: string | null;
  phone: string | null;
  website: string | null;
  active: Generated<boolean>;
}

const columns = columnsOf("s", [...recordFieldNames, "code", "name", "email", "phone", "website", "active"]);
const id: SortColumn = { sql: sql.ref("s.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  code: { sql: sql.ref("s.code"), type: "text", unique: true },
  name: { sql: sql.ref("s.name"), type: "text" },
  createdAt: { sql: sql.ref("s.created_at"), type: "timestamptz" },
};

export function listSuppliers(tx: Tx, query: z.output<typeof SupplierQuery>, secrets: readonly string[]): Promise<ListOf<Supplier>> {
  const plan = planList(query, { list: "suppliers", columns: sortable, byDefault: "code", tieBreaker: id, secrets });
  const where = [
    ...(query.active === undefined ? [] : [isActive("s", query.active)]),
    ...(query.search ? [searched("s.id", "search_suppliers", query.search)] : []),
  ];
  return readList<Supplier>(tx, query, plan, { from: sql`supplier s`, alias: "s", where, columns });
}

export async function getSupplier(tx: Tx, supplierId: string): Promise<Supplier> {
  const supplier = await tx.first(sql<Supplier>`SELECT ${columns} FROM supplier s WHERE s.id = ${supplierId}`);
  if (!supplier) throw new NotFoundError();
  return supplier;
}

export async function createSupplier(tx: Tx, context: Context, request: CreateSupplier): Promise<Supplier> {
  const created = await tx.first(db.insertInto("supplier").values(toColumns(request)).returning("id"));
  const supplier = await getSupplier(tx, created?.id ?? "");
  await audit(tx, context, "supplier.created", supplier.id, { after: supplier });
  return supplier;
}

export async function changeSupplier(
  tx: Tx,
  context: Context,
  supplierId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateSupplier, "version">,
): Promise<Supplier> {
  const before = requireCurrent(
    await tx.first(sql<Supplier>`SELECT ${columns} FROM supplier s WHERE s.id = ${supplierId} FOR NO KEY UPDATE`),
    basis,
  );
  await tx.run(
    db
      .updateTable("supplier")
      .set({ ...toColumns(changes), ...touched })
      .where("id", "=", supplierId),
  );
  const after = await getSupplier(tx, supplierId);
  await audit(tx, context, "supplier.updated", supplierId, { before, after });
  return after;
}
