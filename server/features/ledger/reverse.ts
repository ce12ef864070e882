import { sql } from "kysely";
import type { InventoryEvent, ReverseEvent, StockStatus } from "#contract/ledger.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireActive } from "./check.ts";
import { eventColumns, eventJoins, withinOwnSites } from "./event-columns.ts";
import { lockSerials } from "./lots.ts";
import type { Movement } from "./movement.ts";
import { type PostedEvents, write } from "./post.ts";
import type { ResolvedLocation } from "./resolve.ts";
import { requireRoleFor } from "./rules.ts";

const blockersMax = 50;

/** What an event says, and what its reversal needs to know besides. */
interface Original extends InventoryEvent {
  seq: number;
  fromStatus: StockStatus | null;
  toStatusStored: StockStatus | null;
  sourceType: string | null;
  expiresOn: string | null;
  item: Movement["item"];
  from: ResolvedLocation | null;
  to: ResolvedLocation | null;
  reasonKnown: boolean;
}

/**
 * Undoes an event by a new one in the opposite direction, at the original's cost. Throws `404`, `403` for the role,
 * `409 ALREADY_REVERSED`, `ITEM_INACTIVE`, `LOCATION_INACTIVE`, `INVALID_STATE` for a reversal or an event that belongs to a document, and
 * `409 REVERSAL_BLOCKED` with the later events that already used the stock.
 */
export async function reverseEvent(tx: Tx, context: Context, id: string, { reasonCode, note }: ReverseEvent): Promise<PostedEvents> {
  const original = await loadOriginal(tx, context, id, reasonCode);
  requireRoleFor(original.type, context.role);
  requireReversible(original);
  if (!original.reasonKnown)
    throw new ValidationError([{ path: "reasonCode", message: "There is no active reason code like this for this use" }]);
  await requireOpen(tx, original);
  const reversal = reversalOf(original, reasonCode, note);
  await lockSerials(tx, [reversal]);
  try {
    return await write(tx, context, [reversal]);
  } catch (error) {
    if (error instanceof ConflictError && error.code === "INSUFFICIENT_STOCK") throw await blockedBy(tx, context, original, error);
    throw error;
  }
}

async function loadOriginal(tx: Tx, context: Context, id: string, reasonCode: string): Promise<Original> {
  const place = (alias: "f" | "t") => {
    const at = (column: string) => sql.ref(`${alias}.${column}`);
    return sql`CASE WHEN ${at("id")} IS NOT NULL THEN jsonb_build_object('id', ${at("id")}, 'code', ${at("code")}, 'siteId', ${at("site_id")},
      'siteCode', (SELECT s.code FROM site s WHERE s.id = ${at("site_id")}), 'active', ${at("active")}) END`;
  };
  const original = await tx.first(sql<Original>`
    SELECT ${eventColumns}, e.seq, e.from_status AS "fromStatus", e.to_status AS "toStatusStored", e.source_type AS "sourceType", l.expires_on AS "expiresOn",
      jsonb_build_object('id', i.id, 'sku', i.sku, 'name', i.name, 'baseUom', i.base_uom, 'tracking', i.tracking, 'whole', false, 'active', i.active) AS item,
      ${place("f")} AS "from", ${place("t")} AS "to",
      EXISTS (SELECT FROM reason_code c WHERE c.use = 'REVERSAL' AND c.code = ${reasonCode} AND c.active) AS "reasonKnown"
    FROM inventory_event e ${eventJoins} WHERE e.id = ${id} AND ${withinOwnSites(context)}`);
  if (!original) throw new NotFoundError();
  return original;
}

function requireReversible(original: Original): void {
  if (original.reversedByEventId) throw alreadyReversed(original.reversedByEventId);
  if (original.reversesEventId)
    throw new ConflictError("INVALID_STATE", "This event is a reversal itself: post the movement anew instead", {
      reversesEventId: original.reversesEventId,
    });
  const ofDocument = original.sourceType !== null && original.sourceType !== "OPENING_BALANCE";
  if (ofDocument)
    throw new ConflictError("INVALID_STATE", "This event belongs to a document: reverse the document as a whole", {
      sourceType: original.sourceType,
    });
}

/** Nothing comes back into what is closed. Holds off whoever would close it until this transaction has ended. */
async function requireOpen(tx: Tx, { item, from, to }: Original): Promise<void> {
  if (from === null || from.id === to?.id) return;
  const open = await tx.first(sql<{ item: boolean; location: boolean }>`
    SELECT i.active AS item, l.active AND s.active AS location FROM item i CROSS JOIN location l JOIN site s ON s.id = l.site_id
    WHERE i.id = ${item.id} AND l.id = ${from.id} FOR KEY SHARE OF i, l`);
  if (!open) throw new NotFoundError();
  requireActive(to === null ? { ...item, active: open.item } : null, { ...from, active: open.location });
}

const alreadyReversed = (reversedByEventId: string) =>
  new ConflictError("ALREADY_REVERSED", "This event is reversed already", { reversedByEventId });

function reversalOf(original: Original, reasonCode: string, note: string | undefined): Movement {
  return {
    type: original.type,
    quantity: original.quantity,
    enteredQuantity: original.enteredQuantity,
    enteredUom: original.enteredUom,
    statuses: { from: original.toStatusStored, to: original.fromStatus },
    unitCost: original.unitCost,
    reasonCode,
    note: note || null,
    reversesEventId: original.id,
    source: null,
    occurredAt: null,
    item: original.item,
    from: original.to,
    to: original.from,
    lot: original.lotId === null ? null : { id: original.lotId, code: original.lotCode as string, expiresOn: original.expiresOn },
  };
}

/** What has to be undone first: later events that took from where the original put it, newest first. */
async function blockedBy(tx: Tx, context: Context, original: Original, shortage: ConflictError): Promise<ConflictError> {
  // Someone else may have reversed it while we waited for the locks.
  const done = await tx.first(sql<{ id: string }>`SELECT id FROM inventory_event WHERE reverses_event_id = ${original.id}`);
  if (done) return alreadyReversed(done.id);
  const taken = await tx.many(sql<
    Pick<InventoryEvent, "id" | "type" | "quantity" | "recordedAt" | "userName" | "reversesEventId"> & { visible: boolean }
  >`
    SELECT ${eventColumns}, (${withinOwnSites(context)}) AS visible FROM inventory_event e ${eventJoins}
    WHERE e.item_id = ${original.itemId} AND e.seq > ${original.seq} AND e.from_location_id = ${original.toLocationId} AND e.from_status = ${original.toStatusStored}
      AND e.lot_id IS NOT DISTINCT FROM ${original.lotId}::uuid AND r.id IS NULL
    ORDER BY e.seq DESC LIMIT ${blockersMax}`);
  const seen = taken.filter(({ visible }) => visible);
  const hidden = taken.length - seen.length;
  // A reversal cannot be undone itself: it is named only where nothing else is.
  const undoable = seen.filter(({ reversesEventId }) => reversesEventId === null);
  const blockers = undoable.length > 0 ? undoable : seen;
  return new ConflictError(
    "REVERSAL_BLOCKED",
    `Later movements already used this stock (${shortage.message}): undo them first${hidden > 0 ? `; ${hidden} of them in sites that you cannot see` : ""}`,
    {
      ...shortage.details,
      blockers: blockers.map(({ id, type, quantity, recordedAt, userName }) => ({ id, type, quantity, recordedAt, userName })),
      hiddenBlockers: hidden,
    },
  );
}
