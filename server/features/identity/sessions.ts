import { sql } from "kysely";
import type { z } from "zod";
import type { Session, SessionQuery } from "#contract/account.ts";
import type { ListOf } from "#contract/list.ts";
import { audit } from "#features/audit/audit.ts";
import { columnsOf } from "#platform/database/columns.ts";
import { db } from "#platform/database/query-builder.ts";
import { tellSecurityEvent } from "#platform/database/after-commit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";
import type { Services } from "#platform/services.ts";
import { describeDevice } from "./device.ts";
import { getUser } from "./user-queries.ts";

// Made in the order of time.
const id: SortColumn = { sql: sql.ref("s.id"), type: "uuid", unique: true };

/** Where a member is signed in to this company, the newest first. Throws `404` for who is no member. */
export async function listSessions(
  tx: Tx,
  context: Context,
  userId: string,
  query: z.output<typeof SessionQuery>,
  { cursorSecrets, session: { idleMinutes } }: Services["settings"],
): Promise<ListOf<Session>> {
  if (userId !== context.userId) await getUser(tx, userId);
  const plan = planList(query, {
    list: "sessions",
    columns: { createdAt: id },
    byDefault: "-createdAt",
    tieBreaker: id,
    secrets: cursorSecrets,
  });
  const live = sql`s.expires_at > now() AND s.last_seen_at > now() - make_interval(mins => ${idleMinutes})`;
  const { items, page } = await readList<Omit<Session, "device">>(tx, query, plan, {
    from: sql`session s`,
    alias: "s",
    where: [sql`s.user_id = ${userId}`, live],
    columns: sql`${columnsOf("s", ["id", "createdAt", "lastSeenAt", "expiresAt", "ipAddress", "userAgent"])},
      s.id = ${context.sessionId} AS current`,
  });
  return { items: items.map((session) => ({ ...session, device: describeDevice(session.userAgent) })), page };
}

/** Ends one session of a member; whoever has its cookie is signed out at the next request. Throws `404`. */
export async function endSessionOf(tx: Tx, context: Context, userId: string, sessionId: string): Promise<void> {
  const ended = await tx.run(db.deleteFrom("session").where("id", "=", sessionId).where("user_id", "=", userId));
  if (ended === 0) throw new NotFoundError();
  await audit(tx, context, "session.ended", sessionId, { before: { userId } });
  tellSecurityEvent(tx, context.log, "A session was ended", "low", { sessionOf: userId, sessionId });
}

/** Ends all sessions of a member, except the one that asks. Answers how many there were; throws `404` for who is no member. */
export async function endSessionsOf(tx: Tx, context: Context, userId: string): Promise<{ ended: number }> {
  if (userId !== context.userId) await getUser(tx, userId);
  const ended = await tx.run(sql`DELETE FROM session WHERE user_id = ${userId} AND id IS DISTINCT FROM ${context.sessionId}`);
  await audit(tx, context, "user.sessions-ended", userId, { after: { ended } });
  tellSecurityEvent(tx, context.log, "Sessions were ended", "low", { sessionsOf: userId, ended });
  return { ended };
}
