import { parseArgs } from "node:util";
import { z } from "zod";
import { fieldErrors } from "#platform/validation.ts";
import { addSite, createTenant, hashFor, inOwnerTransaction, randomPassword } from "./provision.ts";
import { fillLargeCompany } from "./seed/large-company.ts";
import { withDatabase } from "./with-database.ts";

// npm run seed: a company of any size, to see how the product carries it. In the database that npm start uses.

const usage = "npm run seed -- [--code large] [--items 100000] [--balances 200000] [--events 1000000] [--orders 20000] [--days 365]";
const count = (byDefault: number, max: number) => z.coerce.number().int().min(1).max(max).default(byDefault);
const Arguments = z.strictObject({
  code: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "Must be letters, digits and hyphens")
    .default("large"),
  items: count(100_000, 10_000_000),
  balances: count(200_000, 10_000_000),
  events: count(1_000_000, 100_000_000),
  orders: count(20_000, 10_000_000),
  days: count(365, 36_500),
});

try {
  const option = { type: "string" } as const;
  await run(parseArgs({ options: { code: option, items: option, balances: option, events: option, orders: option, days: option } }).values);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function run(given: Record<string, unknown>): Promise<void> {
  const parsed = Arguments.safeParse(given);
  if (!parsed.success)
    throw new Error([...fieldErrors(parsed.error).map(({ path, message }) => `--${path}: ${message}`), usage].join("\n"));
  const { code, ...size } = parsed.data;
  const [email, password] = [`admin@${code}.example`, randomPassword()];
  await withDatabase("npm run seed", ({ ownerUrl }) =>
    inOwnerTransaction(ownerUrl, async (client) => {
      const { rowCount } = await client.query("SELECT FROM tenant WHERE code = $1", [code]);
      if (rowCount !== 0) throw new Error(`There is a company ${code} already: choose another --code`);
      await client.query("SELECT set_config('statement_timeout', '0', true)");
      const admin = { email, name: "Admin", passwordHash: await hashFor(client, email, password) };
      const { tenantId, adminId } = await createTenant(client, { code, name: `Company ${code}`, admin });
      await addSite(client, tenantId, { code: "MAIN", name: "Main site", timeZone: "UTC" });
      await fillLargeCompany(client, tenantId, adminId, size, (line) => console.log(`  ${line}`));
    }),
  );
  console.log(`Company ${code} is there. Its Admin signs in as ${email} with the password ${password}`);
}
