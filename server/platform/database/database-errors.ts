import { AppError, ConflictError, DatabaseError, ExternalServiceError, ValidationError } from "#platform/errors.ts";
import { describeConstraint, toCamelCase } from "./constraints.ts";
import { isConnectionError, isRetryable, sqlStateOf } from "./connection-errors.ts";

interface PostgresFacts {
  constraint?: string;
  table?: string;
  column?: string;
}

/** What PostgreSQL refused, as an error a client can act on; anything unknown stays a 500 and keeps its cause for the log. */
export function toAppError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const state = sqlStateOf(error);
  if (isConnectionError(error))
    return new ExternalServiceError("The database cannot be reached at the moment: try again", "DATABASE_UNAVAILABLE", error);
  if (isRetryable(error)) return new ExternalServiceError("Too much is happening to this stock at once: try again", "BUSY", error);
  if (state === "57014")
    return new ExternalServiceError("This took too long and was stopped: ask for less, or try again", "TIMEOUT", error);
  if (state === undefined || !/^[0-9A-Z]{5}$/.test(state)) return error;

  const { constraint = "", table = "", column = "" } = error as PostgresFacts;
  const told = describeConstraint(table, constraint);
  switch (state) {
    case "23505":
      return new ConflictError(told.conflict ?? "UNIQUE_CONSTRAINT_VIOLATION", told.message, { fields: told.fields });
    case "23503":
      return new ConflictError("FOREIGN_KEY_VIOLATION", told.message, { fields: told.fields });
    case "23514":
      return told.conflict
        ? new ConflictError(told.conflict, told.message, { fields: told.fields })
        : new ValidationError([{ path: told.fields[0] ?? "", message: told.message }]);
    case "23502":
      return new ValidationError([{ path: toCamelCase(column), message: "Is required" }]);
    case "53200":
      return new ExternalServiceError(
        "This was more than the database could hold at once: send less at a time, or try again",
        "BUSY",
        error,
      );
    case "22001":
      return new ValidationError([{ path: "", message: "A text is too long" }]);
    case "22003":
      return new ValidationError([{ path: "", message: "A number is too large" }]);
    case "22P02":
      return new ValidationError([{ path: "", message: "A value has the wrong form" }]);
    default:
      // Class 22: a value that the database cannot take, such as a date before the calendar's beginning.
      if (state.startsWith("22")) return new ValidationError([{ path: "", message: "A value is out of range or has the wrong form" }]);
      return new DatabaseError("The database refused this", error);
  }
}
