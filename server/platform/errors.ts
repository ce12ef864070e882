import type { FieldError } from "#contract/errors.ts";

export interface ErrorFacts {
  statusCode: number;
  code: string;
  details?: Record<string, unknown>;
  /** Whole seconds after which asking again makes sense. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** A refusal or failure whose cause is known: thrown where it is found, turned into an answer in one place. */
export class AppError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly details: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.statusCode = facts.statusCode;
    this.code = facts.code;
    this.details = facts.details;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** 400: which fields, and what would be right. */
export class ValidationError extends AppError {
  constructor(errors: readonly FieldError[], message = "Validation failed", code = "VALIDATION_ERROR") {
    super(message, { statusCode: 400, code, details: { errors } });
  }
}

export class AuthenticationError extends AppError {
  constructor(message = "Sign in to use this", code = "UNAUTHENTICATED") {
    super(message, { statusCode: 401, code });
  }
}

export class AuthorizationError extends AppError {
  constructor(message = "Your role does not allow this", code = "FORBIDDEN") {
    super(message, { statusCode: 403, code });
  }
}

/** 404, the same for what does not exist, what another tenant owns, and what stands in a site without access. */
export class NotFoundError extends AppError {
  constructor(message = "Not found") {
    super(message, { statusCode: 404, code: "NOT_FOUND" });
  }
}

/** 409: right in itself, but not in the present state. The code says which conflict. */
export class ConflictError extends AppError {
  constructor(code: string, message: string, details?: Record<string, unknown>, retryAfterSeconds?: number) {
    super(message, {
      statusCode: 409,
      code,
      ...(details === undefined ? {} : { details }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }
}

/** 409: a change refers to what is not there (`missingTable` says where it was looked for), or takes away what is still referred to. */
export class ForeignKeyError extends ConflictError {
  readonly missingTable: string | undefined;
  constructor(message: string, fields: readonly string[], missingTable?: string) {
    super("FOREIGN_KEY_VIOLATION", message, { fields });
    this.missingTable = missingTable;
  }
}

/** 429. `limit`: the one that refused, where the rate limiter did not tell of it already. */
export class RateLimitError extends AppError {
  readonly limit: { name: string; maxRequests: number; windowMs: number } | undefined;
  constructor(retryAfterSeconds: number, message = "Too many requests: wait a moment and try again", limit?: RateLimitError["limit"]) {
    super(message, { statusCode: 429, code: "RATE_LIMITED", retryAfterSeconds });
    this.limit = limit;
  }
}

/** 500: the database refused for a reason that no client can mend. */
export class DatabaseError extends AppError {
  constructor(message: string, cause?: unknown) {
    super(message, { statusCode: 500, code: "DATABASE_ERROR", cause });
  }
}

/** 503: something we need does not answer at the moment. */
export class ExternalServiceError extends AppError {
  constructor(message: string, code = "SERVICE_UNAVAILABLE", cause?: unknown, retryAfterSeconds = 1) {
    super(message, { statusCode: 503, code, retryAfterSeconds, cause });
  }
}
