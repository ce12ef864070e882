import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const DemoCredentials = z.object({ accounts: z.array(z.object({ email: z.string(), password: z.string(), role: z.string() })) });

/** The last lines of a start: where to go, with which account, and where everything is kept. */
export function announce(address: string, dataDir: string, databaseFiles: string | undefined): void {
  console.log(`\nWarehouse Builder is ready: ${address}\n`);
  printDemoAccounts(dataDir);
  console.log(`Data: ${dataDir}${databaseFiles ? ` (database: ${databaseFiles})` : ""}`);
  console.log("Stop with Ctrl C.\n");
}

function printDemoAccounts(dataDir: string): void {
  const file = join(dataDir, "demo-credentials.json");
  if (!existsSync(file)) return;
  const { accounts } = DemoCredentials.parse(JSON.parse(readFileSync(file, "utf8")));
  const width = Math.max(...accounts.map(({ email }) => email.length));
  console.log("Demo accounts:");
  for (const { email, password, role } of accounts) console.log(`  ${email.padEnd(width)}  ${password}  ${role}`);
  console.log(`  (kept in ${file})\n`);
}
