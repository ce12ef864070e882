import pg from "pg";
import { ConflictError, DatabaseError } from "#platform/errors.ts";
import { createNotices } from "#platform/database/after-commit.ts";
import { settingsSql } from "#platform/database/attempt.ts";
import { isConnectionError, sqlStateOf } from "#platform/database/connection-errors.ts";
import { toAppError } from "#platform/database/database-errors.ts";
import { createTx, type Tx } from "#platform/database/transaction.ts";
import { valueParsers } from "#platform/database/value-parsers.ts";

const minute = 60_000;

export interface ImportConnection {
  readonly tx: Tx;
  /** For COPY, which a `Tx` does not know. */
  readonly client: pg.Client;
}

/**
 * Runs `work` in one transaction of the tenant's, on a connection of its own: the server's pool sends statements ahead, which COPY
 * does not bear, and its time limits are those of a request. Commits when `work` answers true; otherwise nothing was ever there.
 */
export async function withImportConnection(
  url: string,
  tenantId: string,
  work: (connection: ImportConnection) => Promise<boolean>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    types: valueParsers,
    application_name: "warehouse-builder import",
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks fails the statement that runs on it; nobody else need hear of it.
  client.on("error", () => undefined);
  const notices = createNotices();
  try {
    await client.connect();
    await client.query("BEGIN");
    await client.query(settingsSql, [tenantId, String(30 * minute), String(minute), String(5 * minute)]);
    // A pooled client has one method more, release, which a transaction does not call.
    const tx = createTx(client as unknown as pg.PoolClient, () => undefined, undefined);
    const wanted = (await work({ tx, client })) ? "COMMIT" : "ROLLBACK";
    if (wanted === "COMMIT") notices.keep(tx.toTell);
    // After a failed statement PostgreSQL answers COMMIT with ROLLBACK, and no error.
    const { command } = await client.query(wanted);
    if (command !== wanted) throw new DatabaseError("The import was rolled back instead of saved");
    notices.tell("saved");
  } catch (error) {
    if (isConnectionError(error)) notices.tell("unknown");
    if (sqlStateOf(error) === "55P03")
      throw new ConflictError("IMPORT_RUNNING", "Another import or change holds what this one needs: try again in a moment", undefined, 5);
    throw toAppError(error);
  } finally {
    // Without a COMMIT the end of the connection rolls everything back.
    await client.end().catch(() => undefined);
  }
}
