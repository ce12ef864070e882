import { randomBytes } from "node:crypto";
import pg from "pg";
import { NewPassword, type Role } from "#contract/identity.ts";
import type { ReasonUse } from "#contract/catalog.ts";
import { hashPassword } from "#platform/passwords.ts";

export interface NewTenant {
  code: string;
  name: string;
  currency?: string | undefined;
  timeZone?: string | undefined;
  admin: NewMember;
}

export interface NewMember {
  email: string;
  name: string;
  /** Of the password that opens this company. */
  passwordHash: string;
}

const units: readonly [code: string, name: string, whole: boolean][] = [
  ["EA", "Each", true],
  ["BOX", "Box", true],
  ["CTN", "Carton", true],
  ["PAL", "Pallet", true],
  ["KG", "Kilogram", false],
  ["G", "Gram", false],
  ["L", "Litre", false],
  ["M", "Metre", false],
];

const reasonCodes: readonly [code: string, name: string, use: ReasonUse][] = [
  ["DAMAGED", "Damaged", "SCRAP"],
  ["EXPIRED", "Past its expiry date", "SCRAP"],
  ["CORRECTION", "Correction of a mistake", "ADJUST"],
  ["QUALITY", "Waits for a quality check", "HOLD"],
  ["COUNT-DIFFERENCE", "Difference found in a count", "COUNT"],
  ["ENTRY-ERROR", "Entered by mistake", "REVERSAL"],
  ["CUSTOMER-RETURN", "Returned by a customer", "RETURN"],
  ["SUPERVISOR-OVERRIDE", "Released by a supervisor", "EXPIRED_OVERRIDE"],
  ["EXTRA-CONSUMPTION", "More was needed than planned", "CONSUMPTION"],
];

/** A new company with its first Admin, the common units and a reason code for every use. Works as the database's owner. */
export async function createTenant(
  client: pg.Client,
  { code, name, currency = "EUR", timeZone = "UTC", admin }: NewTenant,
): Promise<{ tenantId: string; adminId: string }> {
  const { rows } = await client.query<{ id: string }>(
    "INSERT INTO tenant (code, name, currency, time_zone) VALUES ($1, $2, $3, $4) RETURNING id",
    [code, name, currency, timeZone],
  );
  const tenantId = rows[0]?.id ?? "";
  await client.query("INSERT INTO unit (tenant_id, code, name, whole) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::boolean[])", [
    tenantId,
    ...columnsOf(units),
  ]);
  await client.query("INSERT INTO reason_code (tenant_id, code, name, use) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])", [
    tenantId,
    ...columnsOf(reasonCodes),
  ]);
  return { tenantId, adminId: await addMember(client, tenantId, { ...admin, role: "Admin" }) };
}

export async function addMember(
  client: pg.Client,
  tenantId: string,
  { email, name, passwordHash, role }: NewMember & { role: Role },
): Promise<string> {
  const { rows } = await client.query<{ user_id: string }>(
    "INSERT INTO membership (tenant_id, user_id, name, role) VALUES ($1, ensure_user($2), $3, $4) RETURNING user_id",
    [tenantId, email, name, role],
  );
  const userId = rows[0]?.user_id ?? "";
  await client.query("INSERT INTO member_password (tenant_id, user_id, password_hash) VALUES ($1, $2, $3)", [
    tenantId,
    userId,
    passwordHash,
  ]);
  return userId;
}

export async function addSite(client: pg.Client, tenantId: string, site: { code: string; name: string; timeZone: string }): Promise<void> {
  await client.query("INSERT INTO site (tenant_id, code, name, time_zone) VALUES ($1, $2, $3, $4)", [
    tenantId,
    site.code,
    site.name,
    site.timeZone,
  ]);
}

/** A hash that a sign-in can check together with those the person has in other companies. */
export async function hashFor(client: pg.Client, email: string, password: string): Promise<string> {
  const { rows } = await client.query<{ salt: Buffer }>("SELECT salt_of($1) AS salt", [email]);
  if (!rows[0]) throw new Error("An address has no salt");
  return await hashPassword(password, rows[0].salt);
}

/** 16 random characters that keep the rules for passwords. */
export function randomPassword(): string {
  for (;;) {
    const password = randomBytes(12).toString("base64url");
    if (NewPassword.safeParse(password).success) return password;
  }
}

export async function inOwnerTransaction<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000, application_name: "provision" });
  await client.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } finally {
    // Without a COMMIT the end of the connection rolls everything back.
    await client.end();
  }
}

const columnsOf = (rows: readonly (readonly [string, string, unknown])[]) => [0, 1, 2].map((index) => rows.map((row) => row[index]));
