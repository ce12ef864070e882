import { sql } from "kysely";
import type { CreateProductionOrder, ProductionOrder, UpdateProductionOrder } from "#contract/production.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { requireSite } from "#platform/http/site-access.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";
import { lockProductionOrder } from "./order-lock.ts";
import { getProductionOrder } from "./order-queries.ts";

/**
 * Plans an order. Throws `404`, `400` for a part of a whole unit, `409 ITEM_INACTIVE`, `INVALID_STATE` for a closed site, and `NO_BOM` where no bill is
 * active on the day it is due.
 */
export async function createProductionOrder(tx: Tx, context: Context, request: CreateProductionOrder): Promise<ProductionOrder> {
  const { itemId, siteId, quantity, dueDate, note } = request;
  requireSite(context, siteId);
  const item = await tx.first(sql<{ sku: string; active: boolean; uom: string; whole: boolean }>`
    SELECT i.sku, i.active, i.base_uom AS uom, u.whole FROM item i JOIN unit u ON u.code = i.base_uom WHERE i.id = ${itemId} FOR KEY SHARE OF i`);
  if (!item) throw new NotFoundError();
  if (!item.active) throw new ConflictError("ITEM_INACTIVE", `${item.sku} is inactive: nothing more of it is made`, { sku: item.sku });
  requireWhole(item, quantity);
  const site = await tx.first(sql<{ active: boolean }>`SELECT active FROM site WHERE id = ${siteId} FOR SHARE`);
  if (!site) throw new NotFoundError();
  if (!site.active) throw new ConflictError("INVALID_STATE", "This site is closed");
  const bomId = await chooseBom(tx, context, item.sku, request);
  const [made] = await tx.sql<{ id: string }>("SELECT new_id() AS id", []);
  const orderId = made?.id ?? "";
  await tx.sql(
    `INSERT INTO production_order (id, number, item_id, bom_id, site_id, quantity, due_date, note, created_by)
     VALUES ($1, next_document_number('MO'), $2, $3, $4, $5, $6, $7, $8)`,
    [orderId, itemId, bomId, siteId, quantity, dueDate ?? null, note || null, context.userId],
  );
  const order = await getProductionOrder(tx, context, orderId);
  await audit(tx, context, "production-order.created", orderId, { after: order, heardAt: [siteId] });
  return order;
}

async function chooseBom(tx: Tx, { timeZone }: Context, sku: string, { itemId, bomId, dueDate }: CreateProductionOrder): Promise<string> {
  const bom = await tx.first(sql<{ id: string; status: string; effective: boolean }>`
    SELECT b.id, b.status, coalesce(b.effective_from <= d.day, true) AND coalesce(b.effective_to >= d.day, true) AS effective
    FROM bom b CROSS JOIN (SELECT coalesce(${dueDate ?? null}::date, (now() AT TIME ZONE ${timeZone})::date) AS day) d
    WHERE b.item_id = ${itemId} AND ${bomId ? sql`b.id = ${bomId}` : sql`b.status = 'ACTIVE'`} FOR KEY SHARE OF b`);
  if (!bom && bomId) throw new NotFoundError();
  if (!bom || (!bomId && !bom.effective))
    throw new ConflictError(
      "NO_BOM",
      `${sku} has no active bill of materials${bom ? " for that day" : ""}: activate one, or name one by bomId`,
      { sku },
    );
  if (bom.status === "DRAFT")
    throw new ConflictError("INVALID_STATE", "This bill of materials is a draft: activate it first", { status: bom.status });
  return bom.id;
}

function requireWhole({ whole, uom }: { whole: boolean; uom: string }, quantity: number): void {
  if (whole && !Number.isInteger(quantity)) throw new ValidationError([{ path: "quantity", message: `${uom} is counted in whole units` }]);
}

/** Changes an order that is not released. Throws `404`, `409 INVALID_STATE`, `STALE_VERSION`. */
export async function changeProductionOrder(
  tx: Tx,
  context: Context,
  orderId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateProductionOrder, "version">,
): Promise<ProductionOrder> {
  const locked = requireCurrent(await lockProductionOrder(tx, context, orderId), basis);
  requireStatus(locked, ["PLANNED"], "changed");
  const before = await getProductionOrder(tx, context, orderId);
  const next = { ...before, ...changes, quantity: changes.quantity ?? before.quantity };
  const unit = await tx.first(sql<{ uom: string; whole: boolean }>`SELECT code AS uom, whole FROM unit WHERE code = ${before.uom}`);
  if (unit) requireWhole(unit, next.quantity);
  await tx.run(sql`
    UPDATE production_order SET quantity = ${next.quantity}, due_date = ${next.dueDate}, note = ${next.note || null}, version = version + 1, updated_at = now()
    WHERE id = ${orderId}`);
  const after = await getProductionOrder(tx, context, orderId);
  await audit(tx, context, "production-order.updated", orderId, { before, after, heardAt: [after.siteId] });
  return after;
}
