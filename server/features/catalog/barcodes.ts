import { sql } from "kysely";
import type { z } from "zod";
import type { Barcode, BarcodeQuery, CreateBarcode } from "#contract/catalog.ts";
import type { ListOf } from "#contract/list.ts";
import { audit } from "#features/audit/audit.ts";
import { type RecordColumns, columnsOf, recordFieldNames, toColumns } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    item_barcode: BarcodeTable;
  }
}
interface BarcodeTable extends RecordColumns {
  item_id: string;
  code: string;
  uom: string | null;
}

const columns = columnsOf("c", [...recordFieldNames, "itemId", "code", "uom"]);
const code: SortColumn = { sql: sql.ref("c.code"), type: "text", unique: true };

export async function listBarcodes(
  tx: Tx,
  itemId: string,
  query: z.output<typeof BarcodeQuery>,
  secrets: readonly string[],
): Promise<ListOf<Barcode>> {
  const plan = planList(query, { list: "barcodes", columns: { code }, byDefault: "code", tieBreaker: code, secrets });
  const item = await tx.first(sql`SELECT 1 FROM item WHERE id = ${itemId}`);
  if (!item) throw new NotFoundError();
  return await readList<Barcode>(tx, query, plan, { from: sql`item_barcode c`, alias: "c", where: [sql`c.item_id = ${itemId}`], columns });
}

/** `uom`: what one scan of this code counts; null is the base unit. Throws `400` for a unit that the item does not have. */
export async function addBarcode(tx: Tx, context: Context, itemId: string, request: CreateBarcode): Promise<Barcode> {
  const item = await tx.first(sql<{ uoms: string[] }>`
    SELECT i.base_uom || ARRAY(SELECT u.uom FROM item_unit u WHERE u.item_id = i.id) AS uoms FROM item i WHERE i.id = ${itemId} FOR SHARE OF i`);
  if (!item) throw new NotFoundError();
  if (request.uom !== null && !item.uoms.includes(request.uom))
    throw new ValidationError([{ path: "uom", message: `Is none of the item's units: ${item.uoms.join(", ")}` }]);
  const created = await tx.first(
    db
      .insertInto("item_barcode")
      .values({ ...toColumns(request), item_id: itemId })
      .returning("id"),
  );
  const barcode = await tx.first(sql<Barcode>`SELECT ${columns} FROM item_barcode c WHERE c.id = ${created?.id}`);
  if (!barcode) throw new NotFoundError();
  await audit(tx, context, "barcode.created", barcode.id, { after: barcode });
  return barcode;
}

export async function removeBarcode(tx: Tx, context: Context, itemId: string, barcodeId: string): Promise<void> {
  const before = await tx.first(
    sql<Barcode>`SELECT ${columns} FROM item_barcode c WHERE c.id = ${barcodeId} AND c.item_id = ${itemId} FOR UPDATE`,
  );
  if (!before) throw new NotFoundError();
  await tx.run(db.deleteFrom("item_barcode").where("id", "=", barcodeId));
  await audit(tx, context, "barcode.deleted", barcodeId, { before });
}
