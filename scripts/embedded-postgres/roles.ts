import pg from "pg";
import { appRole, databaseName, ownerRole, superuser, urlFor, type Settings } from "./settings.ts";

/** The two roles and the database, made when missing; the same after every start. */
export async function ensureRolesAndDatabase(settings: Settings): Promise<void> {
  const client = new pg.Client({ connectionString: urlFor(superuser, settings.superuserPassword, settings.port, "postgres") });
  await client.connect();
  try {
    await ensureRole(client, ownerRole, settings.ownerPassword);
    await ensureRole(client, appRole, settings.appPassword);
    for (const [name, value] of Object.entries(appRoleTimeouts)) await client.query(`ALTER ROLE ${appRole} SET ${name} = '${value}'`);
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [databaseName]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${databaseName} OWNER ${ownerRole}`);
  } finally {
    await client.end();
  }
}

/** Set on the role, not by the driver: as start-up parameters a pooler in between would refuse them. */
const appRoleTimeouts = { statement_timeout: "30s", lock_timeout: "10s", idle_in_transaction_session_timeout: "60s" };

async function ensureRole(client: pg.Client, name: string, password: string): Promise<void> {
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [name]);
  const verb = rowCount === 0 ? "CREATE" : "ALTER";
  await client.query(
    `${verb} ROLE ${name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${client.escapeLiteral(password)}`,
  );
}
