import { z } from "zod";
import type { Tasks } from "#platform/jobs.ts";
import type { Services } from "#platform/services.ts";
import { digestMail, readDigest } from "./digest.ts";
import { findAlerts } from "./find-alerts.ts";

const Find = z.object({ tenantId: z.uuid(), things: z.array(z.uuid()).optional() });
const ForTenant = z.object({ tenantId: z.uuid() });
const ForMember = ForTenant.extend({ userId: z.uuid() });

/** What the worker does about alerts: finds them, and mails those that are open to who asked for it. */
export const createAlertTasks = ({ database, mail, settings }: Pick<Services, "database" | "mail" | "settings">): Tasks => ({
  "find-alerts": async (payload) => {
    const { tenantId, things } = Find.parse(payload);
    await database.withTenant(tenantId, (tx) => findAlerts(tx, things));
  },

  "send-alert-digests": async (payload) => {
    const { tenantId } = ForTenant.parse(payload);
    if (mail.delivery === "NONE") return;
    await database.withTenant(tenantId, (tx) =>
      tx.sql(
        `SELECT add_job('send-alert-digest', jsonb_build_object('userId', user_id)) FROM membership WHERE active AND alert_digest = 'DAILY' ORDER BY user_id`,
        [],
      ),
    );
  },

  "send-alert-digest": async (payload, signal) => {
    const { tenantId, userId } = ForMember.parse(payload);
    const digest = await database.withTenant(tenantId, (tx) => readDigest(tx, userId), { readOnly: true });
    if (digest) await mail.send(digestMail(digest, settings.publicUrl), signal);
  },
});
