import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Logger } from "#platform/logger.ts";
import type { Context } from "#platform/http/context.ts";
import { UsageError } from "../with-database.ts";

interface Wanted {
  tenant: string | undefined;
  /** E-mail address of the Admin in whose name the import is done. */
  user: string | undefined;
  site: string | undefined;
  log: Logger;
}

interface TenantRow {
  id: string;
  code: string;
  name: string;
  currency: string;
  time_zone: string;
}

interface AdminRow {
  id: string;
  email: string;
  name: string;
}

/** Who imports, and for which company: what was named, or the only one there is. Throws `UsageError` with the choices. */
export async function findContext(client: pg.Client, { tenant: tenantCode, user: email, site, log }: Wanted): Promise<Context> {
  const tenants = (await client.query<TenantRow>("SELECT id, code, name, currency, time_zone FROM tenant ORDER BY code")).rows;
  const tenant = chosen("tenant", tenantCode?.trim().toLowerCase(), tenants, ({ code }) => code);
  const admins = await client.query<AdminRow>(
    "SELECT u.id, u.email, m.name FROM membership m JOIN app_user u ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.role = 'Admin' AND m.active ORDER BY u.email",
    [tenant.id],
  );
  const admin = chosen("user", email?.trim().toLowerCase(), admins.rows, (row) => row.email);
  const sites = await client.query<{ code: string }>("SELECT code FROM site WHERE tenant_id = $1 ORDER BY code", [tenant.id]);
  if (site !== undefined) chosen("site", site, sites.rows, ({ code }) => code);
  return {
    tenantId: tenant.id,
    tenantCode: tenant.code,
    tenantName: tenant.name,
    currency: tenant.currency,
    timeZone: tenant.time_zone,
    userId: admin.id,
    userName: admin.name,
    email: admin.email,
    role: "Admin",
    siteIds: "all",
    sessionId: null,
    requestId: `import_${randomUUID().replaceAll("-", "")}`,
    ipAddress: "127.0.0.1",
    log,
  };
}

const nouns = { tenant: "tenant", user: "active Admin", site: "site" } as const;

function chosen<Row>(what: keyof typeof nouns, wanted: string | undefined, rows: readonly Row[], nameOf: (row: Row) => string): Row {
  const names = rows.map(nameOf);
  const listed = names.length > 20 ? `${names.slice(0, 20).join(", ")} and ${names.length - 20} more` : names.join(", ");
  if (rows.length === 0) throw new UsageError(`There is no ${nouns[what]} yet`);
  if (wanted === undefined && rows.length > 1)
    throw new UsageError(`There are several ${nouns[what]}s. Say which with --${what}: ${listed}`);
  const row = wanted === undefined ? rows[0] : rows.find((candidate) => nameOf(candidate) === wanted);
  if (!row) throw new UsageError(`There is no ${nouns[what]} ${wanted}. There are: ${listed}`);
  return row;
}
