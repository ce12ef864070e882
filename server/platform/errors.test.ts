import { describe, expect, test } from "vitest";
import {
  AppError,
  AuthenticationError,
  AuthorizationError,
  ConflictError,
  DatabaseError,
  ExternalServiceError,
  ForeignKeyError,
  NotFoundError,
  RateLimitError,
  ValidationError,
} from "./errors.ts";

const cause = new Error("the cause");

describe("each kind has its status and code", () => {
  test.each<[string, AppError, number, string, string]>([
    ["ValidationError", new ValidationError([]), 400, "VALIDATION_ERROR", "Validation failed"],
    ["ValidationError", new ValidationError([], "Not JSON", "INVALID_JSON"), 400, "INVALID_JSON", "Not JSON"],
    ["AuthenticationError", new AuthenticationError(), 401, "UNAUTHENTICATED", "Sign in to use this"],
    ["AuthenticationError", new AuthenticationError("No", "INVALID_CREDENTIALS"), 401, "INVALID_CREDENTIALS", "No"],
    ["AuthorizationError", new AuthorizationError(), 403, "FORBIDDEN", "Your role does not allow this"],
    ["AuthorizationError", new AuthorizationError("No", "X"), 403, "X", "No"],
    ["NotFoundError", new NotFoundError(), 404, "NOT_FOUND", "Not found"],
    ["NotFoundError", new NotFoundError("Gone"), 404, "NOT_FOUND", "Gone"],
    ["ConflictError", new ConflictError("TAKEN", "Taken"), 409, "TAKEN", "Taken"],
    ["ForeignKeyError", new ForeignKeyError("Missing", ["item"]), 409, "FOREIGN_KEY_VIOLATION", "Missing"],
    ["RateLimitError", new RateLimitError(7), 429, "RATE_LIMITED", "Too many requests: wait a moment and try again"],
    ["DatabaseError", new DatabaseError("Refused", cause), 500, "DATABASE_ERROR", "Refused"],
    ["ExternalServiceError", new ExternalServiceError("Away"), 503, "SERVICE_UNAVAILABLE", "Away"],
    ["ExternalServiceError", new ExternalServiceError("Away", "BUSY", cause), 503, "BUSY", "Away"],
    ["AppError", new AppError("Own", { statusCode: 418, code: "TEAPOT" }), 418, "TEAPOT", "Own"],
  ])("%s", (name, error, statusCode, code, message) => {
    expect(error).toMatchObject({ name, statusCode, code, message });
    expect(error).toBeInstanceOf(AppError);
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toContain("errors.test.ts");
  });
});

test("facts, cause and the time to come back are kept, and are absent where there are none", () => {
  const full = new AppError("x", { statusCode: 409, code: "X", details: { sku: "A" }, cause, retryAfterSeconds: 3 });
  expect(full).toMatchObject({ details: { sku: "A" }, cause, retryAfterSeconds: 3 });
  const bare = new AppError("x", { statusCode: 409, code: "X" });
  expect([bare.details, bare.retryAfterSeconds, "cause" in bare]).toEqual([undefined, undefined, false]);
});

test("an error that is told later says when: a limit, a service that is away, a conflict that passes", () => {
  expect(new RateLimitError(7).retryAfterSeconds).toBe(7);
  expect(new ExternalServiceError("x").retryAfterSeconds).toBe(1);
  expect(new ConflictError("X", "x", undefined, 2).retryAfterSeconds).toBe(2);
  expect(new ConflictError("X", "x").retryAfterSeconds).toBeUndefined();
});

test("the cause of a failure of the database or a service stays with it, for the log", () => {
  expect(new DatabaseError("x", cause).cause).toBe(cause);
  expect(new ExternalServiceError("x", "Y", cause).cause).toBe(cause);
});

test("a fault of validation names its fields", () => {
  expect(new ValidationError([{ path: "lines.0.quantity", message: "Must be greater than 0" }]).details).toEqual({
    errors: [{ path: "lines.0.quantity", message: "Must be greater than 0" }],
  });
});
