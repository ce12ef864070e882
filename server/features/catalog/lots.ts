import { sql } from "kysely";
import type { z } from "zod";
import type { CreateLot, Lot, LotQuery, Tracking, UpdateLot } from "#contract/catalog.ts";
import type { ListOf } from "#contract/list.ts";
import { watchThing } from "#features/alerts/watch.ts";
import { audit } from "#features/audit/audit.ts";
import { type RecordColumns, columnsOf, recordFieldNames, toColumns, touched } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList, searched } from "#platform/http/read-list.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    lot: LotTable;
  }
}
interface LotTable extends RecordColumns {
  item_id: string;
  code: string;
  expires_on: string | null;
  supplier_lot: string | null;
}

const columns = sql`${columnsOf("l", [...recordFieldNames, "itemId", "code", "expiresOn", "supplierLot"])}, i.sku`;
const joins = sql`JOIN item i ON i.id = l.item_id`;
const id: SortColumn = { sql: sql.ref("l.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  code: { sql: sql.ref("l.code"), type: "text" },
  expiresOn: { sql: sql.ref("l.expires_on"), type: "date", nullable: true },
  createdAt: { sql: sql.ref("l.created_at"), type: "timestamptz" },
};

export function listLots(tx: Tx, query: z.output<typeof LotQuery>, secrets: readonly string[]): Promise<ListOf<Lot>> {
  const plan = planList(query, { list: "lots", columns: sortable, byDefault: "code", tieBreaker: id, secrets });
  const where = [
    ...(query.itemId === undefined ? [] : [sql`l.item_id = ${query.itemId}`]),
    ...(query.from === undefined ? [] : [sql`l.expires_on >= ${query.from}`]),
    ...(query.to === undefined ? [] : [sql`l.expires_on <= ${query.to}`]),
    ...(query.search ? [searched("l.id", "search_lots", query.search)] : []),
  ];
  return readList<Lot>(tx, query, plan, { from: sql`lot l`, alias: "l", where, columns, joins });
}

export async function getLot(tx: Tx, lotId: string): Promise<Lot> {
  const lot = await tx.first(sql<Lot>`SELECT ${columns} FROM lot l ${joins} WHERE l.id = ${lotId}`);
  if (!lot) throw new NotFoundError();
  return lot;
}

export async function createLot(tx: Tx, context: Context, request: CreateLot): Promise<Lot> {
  // In share: the item's tracking stays what it is until the lot is there.
  const item = await tx.first(sql<{ tracking: Tracking }>`SELECT tracking FROM item WHERE id = ${request.itemId} FOR SHARE`);
  if (!item) throw new NotFoundError();
  if (item.tracking === "NONE") throw new ValidationError([{ path: "itemId", message: "Is not tracked by lot or serial number" }]);
  const created = await tx.first(db.insertInto("lot").values(toColumns(request)).returning("id"));
  const lot = await getLot(tx, created?.id ?? "");
  await audit(tx, context, "lot.created", lot.id, { after: lot });
  return lot;
}

export async function changeLot(
  tx: Tx,
  context: Context,
  lotId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateLot, "version">,
): Promise<Lot> {
  const before = requireCurrent(
    await tx.first(sql<Lot>`SELECT ${columns} FROM lot l ${joins} WHERE l.id = ${lotId} FOR NO KEY UPDATE OF l`),
    basis,
  );
  await tx.run(
    db
      .updateTable("lot")
      .set({ ...toColumns(changes), ...touched })
      .where("id", "=", lotId),
  );
  const after = await getLot(tx, lotId);
  if (after.expiresOn !== before.expiresOn) watchThing(tx, after.itemId);
  await audit(tx, context, "lot.updated", lotId, { before, after });
  return after;
}
