import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

const data = "../shared/data/adventureworks";
const there = existsSync(join(data, "Product.csv"));
const because = there ? "" : ` (skipped: ${data} is absent)`;

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer("import adventureworks");
  folder = mkdtempSync(join(tmpdir(), "adventureworks-"));
  // Beside the files a report of bad rows may be written: not where the originals lie.
  if (there) cpSync(data, folder, { recursive: true });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

function run(script: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, DATABASE_URL: server.appUrl, DATABASE_OWNER_URL: server.ownerUrl, INIT_CWD: process.cwd() },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => child.once("close", (code) => done({ code, output })));
}

const bring = (kind: string, file: string, mapping = kind) =>
  run(
    "scripts/import.ts",
    "--kind",
    kind,
    "--file",
    join(folder, file),
    "--mapping",
    `mappings/adventureworks/${mapping}.json`,
    "--tenant",
    "acme",
    "--site",
    "MAIN",
  );

/** Its output; a failure tells it. */
function succeeded({ code, output }: { code: number | null; output: string }): string {
  if (code !== 0) throw new Error(`Ended with ${code}: ${output}`);
  return output;
}

const files = [
  ["units", "UnitMeasure.csv"],
  ["items", "Product.csv"],
  ["locations", "Location.csv"],
  ["locations", "ProductInventory.csv", "locations-bins"],
  ["suppliers", "Vendor.csv"],
  ["opening-balances", "ProductInventory.csv"],
] as const;

test.skipIf(!there)(
  `a bicycle maker's real data comes in by one command a file, and the ledger agrees${because}`,
  { timeout: 120_000 },
  async () => {
    for (const [kind, file, mapping] of files) succeeded(await bring(kind, file, mapping));

    const [count] = await server.sql<Record<string, string>>(
      `SELECT (SELECT count(*) FROM item WHERE tenant_id = $1)::text AS items,
            (SELECT count(*) FROM supplier WHERE tenant_id = $1)::text AS suppliers,
            (SELECT count(*) FROM location WHERE tenant_id = $1 AND site_id = $2 AND parent_id IS NULL AND code ~ '^[0-9]+$')::text AS areas,
            (SELECT count(*) FROM location WHERE tenant_id = $1 AND site_id = $2 AND parent_id IS NOT NULL)::text AS bins,
            (SELECT count(*) FROM inventory_event WHERE tenant_id = $1)::text AS events,
            (SELECT count(*) FROM inventory_balance WHERE tenant_id = $1)::text AS balances,
            (SELECT trim_scale(sum(on_hand)) FROM inventory_balance WHERE tenant_id = $1)::text AS on_hand,
            (SELECT count(*) FROM item WHERE tenant_id = $1 AND category = 'Road Bikes')::text AS road_bikes`,
      [server.tenants.acme.id, server.tenants.acme.sites.main.id],
    );
    expect(count).toEqual({
      items: "504",
      suppliers: "104",
      areas: "14",
      bins: "753",
      events: "1065",
      balances: "1065",
      on_hand: "335974",
      road_bikes: "43",
    });

    expect(succeeded(await run("scripts/verify.ts"))).toContain("acme: 1,065 events, 1,065 balances, 335,974 units on hand: all agree");
  },
);

test.skipIf(!there)(`the same files again change nothing${because}`, { timeout: 120_000 }, async () => {
  const audited = () => server.sql<{ count: string }>("SELECT count(*) FROM audit_event");
  const before = await audited();
  for (const [kind, file, mapping] of files) {
    expect(succeeded(await bring(kind, file, mapping))).toMatch(/ 0 created, 0 changed, [\d,]+ unchanged, 0 bad/);
  }
  expect(await audited()).toEqual(before);
});
