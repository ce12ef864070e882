import type { ErrorBody } from "#contract/errors.ts";
import { toAppError } from "#platform/database/database-errors.ts";
import { AppError } from "#platform/errors.ts";

export interface RequestFacts {
  path: string;
  requestId: string;
  /** The Accept header: `application/problem+json` gets the same facts as RFC 9457. */
  accept: string | null;
  development: boolean;
}

/** The one place that makes an error's answer. What is not an `AppError` is told as a plain 500: never its text. */
export function toErrorResponse(thrown: unknown, facts: RequestFacts): { status: number; headers: Record<string, string>; body: string } {
  const error = toAppError(thrown);
  const known =
    error instanceof AppError
      ? error
      : new AppError("Something went wrong on our side", { statusCode: 500, code: "INTERNAL_ERROR", cause: error });
  const body: ErrorBody = {
    error: {
      message: known.message,
      code: known.code,
      statusCode: known.statusCode,
      ...(known.details === undefined ? {} : { details: known.details }),
      timestamp: new Date().toISOString(),
      path: facts.path,
      requestId: facts.requestId,
      ...(facts.development && known.statusCode === 500 && thrown instanceof Error && thrown.stack ? { stack: thrown.stack } : {}),
    },
  };
  const asProblem = facts.accept?.includes("application/problem+json") ?? false;
  return {
    status: known.statusCode,
    headers: {
      "Content-Type": asProblem ? "application/problem+json" : "application/json",
      ...(known.retryAfterSeconds === undefined ? {} : { "Retry-After": String(known.retryAfterSeconds) }),
    },
    body: JSON.stringify(asProblem ? toProblem(body) : body),
  };
}

function toProblem({ error: { message, statusCode, path, ...rest } }: ErrorBody) {
  return { type: "about:blank", title: message, status: statusCode, instance: path, ...rest };
}
