import { type RawBuilder, sql } from "kysely";
import type { InventoryEvent, ReverseEvent, StockStatus } from "#contract/ledger.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError, NotFoundError, ValidationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireActive } from "./check.ts";
import { eventColumns, eventJoins, withinOwnSites } from "./event-columns.ts";
import { lockSerials, shareLots } from "./lots.ts";
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
  visible: boolean;
}

/**
 * Undoes an event by a new one in the opposite direction, at the original's cost. Throws `404`, `403` for the role,
 * `409 ALREADY_REVERSED`, `ITEM_INACTIVE`, `LOCATION_INACTIVE`, `INVALID_STATE` for a reversal or an event that belongs to a document, and
 * `409 REVERSAL_BLOCKED` with the later events that already used the stock.
 */
export async function reverseEvent(tx: Tx, context: Context, id: string, { reasonCode, note }: ReverseEvent): Promise<PostedEvents> {
  const originals = await loadOriginals(tx, context, sql`e.id = ${id}`, reasonCode);
  if (originals.length === 0) throw new NotFoundError();
  return await reverse(tx, context, originals, { reasonCode, note }, null);
}

/**
 * Undoes everything that a document wrote, which may be nothing, whole or not at all, in as many statements however many events. The
 * caller holds the document's lock and knows that it is not reversed yet. Throws what `reverseEvent` throws, but for events of a
 * document; `404` when any of it lies in a site that the caller does not see.
 */
export async function reverseDocument(
  tx: Tx,
  context: Context,
  source: { type: string; id: string },
  reason: ReverseEvent,
): Promise<PostedEvents> {
  const written = sql`e.source_type = ${source.type} AND e.source_id = ${source.id} AND e.reverses_event_id IS NULL`;
  const originals = await loadOriginals(tx, context, written, reason.reasonCode);
  return originals.length === 0 ? { events: [], balances: [] } : await reverse(tx, context, originals, reason, source);
}

async function reverse(
  tx: Tx,
  context: Context,
  originals: readonly Original[],
  { reasonCode, note }: ReverseEvent,
  source: Movement["source"],
): Promise<PostedEvents> {
  for (const original of originals) {
    requireRoleFor(original.type, context.role);
    requireReversible(original, source);
    if (!original.reasonKnown)
      throw new ValidationError([{ path: "reasonCode", message: "There is no active reason code like this for this use" }]);
  }
  await requireOpen(tx, originals);
  const reversals = originals.map((original) => ({ ...reversalOf(original, reasonCode, note), source }));
  await shareLots(tx, reversals);
  await lockSerials(tx, reversals);
  try {
    return await write(tx, context, reversals);
  } catch (error) {
    if (error instanceof ConflictError && error.code === "INSUFFICIENT_STOCK") throw await blockedBy(tx, context, originals, error);
    throw error;
  }
}

/** The newest first, as they are to be undone. Throws `404` when the caller may not see all of them. */
async function loadOriginals(tx: Tx, context: Context, chosen: RawBuilder<unknown>, reasonCode: string): Promise<Original[]> {
  const place = (alias: "f" | "t") => {
    const at = (column: string) => sql.ref(`${alias}.${column}`);
    return sql`CASE WHEN ${at("id")} IS NOT NULL THEN jsonb_build_object('id', ${at("id")}, 'code', ${at("code")}, 'siteId', ${at("site_id")},
      'siteCode', (SELECT s.code FROM site s WHERE s.id = ${at("site_id")}), 'active', ${at("active")}) END`;
  };
  const originals = await tx.many(sql<Original>`
    SELECT ${eventColumns}, e.seq, e.from_status AS "fromStatus", e.to_status AS "toStatusStored", e.source_type AS "sourceType", l.expires_on AS "expiresOn",
      jsonb_build_object('id', i.id, 'sku', i.sku, 'name', i.name, 'baseUom', i.base_uom, 'tracking', i.tracking, 'whole', false, 'active', i.active) AS item,
      ${place("f")} AS "from", ${place("t")} AS "to",
      EXISTS (SELECT FROM reason_code c WHERE c.use = 'REVERSAL' AND c.code = ${reasonCode} AND c.active) AS "reasonKnown",
      (${withinOwnSites(context)}) AS visible
    FROM inventory_event e ${eventJoins} WHERE ${chosen} ORDER BY e.seq DESC`);
  if (originals.some(({ visible }) => !visible)) throw new NotFoundError();
  return originals;
}

/** `source`: the document that is undone as a whole; null where an event is undone by itself. */
function requireReversible(original: Original, source: Movement["source"]): void {
  if (original.reversedByEventId) throw alreadyReversed(original.reversedByEventId);
  if (original.reversesEventId)
    throw new ConflictError("INVALID_STATE", "This event is a reversal itself: post the movement anew instead", {
      reversesEventId: original.reversesEventId,
    });
  const ofDocument = source === null && original.sourceType !== null && original.sourceType !== "OPENING_BALANCE";
  if (ofDocument)
    throw new ConflictError("INVALID_STATE", "This event belongs to a document: reverse the document as a whole", {
      sourceType: original.sourceType,
    });
}

/** Nothing comes back into what is closed. Holds off whoever would close it until this transaction has ended. */
async function requireOpen(tx: Tx, originals: readonly Original[]): Promise<void> {
  const back = originals.filter(({ from, to }) => from !== null && from.id !== to?.id);
  if (back.length === 0) return;
  const places = back.map(({ item, from }, line) => ({ line, item_id: item.id, location_id: from?.id }));
  const open = await tx.many(sql<{ item: boolean; location: boolean }>`
    SELECT i.active AS item, l.active AND s.active AS location
    FROM jsonb_to_recordset(${JSON.stringify(places)}::jsonb) AS p(line int, item_id uuid, location_id uuid)
    JOIN item i ON i.id = p.item_id JOIN location l ON l.id = p.location_id JOIN site s ON s.id = l.site_id
    ORDER BY p.line FOR KEY SHARE OF i, l`);
  if (open.length < back.length) throw new NotFoundError();
  back.forEach(({ item, from, to }, line) =>
    requireActive(to === null ? { ...item, active: open[line]?.item === true } : null, {
      ...(from as ResolvedLocation),
      active: open[line]?.location === true,
    }),
  );
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
async function blockedBy(tx: Tx, context: Context, originals: readonly Original[], shortage: ConflictError): Promise<ConflictError> {
  const { itemId, locationId, lotId } = shortage.details ?? {};
  const original = originals.find((one) => one.itemId === itemId && one.toLocationId === locationId && one.lotId === lotId);
  if (!original) return shortage;
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
