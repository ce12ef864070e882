import { AppError, ConflictError, NotFoundError, ValidationError } from "#platform/errors.ts";

/** The state that a client made its change from: a version in the body, in an If-Match header, or both. */
export interface ChangeBasis {
  version: number | undefined;
  ifMatch: readonly number[] | undefined;
}

/** Splits a change into what it was made from and what is to change. Throws `400` on `version` when it names no state. */
export function readChange<B extends { version?: number | undefined }>({
  body,
  ifMatch,
}: {
  body: B;
  ifMatch: readonly number[] | undefined;
}): { basis: ChangeBasis; changes: Omit<B, "version"> } {
  const { version, ...changes } = body;
  if (version === undefined && ifMatch === undefined) {
    throw new ValidationError([{ path: "version", message: "Give the version you saw, or an If-Match header" }]);
  }
  return { basis: { version, ifMatch }, changes };
}

/**
 * Refuses a change made from a state that is no longer the present one: `412 PRECONDITION_FAILED` for an If-Match header,
 * `409 STALE_VERSION` for a version in the body. `record` is locked by the caller; undefined throws `404`.
 */
export function requireCurrent<T extends { version: number }>(record: T | undefined, { version, ifMatch }: ChangeBasis): T {
  if (!record) throw new NotFoundError();
  const current = { version: record.version };
  if (ifMatch !== undefined && !ifMatch.includes(record.version)) {
    throw new AppError("Someone changed this since you read it: read it again", {
      statusCode: 412,
      code: "PRECONDITION_FAILED",
      details: current,
    });
  }
  if (version !== undefined && version !== record.version) {
    throw new ConflictError("STALE_VERSION", "Someone changed this since you read it: read it again", current);
  }
  return record;
}
