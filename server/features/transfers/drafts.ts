import { sql } from "kysely";
import type { CreateTransfer, Transfer, TransferStep, UpdateTransfer } from "#contract/transfers.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { requireStatus } from "#platform/http/document-status.ts";
import { maySeeSite } from "#platform/http/site-access.ts";
import { type ChangeBasis, requireCurrent } from "#platform/http/versioned.ts";
import { writeDraftLines } from "./draft-lines.ts";
import { bothEnds, requireEnd } from "./rules.ts";
import { getTransfer, lockTransfer } from "./transfer-queries.ts";

/** Makes a draft. Throws `404` for sites, places, items and lots, `400` by line, `409 INVALID_STATE` for a closed site. */
export async function createTransfer(tx: Tx, context: Context, { fromSiteId, toSiteId, note, lines }: CreateTransfer): Promise<Transfer> {
  await requireOpenSites(tx, context, { fromSiteId, toSiteId });
  const [made] = await tx.sql<{ id: string }>("SELECT new_id() AS id", []);
  const id = made?.id ?? "";
  await writeDraftLines(tx, { id, fromSiteId }, lines);
  // The number comes last: until this is committed, nobody else gets one.
  await tx.sql(
    `INSERT INTO transfer (id, number, from_site_id, to_site_id, note, created_by) VALUES ($1, next_document_number('TR'), $2, $3, $4, $5)`,
    [id, fromSiteId, toSiteId, note || null, context.userId],
  );
  const transfer = await getTransfer(tx, context, id);
  await audit(tx, context, "transfer.created", id, { after: transfer, heardAt: bothEnds(transfer) });
  return transfer;
}

/** Whoever plans a transfer works at both of its ends. */
async function requireOpenSites(tx: Tx, context: Context, sites: { fromSiteId: string; toSiteId: string }): Promise<void> {
  const ids = [sites.fromSiteId, sites.toSiteId];
  const known = await tx.many(
    sql<{ id: string; active: boolean }>`SELECT id, active FROM site WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR SHARE`,
  );
  const errors = (["fromSiteId", "toSiteId"] as const)
    .filter((field) => !maySeeSite(context, sites[field]) || !known.some(({ id }) => id === sites[field]))
    .map((path) => ({ path, message: "Not found" }));
  if (errors.length > 0) throw new AppError("Not found", { statusCode: 404, code: "NOT_FOUND", details: { errors } });
  if (known.some(({ active }) => !active)) throw new ConflictError("INVALID_STATE", "One of these sites is closed");
}

/** Changes a draft. Throws `409 INVALID_STATE` once it was sent, and `403 OTHER_SITE` to the receiving end. */
export async function changeTransfer(
  tx: Tx,
  context: Context,
  transferId: string,
  basis: ChangeBasis,
  { note, lines }: Omit<UpdateTransfer, "version">,
): Promise<Transfer> {
  const locked = requireCurrent(await lockTransfer(tx, context, transferId), basis);
  requireStatus(locked, ["DRAFT"], "changed");
  requireEnd(context, locked.fromSiteId, "change what it sends");
  const before = await getTransfer(tx, context, transferId);
  if (lines) {
    await tx.run(sql`DELETE FROM transfer_line WHERE transfer_id = ${transferId}`);
    await writeDraftLines(tx, locked, lines);
  }
  await tx.run(sql`
    UPDATE transfer SET note = ${note === undefined ? before.note : note || null}, version = version + 1, updated_at = now() WHERE id = ${transferId}`);
  const after = await getTransfer(tx, context, transferId);
  await audit(tx, context, "transfer.updated", transferId, { before, after, heardAt: bothEnds(after) });
  return after;
}

/** Ends a draft. Throws `404`, `409 INVALID_STATE` once it was sent, and `403 OTHER_SITE` to the receiving end. */
export async function cancelTransfer(tx: Tx, context: Context, transferId: string, { version }: TransferStep): Promise<Transfer> {
  const locked = requireCurrent(await lockTransfer(tx, context, transferId), { version, ifMatch: undefined });
  requireStatus(locked, ["DRAFT"], "cancelled");
  requireEnd(context, locked.fromSiteId, "cancel what it would send");
  await tx.run(
    sql`UPDATE transfer SET status = 'CANCELLED', ended_at = now(), version = version + 1, updated_at = now() WHERE id = ${transferId}`,
  );
  await audit(tx, context, "transfer.cancelled", transferId, {
    before: { status: locked.status },
    after: { status: "CANCELLED" },
    heardAt: bothEnds(locked),
  });
  return await getTransfer(tx, context, transferId);
}
