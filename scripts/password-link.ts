import { parseArgs } from "node:util";
import { z } from "zod";
import { Email } from "#contract/email.ts";
import { audit } from "#features/audit/audit.ts";
import { issueLink } from "#features/identity/password-links.ts";
import { createDatabase } from "#platform/database/database.ts";
import { createLogger } from "#platform/logger.ts";
import { withDatabase } from "./with-database.ts";

// npm run password-link: a link for who is locked out and has no Admin to ask, for whoever may use the database anyhow.

const usage = `npm run password-link -- --tenant acme --email ann@acme.example [--public-url https://stock.example]`;

const Arguments = z.strictObject({ tenant: z.string().min(1), email: Email, "public-url": z.url().optional() });

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const option = { type: "string" } as const;
  const parsed = Arguments.safeParse(parseArgs({ options: { tenant: option, email: option, "public-url": option } }).values);
  if (!parsed.success) throw new Error(usage);
  const { tenant, email } = parsed.data;
  const publicUrl = parsed.data["public-url"] ?? process.env["PUBLIC_URL"] ?? "http://127.0.0.1:3000";
  await withDatabase("npm run password-link", async ({ appUrl }) => {
    const log = createLogger({ level: "silent" });
    const database = createDatabase({ url: appUrl, connectionLimit: 1, poolTimeoutMs: 10_000, statementCacheSize: 0, log });
    try {
      const members = await database.query<{ tenant_id: string; user_id: string }>("SELECT * FROM find_members($1)", [email]);
      for (const { tenant_id: tenantId, user_id: userId } of members) {
        const link = await database.withTenant(tenantId, async (tx) => {
          const [here] = await tx.sql("SELECT 1 FROM tenant WHERE code = $1", [tenant]);
          if (!here) return undefined;
          const onTheMachine = { userId, requestId: "password-link", ipAddress: "127.0.0.1" };
          await audit(tx, onTheMachine, "user.password-link-made", userId, { after: { purpose: "RESET", delivery: "LINK" } });
          return await issueLink(tx, { publicUrl }, { userId, purpose: "RESET", mailed: false });
        });
        if (link) return console.log(`Good once, for 30 minutes:\n${link.url}`);
      }
      throw new Error(`Nobody with this address is an active member of ${tenant}`);
    } finally {
      await database.close();
    }
  });
}
