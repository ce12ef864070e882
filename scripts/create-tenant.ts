import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";
import { Email } from "#contract/email.ts";
import { Code, Name, TimeZone } from "#contract/primitives.ts";
import { faultsOfPassword } from "#features/identity/password-rules.ts";
import { fieldErrors } from "#platform/validation.ts";
import { addSite, createTenant, hashFor, inOwnerTransaction, randomPassword } from "./provision.ts";
import { withDatabase } from "./with-database.ts";

// npm run create-tenant: a first company with its Admin and its first site, in the database of DATABASE_OWNER_URL or in the built-in one.

const usage = `npm run create-tenant -- --code acme --name "Acme" --email ann@acme.example
  [--admin-name "Ann Smith"] [--currency EUR] [--time-zone Europe/Vienna] [--site MAIN] [--site-name "Main site"]
  [--password-stdin]   reads the Admin's password from standard input; otherwise a random one is made and shown`;

const Arguments = z.strictObject({
  code: z
    .string("Is required")
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "Must be letters, digits and hyphens, such as acme-north"),
  name: z.string("Is required").pipe(Name),
  email: z.string("Is required").pipe(Email),
  "admin-name": Name.default("Admin"),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "Must be a currency code, such as EUR")
    .default("EUR"),
  "time-zone": TimeZone.default("UTC"),
  site: Code.default("MAIN"),
  "site-name": Name.default("Main site"),
  "password-stdin": z.boolean().default(false),
});

const option = { type: "string" } as const;
const options = {
  code: option,
  name: option,
  email: option,
  "admin-name": option,
  currency: option,
  "time-zone": option,
  site: option,
  "site-name": option,
  "password-stdin": { type: "boolean" },
} as const;

try {
  await run(parseArgs({ options }).values);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function run(given: Record<string, unknown>): Promise<void> {
  const parsed = Arguments.safeParse(given);
  if (!parsed.success)
    throw new Error([...fieldErrors(parsed.error).map(({ path, message }) => `--${path}: ${message}`), usage].join("\n"));
  const { code, name, email, currency, site, "time-zone": timeZone, ...wanted } = parsed.data;
  const password = wanted["password-stdin"] ? (await text(process.stdin)).replace(/\r?\n$/, "") : randomPassword();
  const faults = await faultsOfPassword(password, { email, name: wanted["admin-name"], tenantName: name });
  if (faults.length > 0) throw new Error(faults.join("\n"));

  await withDatabase("npm run create-tenant", ({ ownerUrl }) =>
    inOwnerTransaction(ownerUrl, async (client) => {
      const { rowCount } = await client.query("SELECT FROM tenant WHERE code = $1", [code]);
      if (rowCount !== 0) throw new Error(`There is a company ${code} already`);
      const admin = { email, name: wanted["admin-name"], passwordHash: await hashFor(client, email, password) };
      const { tenantId } = await createTenant(client, { code, name, currency, timeZone, admin });
      await addSite(client, tenantId, { code: site, name: wanted["site-name"], timeZone });
    }),
  );
  console.log(`Company ${code} is there, with site ${site}. Its Admin signs in as ${email}`);
  if (!wanted["password-stdin"]) console.log(`with the password ${password}`);
}
