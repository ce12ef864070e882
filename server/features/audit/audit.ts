import { sql } from "kysely";
import type { Context } from "#platform/http/context.ts";
import type { Tx } from "#platform/database/transaction.ts";
import { isSecretName } from "#platform/redact-text.ts";

/** Who does it: a person by a request, or the worker when it is time. */
export type AuditedBy = Pick<Context, "requestId" | "ipAddress" | "userId"> | typeof byTheClock;
export const byTheClock = { userId: null, requestId: null, ipAddress: null } as const;

/**
 * Writes one audit event in the transaction of the change: who, what, before and after (secrets left out), request and address.
 * `action` reads `thing.verb`: `item.updated`.
 */
export async function audit(
  tx: Tx,
  context: AuditedBy,
  action: `${string}.${string}`,
  entityId: string,
  { before = null, after = null }: { before?: object | null; after?: object | null },
): Promise<void> {
  const [entityType] = action.split(".");
  await tx.run(sql`
    INSERT INTO audit_event (user_id, action, entity_type, entity_id, before, after, request_id, ip_address)
    VALUES (${context.userId}, ${action}, ${entityType}, ${entityId}, ${withoutSecrets(before)}, ${withoutSecrets(after)}, ${context.requestId}, ${context.ipAddress})`);
}

const withoutSecrets = (value: object | null) =>
  value === null ? null : JSON.stringify(value, (name, entry: unknown) => (isSecretName(name) || /hash/i.test(name) ? undefined : entry));
