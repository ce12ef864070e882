import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyEverything } from "#server/verify.ts";
import { createTestDatabase } from "#tests/support/test-database.ts";
import { fillDemoCompany } from "./demo-data.ts";
import { withOwner } from "./with-database.ts";

const dataDir = mkdtempSync(join(tmpdir(), "demo-"));
let urls: { appUrl: string; ownerUrl: string };
const fill = () => fillDemoCompany({ ...urls, dataDir, log: () => undefined });

beforeAll(async () => {
  urls = await createTestDatabase("demo");
  await fill();
});
afterAll(() => rmSync(dataDir, { recursive: true }));

test("the demo company's ledger agrees with itself, its month of history included", async () => {
  const differences: unknown[] = [];
  const [demo] = await withOwner(urls.ownerUrl, (client) => verifyEverything(client, (difference) => void differences.push(difference)));
  expect(differences).toEqual([]);
  expect(demo).toMatchObject({ tenant: "demo", differences: 0 });
  expect(Number(demo?.events)).toBeGreaterThan(300);
});

test("its events are spread over the last month, and cannot be changed afterwards", async () => {
  await withOwner(urls.ownerUrl, async (client) => {
    const { rows } = await client.query<{ days: string; future: boolean }>(
      "SELECT count(DISTINCT recorded_at::date) AS days, max(recorded_at) > now() AS future FROM inventory_event",
    );
    expect(Number(rows[0]?.days)).toBeGreaterThan(15);
    expect(rows[0]?.future).toBe(false);
    await expect(client.query("UPDATE inventory_event SET note = 'changed'")).rejects.toThrow("never changed");
  });
});

test("filling it again changes nothing, and the passwords stay where only their owner reads them", async () => {
  const file = join(dataDir, "demo-credentials.json");
  const before = readFileSync(file, "utf8");
  await fill();
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
