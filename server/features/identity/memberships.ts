import type { Services } from "#platform/services.ts";

/** A company that someone may sign in to, and the password that opens it. */
export interface Membership {
  user_id: string;
  password_hash: string;
  tenant_id: string;
  tenant_code: string;
  tenant_name: string;
}

/** Where someone with this address may sign in. */
export const findMemberships = (services: Services, email: string): Promise<Membership[]> =>
  services.database.query<Membership>("SELECT * FROM find_sign_in($1)", [email]);

/** What all passwords of this address are hashed with. */
export async function findSalt(services: Services, email: string): Promise<Buffer> {
  const [found] = await services.database.query<{ salt: Buffer }>("SELECT salt_of($1) AS salt", [email]);
  if (!found) throw new Error("An address has no salt");
  return found.salt;
}

/** The most rounds of bcrypt that it takes to verify the hashes of any one address. */
export async function findBcryptRounds(services: Services): Promise<number> {
  const [found] = await services.database.query<{ rounds: number }>("SELECT bcrypt_rounds_max() AS rounds");
  return found?.rounds ?? 0;
}
