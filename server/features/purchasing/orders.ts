import { sql } from "kysely";
import type { CreatePurchaseOrder, PurchaseOrder, UpdatePurchaseOrder } from "#contract/purchase-orders.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { requireSite } from "#platform/http/site-access.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";
import { writeLines } from "./order-lines.ts";
import { lockOrder } from "./order-lock.ts";
import { getPurchaseOrder } from "./order-queries.ts";

/** Makes a draft. Throws what `writeLines` throws, `404` for supplier or site, `409 SUPPLIER_INACTIVE` or `INVALID_STATE` for a closed site. */
export async function createPurchaseOrder(tx: Tx, context: Context, request: CreatePurchaseOrder): Promise<PurchaseOrder> {
  const { supplierId, siteId, note, lines } = request;
  requireSite(context, siteId);
  await requireActiveSupplier(tx, supplierId);
  await requireOpenSite(tx, siteId);
  const [made] = await tx.sql<{ id: string }>("SELECT new_id() AS id", []);
  const id = made?.id ?? "";
  await writeLines(tx, { id, supplierId, timeZone: context.timeZone }, lines);
  // The number comes last: until this is committed, nobody else gets one.
  const head = tx.sql(
    `INSERT INTO purchase_order (id, number, supplier_id, site_id, note, created_by) VALUES ($1, next_document_number('PO'), $2, $3, $4, $5)`,
    [id, supplierId, siteId, note || null, context.userId],
  );
  const [, order] = await Promise.all([head, getPurchaseOrder(tx, context, id)]);
  await audit(tx, context, "purchase-order.created", id, { after: order, heardAt: [siteId] });
  return order;
}

/** Changes a draft. Throws `409 INVALID_STATE` once it was submitted. */
export async function changePurchaseOrder(
  tx: Tx,
  context: Context,
  orderId: string,
  basis: ChangeBasis,
  { note, lines }: Omit<UpdatePurchaseOrder, "version">,
): Promise<PurchaseOrder> {
  const locked = requireCurrent(await lockOrder(tx, context, orderId), basis);
  requireStatus(locked, ["DRAFT"], "changed");
  const before = await getPurchaseOrder(tx, context, orderId);
  if (lines) {
    await tx.run(sql`DELETE FROM purchase_order_line WHERE purchase_order_id = ${orderId}`);
    await writeLines(tx, { ...locked, timeZone: context.timeZone }, lines);
  }
  await tx.run(sql`
    UPDATE purchase_order SET note = ${note === undefined ? before.note : note || null}, version = version + 1, updated_at = now() WHERE id = ${orderId}`);
  const after = await getPurchaseOrder(tx, context, orderId);
  await audit(tx, context, "purchase-order.updated", orderId, { before, after, heardAt: [after.siteId] });
  return after;
}

/** Holds off whoever would take the supplier out of use until this transaction ends. Throws `404`, `409 SUPPLIER_INACTIVE`. */
export async function requireActiveSupplier(tx: Tx, supplierId: string): Promise<void> {
  const supplier = await tx.first(sql<{ code: string; active: boolean }>`
    SELECT code, active FROM supplier WHERE id = ${supplierId} FOR SHARE`);
  if (!supplier) throw new NotFoundError();
  if (!supplier.active)
    throw new ConflictError("SUPPLIER_INACTIVE", `${supplier.code} is out of use: nothing more is ordered there`, {
      supplierCode: supplier.code,
    });
}

async function requireOpenSite(tx: Tx, siteId: string): Promise<void> {
  const site = await tx.first(sql<{ active: boolean }>`SELECT active FROM site WHERE id = ${siteId} FOR SHARE`);
  if (!site) throw new NotFoundError();
  if (!site.active) throw new ConflictError("INVALID_STATE", "This site is closed");
}
