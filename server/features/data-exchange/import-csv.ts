import { randomUUID } from "node:crypto";
import { type BadRow, type ImportKind, ImportResult } from "#contract/data-exchange.ts";
import { audit } from "#features/audit/audit.ts";
import type { Tx } from "#platform/database/transaction.ts";
import type { Context } from "#platform/http/context.ts";
import { claimKey, keepAnswer } from "#platform/http/idempotency.ts";
import { ownSiteIds } from "#platform/http/site-access.ts";
import { type BadRowWithValue, beginBadRows, foldDuplicates, readBadRows, setBadRowsAside } from "./bad-rows.ts";
import { fileError } from "./csv-rows.ts";
import { type ImportConnection, withImportConnection } from "./import-connection.ts";
import { type Steps, stepsByKind } from "./kinds.ts";
import type { Mapping } from "./mapping.ts";
import type { LookupTables } from "./sources.ts";
import { stageRows, type Staged } from "./staging.ts";

export interface ImportOptions {
  /** Address of the database as the application's role. */
  connection: string;
  context: Context;
  kind: ImportKind;
  stream: AsyncIterable<Uint8Array>;
  mapping?: Mapping | undefined;
  lookups?: LookupTables | undefined;
  /** For rows that name no site; where it is left out and the tenant has one site only, that one. */
  siteCode?: string | undefined;
  dryRun?: boolean | undefined;
  skipBadRows?: boolean | undefined;
  /** The same key and request again, file included, are answered as before and not done again. */
  once?: { key: string; hashOf: (fileHash: string) => Buffer } | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Told every bad row in the order of the file; the result has the first 1,000. */
  onBadRow?: ((row: BadRowWithValue) => void) | undefined;
}

export interface Progress {
  phase: "reading" | "checking" | "writing";
  rows: number;
}

export interface ImportOutcome extends ImportResult {
  /** Bad rows kept everything out; nothing was written. */
  refused: boolean;
  /** This is the answer to the same request before; nothing was done now. */
  replayed: boolean;
}

const badRowsInResult = 1_000;

/**
 * Brings a CSV file in: whole, or with `skipBadRows` all but its bad rows, or not at all; in one transaction and a number of
 * statements that does not grow with the rows. The same file again changes nothing; two at once take turns.
 * Throws `400 VALIDATION_ERROR` when the file cannot be read as the kind it is said to be, `409 IMPORT_RUNNING` after a minute's wait.
 */
export async function importCsv(options: ImportOptions): Promise<ImportOutcome> {
  const { context, kind, dryRun = false, skipBadRows = false, onProgress } = options;
  const steps = stepsByKind[kind];
  if (skipBadRows && steps.kind.ofDocuments)
    throw fileError(`Bad rows of ${kind} cannot be skipped: several rows are one document, which comes in whole. Mend the file`);
  let outcome: ImportOutcome | undefined;
  await withImportConnection(options.connection, context.tenantId, async (connection) => {
    const { tx } = connection;
    const staged = await stage(connection, options, steps);
    outcome = await outcomeBefore(tx, options, staged);
    if (outcome) return false;
    onProgress?.({ phase: "checking", rows: staged.rows });
    await takeTurn(tx, context, kind);
    const rowsBad = await check(tx, context, steps, staged);
    const badRows = await tellBadRows(tx, options);
    const refused = rowsBad > 0 && !skipBadRows;
    onProgress?.({ phase: "writing", rows: staged.rows - rowsBad });
    const written = refused ? { created: 0, changed: 0 } : await write(tx, context, steps, staged, rowsBad);
    const result: ImportResult = {
      kind,
      dryRun,
      rowsRead: staged.rows,
      rowsCreated: written.created,
      rowsChanged: written.changed,
      rowsUnchanged: refused ? 0 : staged.rows - rowsBad - written.created - written.changed,
      rowsBad,
      badRows,
    };
    outcome = { ...result, refused, replayed: false };
    // What is checked at the end of a transaction is checked in a dry run too.
    if (dryRun) await tx.sql("SET CONSTRAINTS ALL IMMEDIATE", []);
    const wanted = !refused && !dryRun;
    if (wanted && options.once) keepAnswer(tx, context.userId, options.once.key, { status: 200, body: JSON.stringify(result) });
    return wanted;
  });
  if (!outcome) throw new Error("The import ended without an outcome");
  return outcome;
}

/** Claims the key of the request; the whole file has been read by now, and tells one request from another. */
async function outcomeBefore(tx: Tx, { once, dryRun, context }: ImportOptions, { fileHash }: Staged): Promise<ImportOutcome | undefined> {
  if (!once || dryRun) return undefined;
  const before = await claimKey(tx, context.userId, once.key, once.hashOf(fileHash));
  return before && { ...ImportResult.parse(JSON.parse(before.body)), refused: false, replayed: true };
}

async function stage(connection: ImportConnection, options: ImportOptions, { kind }: Steps): Promise<Staged> {
  return await stageRows(connection, {
    kind,
    stream: options.stream,
    mapping: options.mapping,
    lookups: options.lookups ?? new Map<string, ReadonlyMap<string, string>>(),
    siteCode: options.siteCode ?? (await onlySite(connection.tx, options.context)),
    onRows: (rows) => options.onProgress?.({ phase: "reading", rows }),
  });
}

async function onlySite(tx: Tx, context: Context): Promise<string | undefined> {
  const sites = await tx.sql<{ code: string }>(
    "SELECT code FROM site WHERE active AND ($1::uuid[] IS NULL OR id = ANY ($1::uuid[])) LIMIT 2",
    [ownSiteIds(context)],
  );
  return sites.length === 1 ? sites[0]?.code : undefined;
}

/** Of two imports of a kind the second waits, and then finds what the first wrote. */
async function takeTurn(tx: Tx, { tenantId }: Context, kind: ImportKind): Promise<void> {
  await tx.sql("SELECT pg_advisory_xact_lock(hashtextextended('import ' || $1 || ' ' || $2, 0))", [tenantId, kind]);
}

async function check(tx: Tx, context: Context, steps: Steps, { present }: Staged): Promise<number> {
  await beginBadRows(tx);
  if (steps.kind.duplicatesCollapse) await foldDuplicates(tx, steps.kind, present);
  await steps.check(tx, context, present);
  return await setBadRowsAside(tx);
}

async function tellBadRows(tx: Tx, { onBadRow }: ImportOptions): Promise<BadRow[]> {
  const first: BadRow[] = [];
  for await (const row of readBadRows(tx, onBadRow ? undefined : badRowsInResult)) {
    if (first.length < badRowsInResult) first.push({ line: row.line, column: row.column, reason: row.reason });
    onBadRow?.(row);
  }
  return first;
}

/** A run that changed something leaves one audit event with the file's hash; what it changed in records that were there has events of its own. */
async function write(tx: Tx, context: Context, steps: Steps, { present, fileHash, rows }: Staged, rowsBad: number) {
  const runId = randomUUID();
  const written = await steps.write(tx, context, present, runId);
  if (written.created + written.changed > 0) {
    const after = {
      kind: steps.kind.kind,
      fileSha256: fileHash,
      rowsRead: rows,
      rowsCreated: written.created,
      rowsChanged: written.changed,
      rowsBad,
    };
    await audit(tx, context, "import.completed", runId, { after });
  }
  return written;
}
