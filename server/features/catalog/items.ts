import { type Generated, sql } from "kysely";
import type { CreateItem, Item, ItemUnit, Tracking, UpdateItem } from "#contract/catalog.ts";
import { watchThing } from "#features/alerts/watch.ts";
import { audit } from "#features/audit/audit.ts";
import { type RecordColumns, toColumns, touched } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";
import { getItem } from "./item-queries.ts";
import { findUnitFaults, type KnownUnit, type Measures } from "./item-rules.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    item: ItemTable;
    item_unit: { item_id: string; uom: string; factor: number };
  }
}
interface ItemTable extends RecordColumns {
  sku: string;
  name: string;
  description: string | null;
  category: string | null;
  base_uom: string;
  tracking: Tracking;
  shelf_life_days: number | null;
  reorder_point: number | null;
  safety_stock: number | null;
  reorder_quantity: number | null;
  maximum_stock: number | null;
  abc_class: Item["abcClass"];
  standard_cost: number | null;
  active: Generated<boolean>;
}

export async function createItem(tx: Tx, context: Context, request: CreateItem): Promise<Item> {
  const { units = [], ...fields } = request;
  await requireUnits(tx, { ...fields, units });
  const created = await tx.first(db.insertInto("item").values(toColumns(fields)).returning("id"));
  const itemId = created?.id ?? "";
  await insertUnits(tx, itemId, units);
  const item = await getItem(tx, context, itemId);
  if (item.reorderPoint !== null) watchThing(tx, itemId);
  await audit(tx, context, "item.created", itemId, { after: item });
  return item;
}

/** Throws `409 IN_USE` for another base unit or tracking once the item moved, and when it is given up with stock on hand. */
export async function changeItem(
  tx: Tx,
  context: Context,
  itemId: string,
  basis: ChangeBasis,
  changes: Omit<UpdateItem, "version">,
): Promise<Item> {
  // Waits for postings under way, which hold the row in share, and keeps new ones waiting.
  const locked = await tx.first(sql<{ version: number }>`SELECT version FROM item WHERE id = ${itemId} FOR UPDATE`);
  requireCurrent(locked, basis);
  const before = await getItem(tx, context, itemId);
  const { units, ...fields } = changes;
  await requireChangeable(tx, before, changes);
  if (units !== undefined || fields.baseUom !== undefined || fields.tracking !== undefined)
    await requireUnits(tx, { ...before, ...fieldsGiven(changes) }, before);
  await tx.run(
    db
      .updateTable("item")
      .set({ ...toColumns(fields), ...touched })
      .where("id", "=", itemId),
  );
  if (units !== undefined) await replaceUnits(tx, itemId, units);
  const after = await getItem(tx, context, itemId);
  if (after.reorderPoint !== before.reorderPoint || after.active !== before.active) watchThing(tx, itemId);
  await audit(tx, context, "item.updated", itemId, { before, after });
  return after;
}

function fieldsGiven({ baseUom, tracking, units }: Omit<UpdateItem, "version">): Partial<Measures> {
  return {
    ...(baseUom === undefined ? {} : { baseUom }),
    ...(tracking === undefined ? {} : { tracking }),
    ...(units === undefined ? {} : { units }),
  };
}

async function requireChangeable(tx: Tx, before: Item, changes: Omit<UpdateItem, "version">): Promise<void> {
  const otherBase = changes.baseUom !== undefined && changes.baseUom !== before.baseUom;
  const otherTracking = changes.tracking !== undefined && changes.tracking !== before.tracking;
  if (otherBase || otherTracking) {
    const used = await tx.first(sql`
      SELECT 1 WHERE EXISTS (SELECT FROM inventory_event WHERE item_id = ${before.id}) OR EXISTS (SELECT FROM lot WHERE item_id = ${before.id} AND ${otherTracking})`);
    if (used)
      throw new ConflictError("IN_USE", "Base unit and tracking are fixed once an item has moved or has lots", {
        fields: [otherBase ? "baseUom" : "tracking"],
      });
  }
  if (changes.active === false && before.active) {
    const stocked = await tx.first(sql`SELECT 1 FROM inventory_balance WHERE item_id = ${before.id} AND on_hand > 0 LIMIT 1`);
    if (stocked) throw new ConflictError("IN_USE", "There is still stock of this item", { fields: ["active"] });
  }
}

async function requireUnits(tx: Tx, measures: Measures, before?: Item): Promise<void> {
  const codes = [measures.baseUom, ...measures.units.map(({ uom }) => uom)];
  const rows = await tx.many(sql<KnownUnit & { code: string }>`SELECT code, whole, active FROM unit WHERE code = ANY(${codes})`);
  const kept = new Set(before ? [before.baseUom, ...before.units.map(({ uom }) => uom)] : []);
  const faults = findUnitFaults(measures, new Map(rows.map((row) => [row.code, row])), kept);
  if (faults.length > 0) throw new ValidationError(faults);
}

/** A barcode of a unit that goes would count in nothing: it keeps the unit. */
async function replaceUnits(tx: Tx, itemId: string, units: readonly ItemUnit[]): Promise<void> {
  const uoms = units.map(({ uom }) => uom);
  const kept = await tx.first(sql<{ uom: string }>`
    SELECT c.uom FROM item_barcode c JOIN item_unit u ON u.item_id = c.item_id AND u.uom = c.uom
    WHERE c.item_id = ${itemId} AND NOT c.uom = ANY(${uoms}) LIMIT 1`);
  if (kept) throw new ConflictError("IN_USE", `A barcode counts in ${kept.uom}: remove it first`, { fields: ["units"] });
  await tx.run(db.deleteFrom("item_unit").where("item_id", "=", itemId));
  await insertUnits(tx, itemId, units);
}

async function insertUnits(tx: Tx, itemId: string, units: readonly ItemUnit[]): Promise<void> {
  if (units.length === 0) return;
  await tx.run(sql`
    INSERT INTO item_unit (item_id, uom, factor)
    SELECT ${itemId}::uuid, * FROM unnest(${units.map(({ uom }) => uom)}::text[], ${units.map(({ factor }) => factor)}::numeric[])`);
}
