import type { Tx } from "#platform/database/transaction.ts";
import { ConflictError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { bringsLots } from "./check.ts";
import type { Movement } from "./movement.ts";
import type { Resolved } from "./resolve.ts";
import type { PostRequest } from "./rules.ts";

// A lot without an expiry takes the one a receipt brings; without either, the item's shelf life counts from today.
const ensureSql = `
  INSERT INTO lot AS l (item_id, code, expires_on)
  SELECT DISTINCT ON (r.item_id, r.code) r.item_id, r.code, coalesce(r.expires_on, (now() AT TIME ZONE $2)::date + r.shelf_life_days)
  FROM jsonb_to_recordset($1::jsonb) AS r(line int, item_id uuid, code text, expires_on date, shelf_life_days int)
  ORDER BY r.item_id, r.code, r.line
  ON CONFLICT (tenant_id, item_id, code) DO UPDATE SET expires_on = coalesce(l.expires_on, excluded.expires_on), updated_at = now()
  RETURNING id, item_id AS "itemId", code, expires_on AS "expiresOn"`;

/** The lots that receipts bring: made where they are not known. By line; throws `409 LOT_EXPIRY_DIFFERS` when a known lot expires on another day. */
export async function ensureLots(tx: Tx, context: Context, requests: readonly PostRequest[], resolved: readonly Resolved[]): Promise<Map<number, NonNullable<Movement["lot"]>>> {
  const brought = resolved.filter(({ line, lot }) => {
    const request = requests[line] as PostRequest;
    return bringsLots(request) && request.lotCode !== undefined && (lot === null || (request.expiresOn !== undefined && request.expiresOn !== lot.expiresOn));
  });
  if (brought.length === 0) return new Map();

  const rows = brought.map(({ line, item }) => {
    const request = requests[line] as PostRequest;
    return { line, item_id: item?.id, code: request.lotCode, expires_on: request.expiresOn, shelf_life_days: item?.shelfLifeDays };
  });
  const lots = await tx.sql<{ id: string; itemId: string; code: string; expiresOn: string | null }>(ensureSql, [JSON.stringify(rows), context.timeZone]);
  const byKey = new Map(lots.map((lot) => [`${lot.itemId} ${lot.code}`, lot]));
  return new Map(
    brought.map(({ line, item }) => {
      const request = requests[line] as PostRequest;
      const lot = byKey.get(`${item?.id} ${request.lotCode}`);
      if (!lot) throw new Error("A lot that was just made is missing");
      if (request.expiresOn !== undefined && lot.expiresOn !== request.expiresOn) {
        const details = { sku: item?.sku, lotCode: lot.code, expiresOn: lot.expiresOn };
        throw new ConflictError("LOT_EXPIRY_DIFFERS", `Lot ${lot.code} of ${item?.sku} expires on ${lot.expiresOn}, not on ${request.expiresOn}`, details);
      }
      return [line, { id: lot.id, code: lot.code, expiresOn: lot.expiresOn }];
    }),
  );
}
