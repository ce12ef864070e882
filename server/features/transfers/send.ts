import { sql } from "kysely";
import type { ReverseTransfer, Transfer, TransferStep } from "#contract/transfers.ts";
import { audit } from "#features/audit/audit.ts";
import { post } from "#features/ledger/post.ts";
import { reverseDocument } from "#features/ledger/reverse.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { requireCurrent } from "#platform/http/versioned.ts";
import { bothEnds, requireEnd, sources } from "./rules.ts";
import { getTransfer, lockTransfer, readLines } from "./transfer-queries.ts";

/**
 * Takes everything on the transfer from its places into the site's first TRANSIT location. Throws `404`, `409 INVALID_STATE`,
 * `403 OTHER_SITE` to the receiving end, `409 NO_TRANSIT_LOCATION`, and what the ledger throws, by line.
 */
export async function sendTransfer(tx: Tx, context: Context, transferId: string, { version }: TransferStep): Promise<Transfer> {
  const transfer = requireCurrent(await lockTransfer(tx, context, transferId), { version, ifMatch: undefined });
  requireStatus(transfer, ["DRAFT"], "sent");
  requireEnd(context, transfer.fromSiteId, "send this");
  const transit = await transitOf(tx, transfer.fromSiteId);
  const lines = await readLines(tx, transferId);
  const events = lines.map(({ itemId, lotId, stockStatus, fromLocationId, quantity }) => ({
    type: "MOVE" as const,
    itemId,
    quantity,
    fromLocationId,
    toLocationId: transit,
    status: stockStatus,
    source: { type: sources.sending, id: transferId },
    ...(lotId === null ? {} : { lotId }),
  }));
  await post(tx, context, events, (line, field) => `lines.${line}.${field}`);
  await tx.run(sql`
    UPDATE transfer SET status = 'SENT', transit_location_id = ${transit}, sent_by = ${context.userId}, sent_at = now(), version = version + 1, updated_at = now()
    WHERE id = ${transferId}`);
  const sent = await getTransfer(tx, context, transferId);
  await audit(tx, context, "transfer.sent", transferId, {
    before: { status: transfer.status },
    after: { ...sent, events: undefined },
    heardAt: bothEnds(transfer),
  });
  return sent;
}

async function transitOf(tx: Tx, siteId: string): Promise<string> {
  const place = await tx.first(sql<{ id: string }>`
    SELECT id FROM location WHERE site_id = ${siteId} AND type = 'TRANSIT' AND active ORDER BY code LIMIT 1`);
  if (!place)
    throw new ConflictError(
      "NO_TRANSIT_LOCATION",
      "The sending site has no active location of type TRANSIT: add one, for what is on its way",
    );
  return place.id;
}

/**
 * Undoes a sending of which nothing is received, and ends the transfer: everything is back where it came from. Throws `404`,
 * `409 INVALID_STATE`, `403 OTHER_SITE` to the receiving end, and what `reverseDocument` throws.
 */
export async function reverseSending(tx: Tx, context: Context, transferId: string, reason: ReverseTransfer): Promise<Transfer> {
  const transfer = await lockTransfer(tx, context, transferId);
  requireStatus(transfer, ["SENT"], "taken back");
  requireEnd(context, transfer.fromSiteId, "take this back");
  await reverseDocument(tx, context, { type: sources.sending, id: transferId }, reason);
  await tx.run(
    sql`UPDATE transfer SET status = 'CANCELLED', ended_at = now(), version = version + 1, updated_at = now() WHERE id = ${transferId}`,
  );
  await audit(tx, context, "transfer.reversed", transferId, {
    heardAt: bothEnds(transfer),
    before: { status: transfer.status },
    after: { status: "CANCELLED", ...reason },
  });
  return await getTransfer(tx, context, transferId);
}
