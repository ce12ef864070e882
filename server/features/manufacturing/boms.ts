import { sql } from "kysely";
import type { Bom, BomStep, CreateBom, UpdateBom } from "#contract/boms.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";
import { findComponents, writeComponents } from "./bom-components.ts";
import { lockStructure, requireNoLoop } from "./bom-loops.ts";
import { getBom, lockBom } from "./bom-queries.ts";

/** Drafts a bill. Throws what `findComponents` throws, `404`, `409 BOM_LOOP`, `ITEM_INACTIVE`, and `UNIQUE_CONSTRAINT_VIOLATION` for a version that is there. */
export async function createBom(tx: Tx, context: Context, { components, version, ...bom }: CreateBom): Promise<Bom> {
  const item = await tx.first(sql<{ sku: string; active: boolean }>`SELECT sku, active FROM item WHERE id = ${bom.itemId} FOR KEY SHARE`);
  if (!item) throw new NotFoundError();
  if (!item.active) throw new ConflictError("ITEM_INACTIVE", `${item.sku} is inactive: nothing more of it is made`, { sku: item.sku });
  await requireNoLoop(tx, { itemId: bom.itemId, sku: item.sku }, await findComponents(tx, components));
  const made = await tx.first(sql<{ id: string }>`
    INSERT INTO bom (item_id, revision, yield_quantity, effective_from, effective_to, note, created_by)
    VALUES (${bom.itemId}, ${version}, ${bom.yieldQuantity}, ${bom.effectiveFrom ?? null}, ${bom.effectiveTo ?? null}, ${bom.note || null}, ${context.userId})
    RETURNING id`);
  const bomId = made?.id ?? "";
  await writeComponents(tx, bomId, components);
  const after = await getBom(tx, bomId);
  await audit(tx, context, "bom.created", bomId, { after });
  return after;
}

/** Throws `409 INVALID_STATE` for components or a yield once the bill is no draft, and what `createBom` throws. */
export async function changeBom(
  tx: Tx,
  context: Context,
  bomId: string,
  basis: ChangeBasis,
  { components, yieldQuantity, ...changes }: Omit<UpdateBom, "version">,
): Promise<Bom> {
  const locked = requireCurrent(await lockBom(tx, bomId), basis);
  if (components || yieldQuantity !== undefined) requireStatus(locked, ["DRAFT"], "changed but for its dates and note");
  const before = await getBom(tx, bomId);
  const next = { ...before, ...changes, yieldQuantity: yieldQuantity ?? before.yieldQuantity };
  if (next.effectiveFrom && next.effectiveTo && next.effectiveTo < next.effectiveFrom)
    throw new ValidationError([{ path: "effectiveTo", message: "Must not be before effectiveFrom" }]);
  if (components) {
    await requireNoLoop(tx, locked, await findComponents(tx, components));
    await tx.run(sql`DELETE FROM bom_component WHERE bom_id = ${bomId}`);
    await writeComponents(tx, bomId, components);
  }
  await tx.run(sql`
    UPDATE bom SET yield_quantity = ${next.yieldQuantity}, effective_from = ${next.effectiveFrom}, effective_to = ${next.effectiveTo},
      note = ${next.note || null}, version = version + 1, updated_at = now() WHERE id = ${bomId}`);
  const after = await getBom(tx, bomId);
  await audit(tx, context, "bom.updated", bomId, { before, after });
  return after;
}

/** Makes a bill the item's active one; the one before it is retired. Throws `404`, `409 INVALID_STATE`, `BOM_LOOP` and `ITEM_INACTIVE`. */
export async function activateBom(tx: Tx, context: Context, bomId: string, { version, note }: BomStep): Promise<Bom> {
  await lockStructure(tx);
  const locked = requireCurrent(await lockBom(tx, bomId), { version, ifMatch: undefined });
  requireStatus(locked, ["DRAFT", "RETIRED"], "activated");
  const { components } = await getBom(tx, bomId);
  await requireNoLoop(tx, locked, components);
  const before = await tx.first(sql<{ id: string; revision: string }>`
    UPDATE bom SET status = 'RETIRED', version = version + 1, updated_at = now() WHERE item_id = ${locked.itemId} AND status = 'ACTIVE' RETURNING id, revision`);
  if (before) await audit(tx, context, "bom.retired", before.id, { after: { replacedBy: bomId } });
  await setStatus(tx, bomId, "ACTIVE");
  const after = await getBom(tx, bomId);
  await audit(tx, context, "bom.activated", bomId, {
    before: { status: locked.status },
    after: { status: "ACTIVE", ...(note ? { note } : {}) },
  });
  return after;
}

/** Takes the active bill out of use: nothing new is made by it. */
export async function retireBom(tx: Tx, context: Context, bomId: string, { version, note }: BomStep): Promise<Bom> {
  const locked = requireCurrent(await lockBom(tx, bomId), { version, ifMatch: undefined });
  requireStatus(locked, ["ACTIVE"], "retired");
  await setStatus(tx, bomId, "RETIRED");
  await audit(tx, context, "bom.retired", bomId, { before: { status: locked.status }, after: note ? { note } : {} });
  return await getBom(tx, bomId);
}

const setStatus = (tx: Tx, bomId: string, status: "ACTIVE" | "RETIRED") =>
  tx.run(sql`
    UPDATE bom SET status = ${status}, activated_at = coalesce(activated_at, now()), version = version + 1, updated_at = now() WHERE id = ${bomId}`);
