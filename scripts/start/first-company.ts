import { inOwnerTransaction } from "../provision.ts";

/** Code of the company that was there first: its Admins run an installation that names no other. Undefined when there is none. */
export const firstCompany = (ownerUrl: string): Promise<string | undefined> =>
  inOwnerTransaction(ownerUrl, async (client) => {
    const { rows } = await client.query<{ code: string }>("SELECT code FROM tenant ORDER BY created_at, id LIMIT 1");
    return rows[0]?.code;
  });
