import { describe, expect, test } from "vitest";
import { ErrorBody } from "#contract/errors.ts";
import { AppError, ConflictError, NotFoundError, RateLimitError, ValidationError } from "#platform/errors.ts";
import { toErrorResponse } from "./error-response.ts";

const facts = { path: "/api/v1/x", requestId: "req_1", accept: null, development: false };
const bodyOf = (thrown: unknown, more: Partial<typeof facts> & { accept?: string | null } = {}) =>
  JSON.parse(toErrorResponse(thrown, { ...facts, ...more }).body) as ErrorBody;

test.each<[unknown, number, string]>([
  [new ValidationError([{ path: "a", message: "b" }]), 400, "VALIDATION_ERROR"],
  [new NotFoundError(), 404, "NOT_FOUND"],
  [new ConflictError("TAKEN", "Taken", { sku: "A" }), 409, "TAKEN"],
  [new RateLimitError(7), 429, "RATE_LIMITED"],
  [
    Object.assign(new Error("duplicate key value"), { code: "23505", table: "item", constraint: "item_sku_key" }),
    409,
    "UNIQUE_CONSTRAINT_VIOLATION",
  ],
  [Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:5432"), { code: "ECONNREFUSED" }), 503, "DATABASE_UNAVAILABLE"],
  [new TypeError("x is not a function"), 500, "INTERNAL_ERROR"],
  ["a thrown text", 500, "INTERNAL_ERROR"],
  [undefined, 500, "INTERNAL_ERROR"],
  [null, 500, "INTERNAL_ERROR"],
])("%s is told as %i %s, in the one shape", (thrown, status, code) => {
  const answer = toErrorResponse(thrown, facts);
  expect(answer).toMatchObject({ status, headers: { "Content-Type": "application/json" } });
  expect(ErrorBody.parse(JSON.parse(answer.body)).error).toMatchObject({ statusCode: status, code, path: "/api/v1/x", requestId: "req_1" });
});

describe("what the cause was is not told", () => {
  const secretive = [
    new Error("SELECT password_hash FROM app_user at /srv/server/main.ts"),
    Object.assign(new Error('relation "app_user" does not exist'), { code: "42P01" }),
    new AppError("Told", { statusCode: 500, code: "X", cause: new Error("password_hash") }),
    new Error("outer", { cause: new Error("password_hash") }),
  ];
  test.each(secretive)("in production: %s", (thrown) => {
    const { body } = toErrorResponse(thrown, facts);
    expect(body).not.toMatch(/SELECT|app_user|password_hash|\.ts|node_modules|stack|outer/);
  });
  test("the stack stands in a development answer, of our own failures only", () => {
    expect(bodyOf(new TypeError("x"), { development: true }).error.stack).toContain("error-response.test.ts");
    expect(bodyOf(new NotFoundError(), { development: true }).error.stack).toBeUndefined();
  });
});

test("when to come back is said where it is known", () => {
  expect(toErrorResponse(new RateLimitError(7), facts).headers["Retry-After"]).toBe("7");
  expect(toErrorResponse(Object.assign(new Error("x"), { code: "40001" }), facts).headers["Retry-After"]).toBe("1");
  expect(toErrorResponse(new NotFoundError(), facts).headers).not.toHaveProperty("Retry-After");
});

test("who asks for application/problem+json gets the same facts as RFC 9457 has them", () => {
  const answer = toErrorResponse(new ConflictError("TAKEN", "Taken", { sku: "A" }), {
    ...facts,
    accept: "application/problem+json, application/json;q=0.5",
  });
  expect(answer.headers["Content-Type"]).toBe("application/problem+json");
  expect(JSON.parse(answer.body)).toMatchObject({
    type: "about:blank",
    title: "Taken",
    status: 409,
    instance: "/api/v1/x",
    code: "TAKEN",
    details: { sku: "A" },
    requestId: "req_1",
  });
});
