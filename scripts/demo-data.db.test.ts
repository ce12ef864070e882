import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { verifyPassword } from "#platform/passwords.ts";
import { withClient } from "#tests/support/database-template.ts";
import { createTestDatabase, type TestDatabase } from "#tests/support/test-database.ts";
import { fillDemoCompany } from "./demo-data.ts";
import { createTenant, inOwnerTransaction } from "./provision.ts";

let dataDir: string;
let database: TestDatabase;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "demo-"));
  database = await createTestDatabase("demo");
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const Credentials = z.object({
  tenant: z.literal("demo"),
  accounts: z.array(z.strictObject({ email: z.string(), password: z.string(), role: z.string() })),
});
const file = () => join(dataDir, "demo-credentials.json");
const credentials = () => Credentials.parse(JSON.parse(readFileSync(file(), "utf8")));
const fill = () => fillDemoCompany({ ...database, dataDir, log: () => undefined });
const rows = <Row extends object>(text: string) => withClient(database.ownerUrl, async (client) => (await client.query<Row>(text)).rows);
const counts = () =>
  rows(
    "SELECT (SELECT count(*) FROM tenant) AS tenants, (SELECT count(*) FROM item) AS items, (SELECT count(*) FROM inventory_event) AS events",
  );

test("a demo company has accounts that open it, two sites, and stock", async () => {
  await fill();
  const { accounts } = credentials();
  expect(accounts.map(({ email, role }) => `${email} ${role}`)).toEqual([
    "admin@demo.test Admin",
    "supervisor@demo.test Supervisor",
    "operator@demo.test Operator",
    "viewer@demo.test Viewer",
  ]);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  const users = await rows<{ email: string; password_hash: string }>("SELECT email, password_hash FROM app_user");
  for (const { email, password } of accounts) {
    expect(await verifyPassword(password, users.find((user) => user.email === email)?.password_hash)).toBe(true);
  }
  expect(
    await rows(
      "SELECT m.role, array_agg(s.code) AS sites FROM site_access a JOIN membership m USING (user_id) JOIN site s ON s.id = a.site_id GROUP BY 1 ORDER BY 1",
    ),
  ).toEqual([
    { role: "Operator", sites: ["VIE"] },
    { role: "Supervisor", sites: ["VIE"] },
    { role: "Viewer", sites: ["VIE"] },
  ]);
  const [stock] = await rows<{ items: string; sites: string; types: string[]; expired: boolean }>(`
    SELECT count(DISTINCT b.item_id) AS items, count(DISTINCT l.site_id) AS sites,
           (SELECT array_agg(DISTINCT type ORDER BY type) FROM inventory_event) AS types, bool_or(lot.expires_on < current_date) AS expired
    FROM inventory_balance b JOIN location l ON l.id = b.location_id LEFT JOIN lot ON lot.id = b.lot_id WHERE b.on_hand > 0`);
  expect(Number(stock?.items)).toBeGreaterThan(50);
  expect(Number(stock?.sites)).toBe(2);
  expect(stock?.types).toEqual(["ADJUST", "HOLD", "MOVE", "RECEIVE", "SCRAP", "SHIP"]);
  expect(stock?.expired).toBe(true);
});

test("filled again it stays as it is", async () => {
  await fill();
  const [before, accounts] = [await counts(), credentials()];
  await fill();
  expect(await counts()).toEqual(before);
  expect(credentials()).toEqual(accounts);
});

test("broken off after its accounts it is finished, with the same passwords", async () => {
  const broken = { ...database, appUrl: database.appUrl.replace(/\/[^/]*$/, "/no_such_database") };
  await expect(fillDemoCompany({ ...broken, dataDir, log: () => undefined })).rejects.toThrow("The database refused this");
  const accounts = credentials();
  await fill();
  expect(credentials()).toEqual(accounts);
  expect((await counts())[0]).not.toMatchObject({ events: "0" });
});

test("beside a company of one's own no demo is made", async () => {
  await inOwnerTransaction(database.ownerUrl, (client) =>
    createTenant(client, { code: "acme", name: "Acme", admin: { email: "a@acme.test", name: "A", passwordHash: "x" } }),
  );
  await fill();
  expect(await counts()).toEqual([{ tenants: "1", items: "0", events: "0" }]);
});
