import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { importCsv } from "#features/data-exchange/import-csv.ts";
import { createLogger } from "#platform/logger.ts";
import type { World } from "./world.ts";

const rows = 100_000;
const header = "sku,name,category,base_uom,reorder_point,standard_cost";

/** Importing items, against a bare COPY of the same file: into a table without anything on it, and into one with the indexes of items. */
export async function benchImporting(world: World, env: Record<string, string>) {
  const file = (run: string) =>
    `${header}\n${Array.from({ length: rows }, (_, n) => `IMP-${run}-${n},Imported item ${n},Category ${n % 20},EA,${n % 50},${(n % 900) / 10}`).join("\n")}\n`;
  const bare = await withOwner(env, (owner) =>
    copy(
      owner,
      file("A"),
      "CREATE TEMP TABLE bare (sku text, name text, category text, base_uom text, reorder_point numeric, standard_cost numeric)",
      "bare",
    ),
  );
  const indexed = await withOwner(env, (owner) =>
    copy(
      owner,
      file("B"),
      `CREATE TABLE bench_item (LIKE item INCLUDING ALL); ALTER TABLE bench_item ALTER tenant_id SET DEFAULT '${world.tenantId}'`,
      "bench_item",
    ),
  );
  const ours = await importOnce(world, env, file("C"));
  const row = (against: string, baseline: number) => ({
    what: `Importing ${rows.toLocaleString("en")} items`,
    against,
    unit: "rows/s",
    baseline,
    ours,
    note: "",
  });
  return [row("a bare COPY of the file, no index", bare), row("a bare COPY of the file into a table with the same indexes", indexed)];
}

async function importOnce(world: World, env: Record<string, string>, text: string): Promise<number> {
  const context = {
    tenantId: world.tenantId,
    tenantCode: "bench",
    tenantName: "Benchmark",
    currency: "EUR",
    timeZone: "UTC",
    userId: world.userId,
    userName: "Benchmark",
    email: "",
    role: "Admin" as const,
    siteIds: "all" as const,
    sessionId: null,
    requestId: "bench",
    ipAddress: "127.0.0.1",
    log: createLogger({ level: "error" }),
  };
  const startedAt = performance.now();
  const outcome = await importCsv({ connection: env["DATABASE_URL"] ?? "", context, kind: "items", stream: chunks(text) });
  if (outcome.rowsCreated !== rows) throw new Error(`${outcome.rowsCreated} of ${rows} rows were created`);
  return rows / ((performance.now() - startedAt) / 1_000);
}

async function copy(owner: pg.Client, text: string, create: string, table: string): Promise<number> {
  await owner.query(create);
  const startedAt = performance.now();
  await pipeline(chunks(text), owner.query(copyFrom(`COPY ${table} (${header}) FROM STDIN WITH (FORMAT csv, HEADER true)`)));
  const seconds = (performance.now() - startedAt) / 1_000;
  await owner.query(`DROP TABLE ${table}`);
  return rows / seconds;
}

async function withOwner<T>(env: Record<string, string>, use: (owner: pg.Client) => Promise<T>): Promise<T> {
  const owner = new pg.Client(env["DATABASE_OWNER_URL"]);
  await owner.connect();
  try {
    return await use(owner);
  } finally {
    await owner.end();
  }
}

/** As a file is read: in pieces. */
function chunks(text: string): Readable {
  const bytes = Buffer.from(text);
  const size = 256 * 1_024;
  return Readable.from(Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size)));
}
