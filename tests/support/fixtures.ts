import type { Role } from "#contract/identity.ts";
import { addMember, createTenant, inOwnerTransaction } from "#scripts/provision.ts";

export const testRoles = ["Admin", "Supervisor", "Operator", "Viewer"] as const satisfies readonly Role[];
export const testPassword = "Correct-Horse-7";
/** Of `testPassword`: made once, since making it is slow on purpose. */
export const testPasswordHash = "$argon2id$v=19$m=19456,t=2,p=1$XjRwkQ5KMDP3E2gnLWOqlA$++zwpVDIhYsFmQZk5p/QJ8/Keg9TE/W4LjPvUJfEbU0";

export type TenantCode = "acme" | "globex";
type PlaceCode = "R-01" | "A-01" | "A-02" | "B-01" | "Q-01" | "S-01";

/** The locations of each site: receiving, three bins, quality, shipping. */
const places: readonly [code: PlaceCode, type: string][] = [
  ["R-01", "RECEIVING"],
  ["A-01", "STORAGE"],
  ["A-02", "STORAGE"],
  ["B-01", "PICKING"],
  ["Q-01", "QUALITY"],
  ["S-01", "SHIPPING"],
];

export interface TestSite {
  id: string;
  code: string;
  locations: Record<PlaceCode, string>;
}

/** A company with two sites. All but the Admin have access to `main` only. */
export interface TestTenant {
  id: string;
  code: TenantCode;
  sites: { main: TestSite; second: TestSite };
  users: Record<Role, { id: string; email: string }>;
}

export async function provisionTenant(ownerUrl: string, code: TenantCode): Promise<TestTenant> {
  const emailOf = (role: Role) => `${role.toLowerCase()}@${code}.test`;
  return await inOwnerTransaction(ownerUrl, async (client) => {
    const { tenantId, adminId } = await createTenant(client, {
      code,
      name: code === "acme" ? "Acme" : "Globex",
      timeZone: "Europe/Vienna",
      admin: { email: emailOf("Admin"), name: "Admin", passwordHash: testPasswordHash },
    });
    const users = { Admin: { id: adminId, email: emailOf("Admin") } } as TestTenant["users"];
    const addSite = async (siteCode: string): Promise<TestSite> => {
      const { rows } = await client.query<{ id: string }>("INSERT INTO site (tenant_id, code, name) VALUES ($1, $2, $3) RETURNING id", [
        tenantId,
        siteCode,
        `${siteCode} of ${code}`,
      ]);
      const id = rows[0]?.id ?? "";
      const made = await client.query<{ code: PlaceCode; id: string }>(
        "INSERT INTO location (tenant_id, site_id, code, type) SELECT $1, $2, * FROM unnest($3::text[], $4::text[]) RETURNING code, id",
        [tenantId, id, places.map(([place]) => place), places.map(([, type]) => type)],
      );
      return { id, code: siteCode, locations: Object.fromEntries(made.rows.map((row) => [row.code, row.id])) as TestSite["locations"] };
    };
    const sites = { main: await addSite("MAIN"), second: await addSite("SECOND") };
    for (const role of testRoles) {
      if (role === "Admin") continue;
      const id = await addMember(client, tenantId, { email: emailOf(role), name: role, passwordHash: testPasswordHash, role });
      users[role] = { id, email: emailOf(role) };
      await client.query("INSERT INTO site_access (tenant_id, user_id, site_id) VALUES ($1, $2, $3)", [tenantId, id, sites.main.id]);
    }
    await client.query("UPDATE app_user SET password_salt = decode($1, 'base64')", [`${testPasswordHash.split("$")[4]}==`]);
    return { id: tenantId, code, sites, users };
  });
}
