import { migrate } from "#platform/database/migrate.ts";
import { startEmbeddedPostgres } from "#scripts/embedded-postgres/start.ts";
import { migrationsDirectory } from "#server/services.ts";
import { benchBreaker } from "./breaker.ts";
import { benchGrowth } from "./growth.ts";
import { benchImporting } from "./import-rows.ts";
import { benchLayer } from "./layer.ts";
import { benchLimiter } from "./limiter.ts";
import { benchListing } from "./list-items.ts";
import { benchLogging } from "./logging.ts";
import { requirePgbench } from "./pgbench.ts";
import { benchPlans } from "./plans.ts";
import { benchPosting } from "./post-events.ts";
import { benchReceiving } from "./receiving.ts";
import type { Row } from "./row.ts";
import { makeWorld, sessionSecret } from "./world.ts";

// npm run bench [-- posting listing importing limiter breaker layer logging receiving growth plans]: each figure beside a baseline measured in the same run, on the same machine.

const only = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const rows: Row[] = [];
if (isWanted("limiter")) {
  console.log("Measuring limiter …");
  rows.push(...(await benchLimiter()));
}
if (isWanted("breaker")) {
  console.log("Measuring breaker …");
  rows.push(...(await benchBreaker()));
}
if (isWanted("logging")) {
  console.log("Measuring logging …");
  rows.push(...benchLogging());
}
if (["posting", "importing", "listing", "layer", "receiving", "growth", "plans"].some(isWanted)) await benchWithDatabase();
if (rows.length > 0) print(rows);

function isWanted(name: string): boolean {
  return only.length === 0 || only.includes(name);
}

async function benchWithDatabase(): Promise<void> {
  if (isWanted("posting")) requirePgbench();
  const seconds = Number(process.env["BENCH_SECONDS"] ?? 10);
  const port = 39_871;
  const postgres = await startEmbeddedPostgres({ dataDir: ".data/bench", log: () => undefined, durable: true });
  try {
    await migrate({
      ownerUrl: postgres.ownerUrl,
      appRole: decodeURIComponent(new URL(postgres.appUrl).username),
      directory: migrationsDirectory,
      log: () => undefined,
    });
    console.log("Making a company with 100,000 items …");
    const world = await makeWorld(postgres.ownerUrl);
    const env = {
      DATABASE_URL: postgres.appUrl,
      DATABASE_OWNER_URL: postgres.ownerUrl,
      SESSION_SECRET: sessionSecret,
      NODE_ENV: "production",
      LOG_LEVEL: "warn",
      RATE_LIMIT_API: "100000000/1m",
      RATE_LIMIT_WRITE: "100000000/1m",
    };
    const benches: Record<string, () => Promise<Row | Row[]>> = {
      posting: () => benchPosting(world, env, { connections: 32, seconds, port }),
      importing: () => benchImporting(world, env),
      listing: () => benchListing(world, env, { connections: 32, seconds, port }),
      layer: () => benchLayer(world, env, { connections: 16, seconds, port }),
      receiving: () => benchReceiving(world, env, { port }),
      growth: () => benchGrowth(env, { port }),
    };
    if (isWanted("plans") && !(await benchPlans(env))) process.exitCode = 1;
    for (const [name, bench] of Object.entries(benches)) {
      if (!isWanted(name)) continue;
      console.log(`Measuring ${name} …`);
      rows.push(...[await bench()].flat());
    }
  } finally {
    await postgres.stop();
  }
}

function print(measured: readonly Row[]): void {
  const figure = (value: number) => Math.round(value).toLocaleString("en");
  console.log("\n| what | ours | against | baseline | ratio | |\n|---|---:|---|---:|---:|---|");
  for (const { what, ours, against, baseline, unit, note } of measured) {
    console.log(
      `| ${what} | ${figure(ours)} ${unit} | ${against} | ${figure(baseline)} ${unit} | ${(ours / baseline).toFixed(2)} | ${note} |`,
    );
  }
}
