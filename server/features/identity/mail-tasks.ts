import { sql } from "kysely";
import { z } from "zod";
import { PasswordLinkPurpose } from "#contract/account.ts";
import { db } from "#platform/database/query-builder.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Tasks } from "#platform/jobs.ts";
import type { Services } from "#platform/services.ts";
import { passwordChangedMail, passwordLinkMail } from "./mails.ts";
import { issueLink } from "./password-links.ts";

const ResetRequest = z.object({ email: z.string() });
const ForMember = z.object({ tenantId: z.uuid(), userId: z.uuid() });
const ForLink = ForMember.extend({ purpose: PasswordLinkPurpose });

// Whoever asks for resets in someone's name sends them no more than this; the links they have are good.
const resetMailsMax = 3;

interface Member {
  email: string;
  name: string;
  tenantName: string;
  hasPassword: boolean;
  mailedResets: number;
}

/** What the worker does for people's passwords. A mail's link is made when it is sent: no job ever holds a token. */
export const createMailTasks = (services: Services): Tasks => ({
  "find-password-reset": async (payload) => {
    const { email } = ResetRequest.parse(payload);
    const members = await services.database.query<{ tenant_id: string; user_id: string }>("SELECT * FROM find_members($1)", [email]);
    for (const { tenant_id: tenantId, user_id: userId } of members) {
      await services.database.withTenant(tenantId, (tx) =>
        tx.sql("SELECT add_job('send-password-link', $1)", [{ userId, purpose: "RESET" }]),
      );
    }
  },

  "send-password-link": async (payload, signal) => {
    const { tenantId, userId, purpose } = ForLink.parse(payload);
    const made = await services.database.withTenant(tenantId, async (tx) => {
      // One at a time for a member, so that the mails on their way are counted.
      await tx.run(sql`SELECT 1 FROM membership WHERE user_id = ${userId} FOR NO KEY UPDATE`);
      const member = await findMember(tx, userId);
      if (!member || (purpose === "INVITATION" && member.hasPassword)) return undefined;
      if (purpose === "RESET" && member.mailedResets >= resetMailsMax) return undefined;
      return { member, link: await issueLink(tx, services.settings, { userId, purpose, mailed: true }) };
    });
    if (!made) return;
    try {
      await services.mail.send(passwordLinkMail(made.member, purpose, made.link.url), signal);
    } catch (error) {
      // The next try makes another: nobody has this one.
      await services.database.withTenant(tenantId, (tx) => tx.run(db.deleteFrom("password_link").where("id", "=", made.link.id)));
      throw error;
    }
  },

  "send-password-notice": async (payload, signal) => {
    const { tenantId, userId } = ForMember.parse(payload);
    const member = await services.database.withTenant(tenantId, (tx) => findMember(tx, userId), { readOnly: true });
    if (member) await services.mail.send(passwordChangedMail(member, services.settings.publicUrl), signal);
  },
});

const findMember = (tx: Tx, userId: string): Promise<Member | undefined> =>
  tx.first(sql<Member>`
    SELECT u.email, m.name, t.name AS "tenantName",
           EXISTS (SELECT FROM member_password p WHERE p.user_id = m.user_id) AS "hasPassword",
           (SELECT count(*)::int FROM password_link l
            WHERE l.user_id = m.user_id AND l.purpose = 'RESET' AND l.mailed AND l.expires_at > now()) AS "mailedResets"
    FROM membership m JOIN app_user u ON u.id = m.user_id JOIN tenant t ON t.id = m.tenant_id
    WHERE m.user_id = ${userId} AND m.active`);
