import { createHash } from "node:crypto";
import { sqlStateOf } from "#platform/database/connection-errors.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AppError, ConflictError, ValidationError } from "#platform/errors.ts";

export interface StoredAnswer {
  status: number;
  body: string;
}

/** The Idempotency-Key header, checked: 1 to 255 printable characters. */
export function readIdempotencyKey(request: Request): string | undefined {
  const key = request.headers.get("idempotency-key");
  if (key === null) return undefined;
  if (!/^[\x20-\x7e]{1,255}$/.test(key))
    throw new ValidationError([{ path: "Idempotency-Key", message: "Must be 1 to 255 printable characters" }]);
  return key;
}

/** What makes two requests the same: method, path (whether it names the version or not), query and body. */
export const hashOfRequest = (method: string, url: string, body: unknown) => {
  const { pathname, search } = new URL(url);
  return createHash("sha256")
    .update(JSON.stringify([method, pathname.replace(/^\/api\/v1\//, "/api/"), search, body ?? null]))
    .digest();
};

/**
 * Claims the key in the transaction of the work itself, so that claim and effect are saved or lost together. Answers what was
 * stored when the work was done before. A second one at the same time waits; `409` with `Retry-After` when that takes too long.
 */
export async function claimKey(tx: Tx, userId: string, key: string, requestHash: Buffer): Promise<StoredAnswer | undefined> {
  const claimed = await tx
    .sql<{ claimed: boolean }>(
      `INSERT INTO idempotency_key AS held (user_id, key, request_hash) VALUES ($1, $2, $3)
       ON CONFLICT (tenant_id, user_id, key) DO UPDATE
         SET request_hash = excluded.request_hash, response_status = NULL, response_body = NULL, created_at = now()
         WHERE held.created_at < now() - interval '24 hours'
       RETURNING true AS claimed`,
      [userId, key, requestHash],
    )
    .catch((error: unknown) => {
      if (sqlStateOf(error) !== "55P03") throw error;
      throw new ConflictError("IDEMPOTENCY_KEY_IN_USE", "The same request is still being worked on: ask again in a moment", undefined, 1);
    });
  if (claimed.length > 0) return undefined;

  const [held] = await tx.sql<{ request_hash: Buffer; response_status: number; response_body: string }>(
    "SELECT request_hash, response_status, response_body FROM idempotency_key WHERE user_id = $1 AND key = $2",
    [userId, key],
  );
  if (!held)
    throw new ConflictError("IDEMPOTENCY_KEY_IN_USE", "The same request is still being worked on: ask again in a moment", undefined, 1);
  if (!held.request_hash.equals(requestHash)) {
    throw new AppError("This Idempotency-Key was used for another request", { statusCode: 422, code: "IDEMPOTENCY_KEY_REUSED" });
  }
  return { status: held.response_status, body: held.response_body };
}

/** Keeps the answer beside the claim, to be given again. */
export const keepAnswer = (tx: Tx, userId: string, key: string, answer: StoredAnswer) =>
  tx.sqlBeforeCommit("UPDATE idempotency_key SET response_status = $3, response_body = $4 WHERE user_id = $1 AND key = $2", [
    userId,
    key,
    answer.status,
    answer.body,
  ]);
