import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CapturedStatement } from "./captured-sql.ts";
import { run } from "./processes.ts";

/** Asked before anything long is begun; without it, the process ends here. */
export function requirePgbench(): void {
  if (!spawnSync("pgbench", ["--version"], { stdio: "ignore" }).error) return;
  console.error("pgbench, which the baseline of posting is measured with, was not found (Debian: apt-get install postgresql-contrib)");
  process.exit(1);
}

/** Runs the script (one transaction) from many connections at once, prepared. Answers transactions per second. */
export async function pgbench(
  url: string,
  script: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "pgbench-"));
  try {
    const file = join(folder, "transaction.sql");
    writeFileSync(file, script);
    const printed = await run("pgbench", [
      "-n",
      "-M",
      "prepared",
      "-c",
      String(connections),
      "-j",
      "2",
      "-T",
      String(seconds),
      "-f",
      file,
      url,
    ]);
    const failed = Number(/number of failed transactions: (\d+)/.exec(printed)?.[1] ?? 0);
    const perSecond = Number(/tps = ([\d.]+)/.exec(printed)?.[1] ?? Number.NaN);
    if (failed > 0 || !(perSecond > 0)) throw new Error(`pgbench failed: ${printed}`);
    return perSecond;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What differs from request to request: a text in the captured values, and the pgbench expression that takes its place. */
export type Varying = Readonly<Record<string, string>>;

/** One request's statements as one pgbench transaction; `tenantId` is set as the product sets it, `variables` are pgbench's own lines. */
export function scriptOf(
  session: CapturedStatement,
  inside: readonly CapturedStatement[],
  tenantId: string,
  variables: readonly string[],
  varying: Varying,
): string {
  const lines = [
    inlined(session, varying),
    "BEGIN",
    `SELECT set_config('app.tenant_id', '${tenantId}', true), set_config('statement_timeout', '30000', true), set_config('lock_timeout', '10000', true), set_config('idle_in_transaction_session_timeout', '60000', true)`,
    ...inside.map((statement) => inlined(statement, varying)),
    "COMMIT",
  ];
  // A statement ends at its line's semicolon.
  return [...variables, ...lines.map((line) => `${line.replaceAll(/\s+/g, " ").trim()};`)].join("\n");
}

function inlined({ text, values }: CapturedStatement, varying: Varying): string {
  return text.replaceAll(/\$(\d+)/g, (_, position: string) => literal(values[Number(position) - 1], varying));
}

function literal(value: unknown, varying: Varying): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number") return String(value);
  if (Buffer.isBuffer(value)) return `'\\x${value.toString("hex")}'::bytea`;
  // pgbench would take the colon and number of `"line":0` for a variable.
  const text = `'${(value as string).replaceAll(/":(?=\S)/g, '": ').replaceAll("'", "''")}'`;
  return Object.entries(varying).reduce(
    (sql, [marker, expression]) => (text.includes(marker) ? `replace(${sql}, '${marker}', ${expression})` : sql),
    text,
  );
}
