import { ExternalServiceError } from "#platform/errors.ts";
import { isConnectionError } from "./connection-errors.ts";

/** The connection was lost after COMMIT was sent: it may or may not have happened. */
export class CommitUnknown extends Error {
  asAppError() {
    return new ExternalServiceError(
      "The connection to the database was lost while saving: look whether it was saved before you try again, or send an Idempotency-Key",
      "COMMIT_UNKNOWN",
      this.cause,
    );
  }
}

/** COMMIT was on its way already. */
export function unknownWhenLost(error: unknown): never {
  throw isConnectionError(error) ? new CommitUnknown("commit", { cause: error }) : error;
}
