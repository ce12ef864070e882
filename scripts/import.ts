import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { importKinds, type ImportKind } from "#contract/data-exchange.ts";
import { importCsv, type ImportOutcome } from "#features/data-exchange/import-csv.ts";
import { readLookups } from "#features/data-exchange/lookups.ts";
import { type Mapping, parseMapping } from "#features/data-exchange/mapping.ts";
import { AppError } from "#platform/errors.ts";
import { createLogger } from "#platform/logger.ts";
import { badRowsFile, type BadRowsFile } from "./import/bad-rows-file.ts";
import { findContext } from "./import/context.ts";
import { reportProgress } from "./import/progress.ts";
import { UsageError, withDatabase, withOwner } from "./with-database.ts";

// npm run import: see docs/import.md. Exit 0 when the file is in, 1 when it was refused or rows were left out, 2 when it could not be tried.

const usage = `npm run import -- --kind ${importKinds.join("|")} --file x.csv [--mapping m.json] [--site CODE] [--tenant CODE] [--user E-MAIL] [--dry-run] [--skip-bad-rows]`;

interface Arguments {
  kind: ImportKind;
  file: string;
  mapping: Mapping | undefined;
  site: string | undefined;
  tenant: string | undefined;
  user: string | undefined;
  dryRun: boolean;
  skipBadRows: boolean;
}

try {
  const given = readArguments();
  process.exitCode = await withDatabase("npm run import", ({ appUrl, ownerUrl }) => run(given, appUrl, ownerUrl));
} catch (error) {
  const known = error instanceof UsageError || (error instanceof AppError && error.statusCode < 500);
  console.error(error instanceof Error ? (known ? error.message : `The import failed: ${error.message}`) : String(error));
  if (error instanceof Error && !known && error.cause instanceof Error) console.error(error.cause.message);
  process.exitCode = 2;
}

async function run(given: Arguments, appUrl: string, ownerUrl: string): Promise<number> {
  if (appUrl === "") throw new UsageError("DATABASE_URL is missing: an import works as the application's restricted role");
  const context = await withOwner(ownerUrl, (client) => findContext(client, { ...given, log: createLogger({ level: "error" }) }));
  const lookups = given.mapping && (await readLookups(given.mapping, dirname(given.file)));
  const badRows = badRowsFile(given.file);
  const progress = reportProgress();
  try {
    const outcome = await importCsv({
      connection: appUrl,
      context,
      kind: given.kind,
      stream: createReadStream(given.file, { highWaterMark: 256 * 1024 }),
      mapping: given.mapping,
      lookups,
      siteCode: given.site,
      dryRun: given.dryRun,
      skipBadRows: given.skipBadRows,
      onProgress: progress.tell,
      onBadRow: (row) => badRows.add(row),
    });
    progress.end();
    tell(outcome, badRows, `${given.kind} of ${context.tenantCode}`);
    return outcome.rowsBad === 0 ? 0 : 1;
  } finally {
    progress.end();
    badRows.close();
  }
}

function figure(count: number): string {
  return count.toLocaleString("en-US");
}

function tell(outcome: ImportOutcome, badRows: BadRowsFile, what: string): void {
  const { rowsRead, rowsCreated, rowsChanged, rowsUnchanged, rowsBad, refused, dryRun } = outcome;
  console.log(
    `${what}: ${figure(rowsRead)} rows read, ${figure(rowsCreated)} created, ${figure(rowsChanged)} changed, ${figure(rowsUnchanged)} unchanged, ${figure(rowsBad)} bad`,
  );
  if (rowsBad > 0) {
    for (const { line, column, reason } of outcome.badRows.slice(0, 10))
      console.log(`  line ${line}${column === "" ? "" : `, ${column}`}: ${reason}`);
    console.log(`Every bad row, with its reason: ${badRows.close()}`);
  }
  if (refused) console.log("Nothing was imported. Mend the rows, or leave them out with --skip-bad-rows");
  else if (dryRun) console.log("A dry run: nothing was written");
}

function readArguments(): Arguments {
  const { kind, file, mapping, site, tenant, user, "dry-run": dryRun = false, "skip-bad-rows": skipBadRows = false } = parsedArguments();
  if (kind === undefined || file === undefined) throw new UsageError(usage);
  const known = importKinds.find((name) => name === kind);
  if (!known) throw new UsageError(`There is no kind ${kind}: ${importKinds.join(", ")}`);
  return {
    kind: known,
    file: existing(file),
    mapping: readMapping(mapping),
    site: site?.trim().toUpperCase(),
    tenant,
    user,
    dryRun,
    skipBadRows,
  };
}

function parsedArguments() {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      options: { kind: text, file: text, mapping: text, site: text, tenant: text, user: text, "dry-run": flag, "skip-bad-rows": flag },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function readMapping(file: string | undefined): Mapping | undefined {
  if (file === undefined) return undefined;
  const path = existing(file);
  try {
    return parseMapping(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** npm runs a script in the project's folder; what a person names is meant from where they stand. */
function existing(file: string): string {
  const path = resolve(process.env["INIT_CWD"] ?? process.cwd(), file);
  if (!existsSync(path)) throw new UsageError(`There is no file ${path}`);
  if (!statSync(path).isFile()) throw new UsageError(`${path} is no file`);
  return path;
}
