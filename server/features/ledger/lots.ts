import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { bringsLots } from "./check.ts";
import type { Movement } from "./movement.ts";
import type { Resolved, ResolvedLot } from "./resolve.ts";
import type { PostRequest } from "./rules.ts";

// A lot without an expiry takes the one a receipt brings; without either, the item's shelf life counts from today. Line after line:
// where the first that brings a lot leaves its expiry open, the next that names one decides.
const ensureSql = `
  WITH ensured AS (
  INSERT INTO lot AS l (item_id, code, expires_on)
  SELECT r.item_id, r.code, coalesce((array_agg(r.expires_on ORDER BY r.line))[1], (now() AT TIME ZONE $2)::date + max(r.shelf_life_days),
    (array_agg(r.expires_on ORDER BY r.line) FILTER (WHERE r.expires_on IS NOT NULL))[1])
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, code text, expires_on date, shelf_life_days int)
  GROUP BY r.item_id, r.code
  ORDER BY r.item_id, r.code
  ON CONFLICT (tenant_id, item_id, code) DO UPDATE SET expires_on = coalesce(l.expires_on, excluded.expires_on),
    version = l.version + CASE WHEN l.expires_on IS NULL AND excluded.expires_on IS NOT NULL THEN 1 ELSE 0 END,
    updated_at = CASE WHEN l.expires_on IS NULL AND excluded.expires_on IS NOT NULL THEN now() ELSE l.updated_at END
  RETURNING id, item_id, code, expires_on, version, updated_at),
  audited AS (
    INSERT INTO audit_event (user_id, action, entity_type, entity_id, after, request_id, ip_address)
    SELECT $3, CASE version WHEN 1 THEN 'lot.created' ELSE 'lot.updated' END, 'lot', id, jsonb_build_object('code', code, 'expiresOn', expires_on, 'version', version), $4, $5
    FROM ensured WHERE updated_at = now())
  SELECT id, item_id AS "itemId", code, expires_on AS "expiresOn", coalesce(expires_on < (now() AT TIME ZONE $2)::date, false) AS expired FROM ensured`;

/** As many serial numbers as `chosen` finds in `lot l`, held in the order in which receipts make and change lots. */
export const lockSerialsSql = (chosen: string) => `
  SELECT count(*) AS count FROM (SELECT FROM lot l WHERE ${chosen} ORDER BY l.item_id, l.code FOR NO KEY UPDATE) held`;
const lockSerialsById = lockSerialsSql("l.id = ANY ($1::uuid[])");

/**
 * Locks the known serial numbers that move, before anything else is locked. The check that each is on hand once needs these locks at
 * commit: taken only then, they would wait for a receipt that holds the number and itself waits for our balances.
 */
export async function lockSerials(tx: Tx, moved: readonly Pick<Movement | Resolved, "item" | "lot">[]): Promise<void> {
  const ids = moved.flatMap(({ item, lot }) => (item?.tracking === "SERIAL" && lot ? [lot.id] : []));
  if (ids.length > 0) await tx.sql(lockSerialsById, [ids]);
}

/** The lots that `chosen` finds, in the order in which receipts make and change lots. */
export const shareLotsSql = (chosen: string) => `
  SELECT count(*) AS count FROM (SELECT FROM lot o WHERE o.id IN (${chosen}) ORDER BY o.item_id, o.code FOR KEY SHARE) held`;
const shareLotsById = shareLotsSql("SELECT unnest($1::uuid[])");

/** Keeps lots from being held as a whole while some of them moves: before any balance is locked, as `resolve` does it. */
export async function shareLots(tx: Tx, moved: readonly Pick<Movement, "lot">[]): Promise<void> {
  const ids = moved.flatMap(({ lot }) => (lot ? [lot.id] : []));
  if (ids.length > 0) await tx.sql(shareLotsById, [ids]);
}

/**
 * Makes the lots that receipts bring where they are not known, and answers every line with its lot as it now is: a later line may
 * use what an earlier one brought. Throws `409 LOT_EXPIRY_DIFFERS` when a known lot expires on another day.
 */
export async function ensureLots(
  tx: Tx,
  context: Context,
  requests: readonly PostRequest[],
  resolved: readonly Resolved[],
): Promise<readonly Resolved[]> {
  const codeOf = ({ line, lot }: Resolved) => requests[line]?.lotCode ?? lot?.code;
  const brought = resolved.filter((found) => {
    const request = requests[found.line] as PostRequest;
    const news = found.lot === null || (request.expiresOn !== undefined && request.expiresOn !== found.lot.expiresOn);
    return bringsLots(request) && codeOf(found) !== undefined && news;
  });
  if (brought.length === 0) return resolved;

  const rows = brought.map((found) => {
    const { line, item } = found;
    return { line, item_id: item?.id, code: codeOf(found), expires_on: requests[line]?.expiresOn, shelf_life_days: item?.shelfLifeDays };
  });
  const lots = await tx.sql<ResolvedLot>(ensureSql, [
    JSON.stringify(rows),
    context.timeZone,
    context.userId,
    context.requestId,
    context.ipAddress,
  ]);
  const byKey = new Map(lots.map((lot) => [`${lot.itemId} ${lot.code}`, lot]));
  return resolved.map((found) => {
    const request = requests[found.line] as PostRequest;
    const lot = byKey.get(`${found.item?.id} ${codeOf(found)}`);
    if (lot && bringsLots(request)) requireSameExpiry(request, lot, found.item?.sku);
    return lot ? { ...found, lot } : found;
  });
}

function requireSameExpiry({ expiresOn }: PostRequest, lot: ResolvedLot, sku: string | undefined): void {
  if (expiresOn === undefined || lot.expiresOn === expiresOn) return;
  const details = { sku, lotCode: lot.code, expiresOn: lot.expiresOn };
  throw new ConflictError("LOT_EXPIRY_DIFFERS", `Lot ${lot.code} of ${sku} expires on ${lot.expiresOn}, not on ${expiresOn}`, details);
}
