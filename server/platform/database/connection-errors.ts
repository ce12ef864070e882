const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "53300",
  "25006",
  "40003",
  // Idle for too long inside a transaction, or in it for too long: the server has ended the session.
  "25P03",
  "25P04",
]);
// 08…: the connection; 57P0…: the server ends, restarts, or has dropped the database or the session.
const connectionClasses = /^(08|57P0)/;
// The driver ends these without any code.
const connectionMessages =
  /Connection terminated|connection error and is not queryable|Client was closed|timeout exceeded when trying to connect|Connection ended unexpectedly|^timeout expired$/i;

export const sqlStateOf = (error: unknown): string | undefined => {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === "string" ? code : undefined;
};

/** The connection failed, not the statement. */
export function isConnectionError(error: unknown): boolean {
  const code = sqlStateOf(error);
  if (code !== undefined) return connectionCodes.has(code) || connectionClasses.test(code);
  return error instanceof Error && connectionMessages.test(error.message);
}

/** A row was held by someone else for longer than one waits. */
export const isLockTimeout = (error: unknown) => sqlStateOf(error) === "55P03";

/** The database rolled the transaction back for reasons of timing: the whole of it may be run again. */
export const isRetryable = (error: unknown) => ["40001", "40P01", "55P03"].includes(sqlStateOf(error) ?? "");
