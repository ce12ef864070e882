import { sql } from "kysely";
import type { Me, UpdateMe } from "#contract/identity.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { AuthenticationError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";

/** A member of the transaction's tenant, with the sites they may work in: all for an Admin. */
export async function describeMe(tx: Tx, userId: string): Promise<Me> {
  const me = await tx.first(sql<Me>`
    SELECT json_build_object('id', u.id, 'email', u.email, 'name', m.name) AS "user",
           json_build_object('id', t.id, 'code', t.code, 'name', t.name, 'currency', t.currency, 'timeZone', t.time_zone) AS tenant,
           m.role,
           (SELECT coalesce(json_agg(json_build_object('id', s.id, 'code', s.code, 'name', s.name, 'active', s.active) ORDER BY s.code), '[]')
            FROM site s
            WHERE m.role = 'Admin' OR s.id IN (SELECT a.site_id FROM site_access a WHERE a.user_id = m.user_id)) AS sites,
           m.alert_digest AS "alertDigest"
    FROM membership m JOIN app_user u ON u.id = m.user_id JOIN tenant t ON t.id = m.tenant_id
    WHERE m.user_id = ${userId}`);
  // Only when the membership went away since the session was looked up.
  if (!me) throw new AuthenticationError();
  return me;
}

/** What people choose for themselves, in this company. */
export async function changeMe(tx: Tx, context: Context, { alertDigest }: UpdateMe): Promise<Me> {
  await tx.run(sql`SELECT 1 FROM membership WHERE user_id = ${context.userId} FOR NO KEY UPDATE`);
  const before = await describeMe(tx, context.userId);
  await tx.run(sql`UPDATE membership SET alert_digest = ${alertDigest}, updated_at = now() WHERE user_id = ${context.userId}`);
  await audit(tx, context, "user.digest-chosen", context.userId, { before: { alertDigest: before.alertDigest }, after: { alertDigest } });
  return { ...before, alertDigest };
}
