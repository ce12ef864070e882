import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Role, roles } from "#contract/identity.ts";
import { createItem } from "#features/catalog/items.ts";
import { createSupplier } from "#features/purchasing/suppliers.ts";
import { createDatabase } from "#platform/database/database.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { createLogger } from "#platform/logger.ts";
import { demoItems, demoSuppliers } from "./demo/items.ts";
import { spreadOverAMonth } from "./demo/history.ts";
import { createDemoSites } from "./demo/places.ts";
import { postDemoStock } from "./demo/stock.ts";
import { addMember, createTenant, hashFor, inOwnerTransaction, type NewMember, randomPassword } from "./provision.ts";

const code = "demo";
const name = "Demo Company";

interface Credentials {
  tenant: string;
  accounts: { email: string; password: string; role: Role }[];
}

export interface DemoOptions {
  ownerUrl: string;
  appUrl: string;
  dataDir: string;
  log: (line: string) => void;
}

/**
 * In a database without any company, makes the company `demo`: four accounts (kept in `dataDir`/demo-credentials.json),
 * two sites, a catalog and stock. Called again it finishes what was broken off, and otherwise does nothing.
 */
export async function fillDemoCompany({ ownerUrl, appUrl, dataDir, log }: DemoOptions): Promise<void> {
  const state = await findState(ownerUrl);
  if (state === "other" || state === "complete") return;
  log("Filling the demo company");
  if (state === "none") await createAccounts(ownerUrl, dataDir);
  await fill(ownerUrl, appUrl, log);
}

/** The company is filled in one transaction: with its sites, everything is there. */
async function findState(ownerUrl: string): Promise<"none" | "other" | "empty" | "complete"> {
  return await inOwnerTransaction(ownerUrl, async (client) => {
    const { rows } = await client.query<{ code: string; filled: boolean }>(
      "SELECT code, EXISTS (SELECT FROM site s WHERE s.tenant_id = t.id) AS filled FROM tenant t ORDER BY code = $1 DESC LIMIT 1",
      [code],
    );
    const [tenant] = rows;
    if (!tenant) return "none";
    if (tenant.code !== code) return "other";
    return tenant.filled ? "complete" : "empty";
  });
}

async function createAccounts(ownerUrl: string, dataDir: string): Promise<void> {
  const accounts = roles.map((role) => ({ email: `${role.toLowerCase()}@demo.test`, password: randomPassword(), role }));
  // First the file: an account whose password nobody knows would be of no use.
  keepCredentials(dataDir, { tenant: code, accounts });
  await inOwnerTransaction(ownerUrl, async (client) => {
    const members: (NewMember & { role: Role })[] = [];
    for (const { email, password, role } of accounts)
      members.push({ email, name: `Demo ${role}`, role, passwordHash: await hashFor(client, email, password) });
    const admin = members.find(({ role }) => role === "Admin");
    if (!admin) throw new Error("The demo company has no Admin");
    const { tenantId } = await createTenant(client, { code, name, timeZone: "Europe/Vienna", admin });
    for (const member of members) if (member !== admin) await addMember(client, tenantId, member);
  });
}

function keepCredentials(dataDir: string, credentials: Credentials): void {
  const file = join(dataDir, "demo-credentials.json");
  writeFileSync(`${file}.new`, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

async function fill(ownerUrl: string, appUrl: string, log: (line: string) => void): Promise<void> {
  const { context, others } = await findMembers(ownerUrl);
  const database = createDatabase({ url: appUrl, connectionLimit: 1, poolTimeoutMs: 10_000, statementCacheSize: 200, log: context.log });
  try {
    const counts = await database.withTenant(context.tenantId, async (tx) => await fillIn(tx, context, others));
    await spreadOverAMonth(ownerUrl, context.tenantId);
    log(`The demo company has ${counts.items} items and ${counts.events} stock movements`);
  } finally {
    await database.close();
  }
}

async function fillIn(tx: Tx, context: Context, others: readonly string[]): Promise<{ items: number; events: number }> {
  const sites = await createDemoSites(tx, context);
  await tx.sql("INSERT INTO site_access (user_id, site_id) SELECT unnest($1::uuid[]), $2", [others, sites[0]?.id]);
  for (const supplier of demoSuppliers) await createSupplier(tx, context, supplier);
  for (const { cost, ...item } of demoItems)
    await createItem(tx, context, { ...item, standardCost: cost, reorderQuantity: item.reorderPoint * 2 });
  return { items: demoItems.length, events: await postDemoStock(tx, context, sites, demoItems) };
}

/** The Admin, in whose name everything is made, and who else works in the first site. */
async function findMembers(ownerUrl: string): Promise<{ context: Context; others: string[] }> {
  type Row = { tenant_id: string; currency: string; time_zone: string; user_id: string; name: string; email: string; role: Role };
  const rows = await inOwnerTransaction(ownerUrl, async (client) => {
    const found = await client.query<Row>(
      `SELECT t.id AS tenant_id, t.currency, t.time_zone, m.user_id, m.name, u.email, m.role
       FROM tenant t JOIN membership m ON m.tenant_id = t.id JOIN app_user u ON u.id = m.user_id WHERE t.code = $1`,
      [code],
    );
    return found.rows;
  });
  const admin = rows.find(({ role }) => role === "Admin");
  if (!admin) throw new Error("The demo company has no Admin");
  const context: Context = {
    tenantId: admin.tenant_id,
    tenantCode: code,
    tenantName: name,
    currency: admin.currency,
    timeZone: admin.time_zone,
    userId: admin.user_id,
    userName: admin.name,
    email: admin.email,
    role: "Admin",
    siteIds: "all",
    sessionId: null,
    requestId: "demo-data",
    ipAddress: "127.0.0.1",
    log: createLogger({ level: "silent" }),
  };
  return { context, others: rows.filter(({ role }) => role !== "Admin").map(({ user_id }) => user_id) };
}
