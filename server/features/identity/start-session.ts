import { type Generated, sql } from "kysely";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Services } from "#platform/services.ts";

declare module "#platform/database/tables.ts" {
  interface Tables {
    session: {
      id: Generated<string>;
      user_id: string;
      token_hash: Buffer;
      ip_address: string | null;
      user_agent: string | null;
      expires_at: string;
    };
  }
}

/** Where a request comes from, as far as a session remembers it. */
export interface Origin {
  raw: Request;
  /** The request's. */
  id: string;
  ipAddress: string;
  userAgent: string | null;
}

const sessionsMax = 100;

/** A new token every time: a cookie that someone planted before never becomes a session. Answers the cookie to set. */
export async function startSession(tx: Tx, { settings, sessions }: Services, userId: string, origin: Origin): Promise<string> {
  const { absoluteHours } = settings.session;
  const { tokenHash, setCookie } = sessions.issue(absoluteHours * 3_600);
  await tx.run(
    db.insertInto("session").values({
      user_id: userId,
      token_hash: tokenHash,
      ip_address: origin.ipAddress,
      user_agent: origin.userAgent?.slice(0, 500) ?? null,
      expires_at: sql<string>`now() + make_interval(hours => ${absoluteHours})`,
    }),
  );
  // A program that signs in for every request must not fill the table.
  await tx.run(sql`
    DELETE FROM session WHERE user_id = ${userId} AND id IN (
      SELECT id FROM session WHERE user_id = ${userId} ORDER BY id DESC OFFSET ${sessionsMax})`);
  return setCookie;
}

// A session that idled too long is ended as well.
const endSessionSql = `SELECT end_session($1), (SELECT tenant_id FROM find_session($1, '100 years')) AS "tenantId"`;

/** Ends the session of the request's cookie, if it has one of ours. */
export async function endSession(services: Services, request: Request): Promise<void> {
  const tokenHash = services.sessions.read(request.headers.get("cookie"));
  if (!tokenHash) return;
  const [ended] = await services.database.query<{ tenantId: string | null }>(endSessionSql, [tokenHash]);
  if (ended?.tenantId) services.tellChange(ended.tenantId, { topic: "session", heardAt: "everywhere" });
}
