import { sql } from "kysely";
import type { CompanyTopic, LiveTopic, SiteTopic } from "#contract/live.ts";
import type { HeardAt } from "#platform/live/change.ts";
import type { Context } from "#platform/http/context.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { isSecretName } from "#platform/redact-text.ts";

/** Who does it: a person by a request, or the worker when it is time. */
export type AuditedBy = Pick<Context, "requestId" | "ipAddress" | "userId"> | typeof byTheClock;
export const byTheClock = { userId: null, requestId: null, ipAddress: null } as const;

interface BeforeAndAfter {
  before?: object | null;
  after?: object | null;
}

/**
 * Writes one audit event in the transaction of the change: who, what, before and after (secrets left out), request and address.
 * `action` reads `thing.verb`: `item.updated`. Whoever watches is told that there is something new of such things; of a site's things
 * only those who work there.
 */
export async function audit(
  tx: Tx,
  context: AuditedBy,
  action: `${SiteTopic}.${string}`,
  entityId: string,
  change: BeforeAndAfter & { heardAt: HeardAt },
): Promise<void>;
export async function audit(
  tx: Tx,
  context: AuditedBy,
  action: `${CompanyTopic}.${string}`,
  entityId: string,
  change: BeforeAndAfter,
): Promise<void>;
export async function audit(
  tx: Tx,
  context: AuditedBy,
  action: `${LiveTopic}.${string}`,
  entityId: string,
  { before = null, after = null, heardAt = "everywhere" }: BeforeAndAfter & { heardAt?: HeardAt },
): Promise<void> {
  const entityType = action.slice(0, action.indexOf(".")) as SiteTopic;
  tx.changed(entityType, heardAt);
  await tx.run(sql`
    INSERT INTO audit_event (user_id, action, entity_type, entity_id, before, after, request_id, ip_address)
    VALUES (${context.userId}, ${action}, ${entityType}, ${entityId}, ${withoutSecrets(before)}, ${withoutSecrets(after)}, ${context.requestId}, ${context.ipAddress})`);
}

const withoutSecrets = (value: object | null) =>
  value === null ? null : JSON.stringify(value, (name, entry: unknown) => (isSecretName(name) || /hash/i.test(name) ? undefined : entry));
