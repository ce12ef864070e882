import { type Generated, sql } from "kysely";
import type { ListOf } from "#contract/list.ts";
import type { CreateSupplierItem, SupplierItem, SupplierItemQuery, UpdateSupplierItem } from "#contract/supplier-items.ts";
import { audit } from "#features/audit/audit.ts";
import { columnsOf, type RecordColumns, recordFieldNames, toColumns, touched } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    supplier_item: SupplierItemTable;
  }
}
interface SupplierItemTable extends RecordColumns {
  supplier_id: string;
  item_id: string;
  supplier_sku: Generated<string | null>;
  uom: string;
  unit_price: Generated<number | null>;
  lead_time_days: Generated<number | null>;
  minimum_quantity: Generated<number | null>;
  maximum_quantity: Generated<number | null>;
}

const terms = ["supplierSku", "uom", "unitPrice", "leadTimeDays", "minimumQuantity", "maximumQuantity"];
const columns = sql`${columnsOf("o", [...recordFieldNames, "supplierId", "itemId", ...terms])},
  s.code AS "supplierCode", s.name AS "supplierName", i.sku, i.name AS "itemName"`;
const joins = sql`JOIN supplier s ON s.id = o.supplier_id JOIN item i ON i.id = o.item_id`;
const id: SortColumn = { sql: sql.ref("o.id"), type: "uuid", unique: true };
const createdAt: SortColumn = { sql: sql.ref("o.created_at"), type: "timestamptz" };

export function listSupplierItems(tx: Tx, query: SupplierItemQuery, secrets: readonly string[]): Promise<ListOf<SupplierItem>> {
  const plan = planList(query, { list: "supplier items", columns: { createdAt }, byDefault: "createdAt", tieBreaker: id, secrets });
  const where = [
    ...(query.supplierId ? [sql`o.supplier_id = ${query.supplierId}`] : []),
    ...(query.itemId ? [sql`o.item_id = ${query.itemId}`] : []),
  ];
  return readList<SupplierItem>(tx, query, plan, { from: sql`supplier_item o`, alias: "o", where, columns, joins });
}

export async function getSupplierItem(tx: Tx, supplierItemId: string): Promise<SupplierItem> {
  const found = await tx.first(sql<SupplierItem>`SELECT ${columns} FROM supplier_item o ${joins} WHERE o.id = ${supplierItemId}`);
  if (!found) throw new NotFoundError();
  return found;
}

/** Throws `404` for supplier or item, `400` for a unit that the item has not, and `409` where the supplier has this item already. */
export async function createSupplierItem(tx: Tx, context: Context, request: CreateSupplierItem): Promise<SupplierItem> {
  const uom = await requireUnit(tx, request.itemId, request.uom);
  requireRange(request);
  const supplier = await tx.first(sql`SELECT 1 FROM supplier WHERE id = ${request.supplierId}`);
  if (!supplier) throw new NotFoundError();
  const values = { ...toColumns({ ...request, uom }) };
  const created = await tx.first(db.insertInto("supplier_item").values(values).returning("id"));
  const made = await getSupplierItem(tx, created?.id ?? "");
  await audit(tx, context, "supplier-item.created", made.id, { after: made });
  return made;
}

export async function changeSupplierItem(
  tx: Tx,
  context: Context,
  supplierItemId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateSupplierItem, "version">,
): Promise<SupplierItem> {
  const before = await lockSupplierItem(tx, supplierItemId);
  requireCurrent(before, basis);
  if (changes.uom !== undefined) await requireUnit(tx, before.itemId, changes.uom);
  requireRange({ ...before, ...changes });
  await tx.run(
    db
      .updateTable("supplier_item")
      .set({ ...toColumns(changes), ...touched })
      .where("id", "=", supplierItemId),
  );
  const after = await getSupplierItem(tx, supplierItemId);
  await audit(tx, context, "supplier-item.updated", supplierItemId, { before, after });
  return after;
}

export async function removeSupplierItem(tx: Tx, context: Context, supplierItemId: string): Promise<void> {
  const before = await lockSupplierItem(tx, supplierItemId);
  await tx.run(db.deleteFrom("supplier_item").where("id", "=", supplierItemId));
  await audit(tx, context, "supplier-item.deleted", supplierItemId, { before });
}

async function lockSupplierItem(tx: Tx, supplierItemId: string): Promise<SupplierItem> {
  const found = await tx.first(sql<SupplierItem>`
    SELECT ${columns} FROM supplier_item o ${joins} WHERE o.id = ${supplierItemId} FOR NO KEY UPDATE OF o`);
  if (!found) throw new NotFoundError();
  return found;
}

/** The unit that is meant, one of the item's, whose units stay what they are until this transaction ends. */
async function requireUnit(tx: Tx, itemId: string, uom: string | undefined): Promise<string> {
  const item = await tx.first(sql<{ baseUom: string; uoms: string[] }>`
    SELECT i.base_uom AS "baseUom", i.base_uom || ARRAY(SELECT u.uom FROM item_unit u WHERE u.item_id = i.id) AS uoms
    FROM item i WHERE i.id = ${itemId} FOR KEY SHARE OF i`);
  if (!item) throw new NotFoundError();
  if (uom !== undefined && !item.uoms.includes(uom))
    throw new ValidationError([{ path: "uom", message: `Is none of the item's units: ${item.uoms.join(", ")}` }]);
  return uom ?? item.baseUom;
}

function requireRange({ minimumQuantity: least, maximumQuantity: most }: Omit<UpdateSupplierItem, "version">): void {
  if (typeof least === "number" && typeof most === "number" && most < least)
    throw new ValidationError([{ path: "maximumQuantity", message: "Must not be less than minimumQuantity" }]);
}
