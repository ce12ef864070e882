import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ErrorBody } from "#contract/errors.ts";
import { AppError, ConflictError, ForeignKeyError, NotFoundError, RateLimitError, ValidationError } from "#platform/errors.ts";
import { type RequestFacts, toErrorResponse } from "./error-response.ts";

const facts = { path: "/api/v1/x", requestId: "req_1", accept: null, development: false };
const bodyOf = (thrown: unknown, more: Partial<RequestFacts> = {}) =>
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
    new AggregateError([new Error("password_hash")], "outer"),
    Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:5432"), { code: "ECONNREFUSED", address: "10.0.0.1" }),
    Object.assign(new Error("password_hash"), { code: "23505", table: "app_user", constraint: "nobody_knows", detail: "SELECT" }),
    Object.assign(new Error("password_hash"), { code: "23503", table: "app_user", constraint: "nobody_knows", detail: 'in "app_user".' }),
    Object.assign(new Error("password_hash"), { code: "22P02", where: "PL/pgSQL function app_user" }),
    Object.assign(new Error("password_hash"), { code: "42501", file: "aclchk.c", routine: "aclcheck_error" }),
    z.object({ password_hash: z.string() }).safeParse({}).error,
    new SyntaxError("Unexpected token in /srv/server/main.ts"),
    { code: "23505", table: "app_user", toString: () => "password_hash" },
    "password_hash",
    Symbol("password_hash"),
  ];
  test.each(secretive.map((thrown, index) => [index, thrown] as const))("in production: %i", (_, thrown) => {
    for (const accept of [null, "application/problem+json"]) {
      const { body } = toErrorResponse(thrown, { ...facts, accept });
      expect(body).not.toMatch(
        /SELECT|app_user|password_hash|nobody_knows|\.ts|node_modules|stack|outer|10\.0\.0\.1|ECONN|aclchk|PL\/pgSQL/,
      );
    }
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
  const answer = toErrorResponse(new ConflictError("TAKEN", "Taken", { sku: "A" }), { ...facts, accept: "application/problem+json" });
  expect(answer).toMatchObject({ status: 409, headers: { "Content-Type": "application/problem+json" } });
  expect(JSON.parse(answer.body)).toMatchObject({
    status: 409,
    detail: "Taken",
    instance: "/api/v1/x",
    code: "TAKEN",
    details: { sku: "A" },
  });
  expect(toErrorResponse(new NotFoundError(), { ...facts, accept: "application/problem+json;q=0" }).headers["Content-Type"]).toBe(
    "application/json",
  );
});

describe("a reference to what is not there", () => {
  const id = "0198c0de-0000-7000-8000-000000000001";
  const missing = (table: string) => new ForeignKeyError("x names something that does not exist", ["x"], table);
  test.each([
    ["site", `/api/v1/sites/${id}/locations`],
    ["site", `/api/sites/${id}`],
    ["inventory_event", `/api/v1/inventory/events/${id}/reverse`],
    ["purchase_order", `/api/v1/purchasing/purchase-orders/${id}/receive`],
    ["item_category", `/api/v1/item-categories/${id}`],
  ])("is a 404 where it is what was asked for: %s at %s", (table, path) => {
    expect(bodyOf(missing(table), { path }).error).toMatchObject({ statusCode: 404, code: "NOT_FOUND", message: "Not found" });
  });
  test.each([
    ["unit", `/api/v1/inventory/items/${id}`],
    ["site", "/api/v1/sites"],
    ["site", "/api/v1/sites/none/locations"],
    ["location", `/api/v1/sites/${id}/locations`],
  ])("is a 409 where it is not: %s at %s", (table, path) => {
    expect(bodyOf(missing(table), { path }).error).toMatchObject({ statusCode: 409, code: "FOREIGN_KEY_VIOLATION" });
  });
  test("is a 409 where something still refers to what was asked for", () => {
    const path = `/api/v1/sites/${id}`;
    expect(bodyOf(new ForeignKeyError("Something still refers to this", ["site"]), { path }).error.statusCode).toBe(409);
  });
});
