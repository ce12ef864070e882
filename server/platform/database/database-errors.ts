import { AppError, ConflictError, DatabaseError, ExternalServiceError, ForeignKeyError, ValidationError } from "#platform/errors.ts";
import { type ConstraintMeaning, describeConstraint, toCamelCase } from "./constraints.ts";
import { isConnectionError, isRetryable, sqlStateOf } from "./connection-errors.ts";

interface PostgresFacts {
  constraint?: string;
  table?: string;
  column?: string;
  detail?: string;
}

// What a value of the client's can be at fault for, where no constraint and no column names its field.
const faultsOfValues: Readonly<Record<string, string>> = {
  "22001": "A text is too long",
  "22003": "A number is too large",
  "22P02": "A value has the wrong form",
};
const outOfRoom = new Set(["53000", "53100", "53200", "53400"]);

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

  return refusalOf(state, error as PostgresFacts, error);
}

function refusalOf(state: string, facts: PostgresFacts, cause: unknown): AppError {
  const { constraint = "", table = "", column = "" } = facts;
  const told = describeConstraint(table, constraint);
  const fault = (message: string, path = "") => new ValidationError([{ path, message }]);
  switch (state) {
    case "23505":
    case "23P01":
      return new ConflictError(told.conflict ?? "UNIQUE_CONSTRAINT_VIOLATION", told.message, { fields: told.fields });
    case "23503":
      return foreignKeyError(told, facts);
    // What ON DELETE RESTRICT says since PostgreSQL 18.
    case "23001":
      return new ForeignKeyError(stillReferredTo, told.fields);
    case "23514":
      return told.conflict ? new ConflictError(told.conflict, told.message, { fields: told.fields }) : fault(told.message, told.fields[0]);
    case "23502":
      return fault("Is required", toCamelCase(column));
    default:
      if (outOfRoom.has(state)) {
        const message = "This was more than the database could hold at once: send less at a time, or try again";
        return new ExternalServiceError(message, "BUSY", cause);
      }
      // Class 22: a value that the database cannot take, such as a date before the calendar's beginning.
      if (state.startsWith("22")) return fault(faultsOfValues[state] ?? "A value is out of range or has the wrong form");
      return new DatabaseError("The database refused this", cause);
  }
}

const stillReferredTo = "Something still refers to this";

/**
 * PostgreSQL says in its `detail` alone which of the two it is, in the language of the server, and keeps the values to itself where
 * rows are hidden: of the tables, `table` holds the key, and `detail` quotes the one that lacks it or the one that refers to it.
 */
function foreignKeyError(told: ConstraintMeaning, { table = "", detail = "" }: PostgresFacts): ForeignKeyError {
  const quoted = [...detail.matchAll(/["«„“»]\s?([a-z0-9_]+)\s?["»“”«]/g)].at(-1)?.[1];
  return quoted === table ? new ForeignKeyError(stillReferredTo, told.fields) : new ForeignKeyError(told.message, told.fields, quoted);
}
