import type { ErrorBody } from "#contract/errors.ts";
import { toAppError } from "#platform/database/database-errors.ts";
import { AppError, ForeignKeyError, NotFoundError } from "#platform/errors.ts";
import { prefersProblem, toProblem } from "./problem.ts";

/** What an error's answer says about its request. */
export interface RequestFacts {
  path: string;
  requestId: string;
  /** The Accept header: `application/problem+json` gets the same facts as RFC 9457. */
  accept: string | null;
  /** Only then the stack of a failure of ours stands in its answer. */
  development: boolean;
}

/** The one place that makes an error's answer. What is not an `AppError` is told as a plain 500: never its text. */
export function toErrorResponse(thrown: unknown, request: RequestFacts): { status: number; headers: Record<string, string>; body: string } {
  const error = known(thrown, request.path);
  const body: ErrorBody = {
    error: {
      message: error.message,
      code: error.code,
      statusCode: error.statusCode,
      ...(error.details === undefined ? {} : { details: error.details }),
      timestamp: new Date().toISOString(),
      path: request.path,
      requestId: request.requestId,
      ...(request.development && error.statusCode === 500 && thrown instanceof Error && thrown.stack ? { stack: thrown.stack } : {}),
    },
  };
  const asProblem = prefersProblem(request.accept);
  return {
    status: error.statusCode,
    headers: {
      "Content-Type": asProblem ? "application/problem+json" : "application/json",
      ...(error.retryAfterSeconds === undefined ? {} : { "Retry-After": String(error.retryAfterSeconds) }),
    },
    body: JSON.stringify(asProblem ? toProblem(body) : body),
  };
}

function known(thrown: unknown, path: string): AppError {
  const error = toAppError(thrown);
  if (error instanceof ForeignKeyError && error.missingTable && isAskedFor(error.missingTable, path)) return new NotFoundError();
  if (error instanceof AppError) return error;
  return new AppError("Something went wrong on our side", { statusCode: 500, code: "INTERNAL_ERROR", cause: error });
}

/** Whether the address names one of these by its id: `/sites/{id}/locations` asks for a `site`. */
function isAskedFor(table: string, path: string): boolean {
  const segments = path.split("/");
  return segments.some((segment, index) => {
    if (!isId.test(segments[index + 1] ?? "")) return false;
    const singular = segment.replaceAll("-", "_").replace(/ies$/, "y").replace(/s$/, "");
    return table === singular || table.endsWith(`_${singular}`);
  });
}

const isId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
