import { sql } from "kysely";
import type { ListOf } from "#contract/list.ts";
import type { Transfer, TransferQuery, TransferStatus, TransferSummary } from "#contract/transfers.ts";
import { eventsOfDocuments } from "#features/ledger/events.ts";
import { columnsOf, recordFieldNames } from "#platform/database/columns.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import { type Caller, inOwnSites, maySeeSite } from "#platform/http/site-access.ts";
import { acrossSites, type Sites, sources } from "./rules.ts";

const head = sql`${columnsOf("d", [
  ...recordFieldNames,
  "number",
  "status",
  "fromSiteId",
  "toSiteId",
  "transitLocationId",
  "note",
  "createdBy",
  "sentBy",
  "sentAt",
  "endedAt",
])}, f.code AS "fromSiteCode", t.code AS "toSiteCode", (SELECT count(*) FROM transfer_line l WHERE l.transfer_id = d.id) AS "lineCount"`;
const joins = sql`JOIN site f ON f.id = d.from_site_id JOIN site t ON t.id = d.to_site_id`;

/** A transfer is seen from both of its ends. */
const atEitherEnd = (caller: Caller) => sql`(${inOwnSites(caller, "d.from_site_id")} OR ${inOwnSites(caller, "d.to_site_id")})`;

const id: SortColumn = { sql: sql.ref("d.id"), type: "uuid", unique: true };
const sortable: Record<string, SortColumn> = {
  number: { sql: sql.ref("d.number"), type: "text", unique: true },
  createdAt: { sql: sql.ref("d.created_at"), type: "timestamptz" },
};

/** Transfers from or to the caller's sites, the newest first. */
export function listTransfers(
  tx: Tx,
  context: Context,
  query: TransferQuery,
  secrets: readonly string[],
): Promise<ListOf<TransferSummary>> {
  const plan = planList(query, { list: "transfers", columns: sortable, byDefault: "-number", tieBreaker: id, secrets });
  const { siteId, status } = query;
  const where = [
    ...(context.siteIds === "all" ? [] : [atEitherEnd(context)]),
    ...(siteId === undefined ? [] : [maySeeSite(context, siteId) ? atEitherEnd({ siteIds: [siteId] }) : sql`false`]),
    ...(status === undefined ? [] : [sql`d.status = ${status}`]),
  ];
  return readList<TransferSummary>(tx, query, plan, { from: sql`transfer d`, alias: "d", where, columns: head, joins });
}

const lines = sql`
  SELECT coalesce(json_agg(json_build_object('id', l.id, 'lineNumber', l.line_number, 'itemId', l.item_id, 'sku', i.sku, 'itemName', i.name, 'uom', i.base_uom,
           'lotId', l.lot_id, 'lotCode', o.code, 'stockStatus', l.stock_status, 'fromLocationId', l.from_location_id, 'fromLocationCode', p.code,
           'quantity', l.quantity, 'receivedQuantity', l.received_quantity, 'writtenOffQuantity', l.written_off_quantity,
           'inTransitQuantity', CASE WHEN d.status IN ('DRAFT', 'CANCELLED') THEN 0 ELSE l.quantity - l.received_quantity - l.written_off_quantity END)
           ORDER BY l.line_number), '[]')
  FROM transfer_line l
  JOIN item i ON i.id = l.item_id
  JOIN location p ON p.id = l.from_location_id
  LEFT JOIN lot o ON o.id = l.lot_id
  WHERE l.transfer_id = d.id`;

const receipts = sql`
  SELECT coalesce(json_agg(json_build_object('id', r.id, 'note', r.note, 'userId', r.user_id, 'createdAt', r.created_at, 'reversedAt', r.reversed_at,
           'reversedBy', r.reversed_by, 'lines', (
             SELECT json_agg(json_build_object('lineId', a.transfer_line_id, 'quantity', a.quantity, 'stockStatus', a.stock_status,
                      'locationId', a.to_location_id, 'locationCode', p.code) ORDER BY a.line_number)
             FROM transfer_receipt_line a JOIN location p ON p.id = a.to_location_id WHERE a.receipt_id = r.id
           )) ORDER BY r.created_at, r.id), '[]')
  FROM transfer_receipt r WHERE r.transfer_id = d.id`;

/** One transfer with its lines, what was received of it and the events it wrote, for whoever works at one of its ends. Throws `404`. */
export async function getTransfer(tx: Tx, context: Context, transferId: string): Promise<Transfer> {
  const transfer = await tx.first(sql<Omit<Transfer, "events">>`
    SELECT ${head}, (${lines}) AS lines, (${receipts}) AS receipts FROM transfer d ${joins} WHERE d.id = ${transferId} AND ${atEitherEnd(context)}`);
  if (!transfer) throw new NotFoundError();
  const documents = [
    { type: sources.sending, id: transferId },
    { type: sources.closing, id: transferId },
    ...transfer.receipts.map((receipt) => ({ type: sources.receipt, id: receipt.id })),
  ];
  return { ...transfer, events: await eventsOfDocuments(tx, acrossSites(context, transfer), documents) };
}

export interface LockedTransfer extends Sites {
  id: string;
  number: string;
  version: number;
  status: TransferStatus;
  transitLocationId: string | null;
}

/** The transfer, held until this transaction ends: every step takes this lock first. Throws `404`. */
export async function lockTransfer(tx: Tx, context: Context, transferId: string): Promise<LockedTransfer> {
  const transfer = await tx.first(sql<LockedTransfer>`
    SELECT d.id, d.number, d.version, d.status, d.from_site_id AS "fromSiteId", d.to_site_id AS "toSiteId", d.transit_location_id AS "transitLocationId"
    FROM transfer d WHERE d.id = ${transferId} AND ${atEitherEnd(context)} FOR NO KEY UPDATE`);
  if (!transfer) throw new NotFoundError();
  return transfer;
}

/** A line of a transfer that is under way. */
export interface OpenLine {
  id: string;
  sku: string;
  itemId: string;
  lotId: string | null;
  stockStatus: "AVAILABLE" | "HOLD";
  fromLocationId: string;
  quantity: number;
  received: number;
  /** Neither received nor written off. */
  open: number;
}

export const readLines = (tx: Tx, transferId: string): Promise<OpenLine[]> =>
  tx.sql<OpenLine>(
    `SELECT l.id, i.sku, l.item_id AS "itemId", l.lot_id AS "lotId", l.stock_status AS "stockStatus", l.from_location_id AS "fromLocationId", l.quantity,
            l.received_quantity AS received, l.quantity - l.received_quantity - l.written_off_quantity AS open
     FROM transfer_line l JOIN item i ON i.id = l.item_id WHERE l.transfer_id = $1 ORDER BY l.line_number`,
    [transferId],
  );
