import type pg from "pg";
import { addSite, createTenant } from "#scripts/provision.ts";
import { fillLargeCompany, type Size } from "#scripts/seed/large-company.ts";
import { signIn } from "./world.ts";

export interface LargeCompany {
  tenantId: string;
  adminId: string;
  cookie: string;
}

/** A company of its own for one run, of this size, and a signed-in Admin. */
export async function makeLargeCompany(
  owner: pg.Client,
  name: string,
  size: Size,
  log: (line: string) => void = () => undefined,
): Promise<LargeCompany> {
  const code = `${name}-${Date.now()}`;
  await owner.query("BEGIN");
  await owner.query("SELECT set_config('statement_timeout', '0', true)");
  // Nobody signs in with a password here.
  const admin = {
    email: `admin@${code}.test`,
    name: "Benchmark",
    passwordHash: "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  };
  const { tenantId, adminId } = await createTenant(owner, { code, name: code, admin });
  await addSite(owner, tenantId, { code: "MAIN", name: "Main", timeZone: "UTC" });
  await fillLargeCompany(owner, tenantId, adminId, size, log);
  await owner.query("COMMIT");
  return { tenantId, adminId, cookie: await signIn(owner, tenantId, adminId) };
}
