import type { Role } from "#contract/identity.ts";
import { AuthenticationError } from "#platform/errors.ts";
import type { Services } from "#platform/services.ts";
import type { Context } from "./context.ts";

interface SessionRow {
  session_id: string;
  tenant_id: string;
  tenant_code: string;
  tenant_name: string;
  currency: string;
  time_zone: string;
  user_id: string;
  email: string;
  user_name: string;
  role: Role;
  site_ids: string[];
  stale: boolean;
}

/** Whose session it is, with their rights as they are in the database now. Throws `401`, without asking it where there is no token. */
export async function authenticate(
  tokenHash: Buffer | undefined,
  services: Services,
  facts: { requestId: string; ipAddress: string },
): Promise<Context> {
  if (!tokenHash) throw new AuthenticationError();
  const [row] = await services.database.query<SessionRow>("SELECT * FROM find_session($1, make_interval(mins => $2))", [
    tokenHash,
    services.settings.session.idleMinutes,
  ]);
  if (!row) throw new AuthenticationError("Your session has ended: sign in again");
  if (row.stale) touchSession(services, row);
  return {
    tenantId: row.tenant_id,
    tenantCode: row.tenant_code,
    tenantName: row.tenant_name,
    currency: row.currency,
    timeZone: row.time_zone,
    userId: row.user_id,
    userName: row.user_name,
    email: row.email,
    role: row.role,
    siteIds: row.role === "Admin" ? "all" : row.site_ids,
    sessionId: row.session_id,
    log: services.log,
    ...facts,
  };
}

/** At most once a minute, and nobody waits for it. */
function touchSession({ database, log }: Services, session: SessionRow): void {
  database
    .withTenant(session.tenant_id, (tx) =>
      tx.sql("UPDATE session SET last_seen_at = now() WHERE id = $1 AND last_seen_at < now() - interval '1 minute'", [session.session_id]),
    )
    .catch((error: unknown) => log.warn("A session's last use could not be written", { reason: String(error) }));
}
