import { sql } from "kysely";
import type { z } from "zod";
import type { ListOf } from "#contract/list.ts";
import type { FailedMail, FailedMailQuery } from "#contract/mails.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { NotFoundError } from "#platform/errors.ts";
import type { Context } from "#platform/http/context.ts";
import { planList, type SortColumn } from "#platform/http/list.ts";
import { readList } from "#platform/http/read-list.ts";

const id: SortColumn = { sql: sql.ref("f.id"), type: "bigint", unique: true };

/** The company's mails that were given up, the newest first; of the last 30 days. */
export function listFailedMails(tx: Tx, query: z.output<typeof FailedMailQuery>, secrets: readonly string[]): Promise<ListOf<FailedMail>> {
  const plan = planList(query, { list: "failed mails", columns: { createdAt: id }, byDefault: "-createdAt", tieBreaker: id, secrets });
  return readList<FailedMail>(tx, query, plan, {
    from: sql`list_failed_jobs() f`,
    alias: "f",
    where: [],
    columns: sql`f.id::text AS id, f.task, f.user_id AS "userId", m.name AS "userName", f.attempts, f.last_error AS "lastError",
      f.created_at AS "createdAt", f.failed_at AS "failedAt"`,
    joins: sql`LEFT JOIN membership m ON m.user_id = f.user_id`,
  });
}

/** Sends a mail that was given up again, with as many tries as a new one. Throws `404`. */
export async function sendAgain(tx: Tx, context: Context, mailId: string): Promise<void> {
  if (!/^\d{1,18}$/.test(mailId)) throw new NotFoundError();
  const [answer] = await tx.sql<{ done: boolean }>("SELECT retry_failed_job($1) AS done", [mailId]);
  if (!answer?.done) throw new NotFoundError();
  await audit(tx, context, "mail.sent-again", mailId, {});
}
