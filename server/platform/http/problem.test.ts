import { describe, expect, test } from "vitest";
import { prefersProblem, toProblem } from "./problem.ts";

describe("who gets application/problem+json", () => {
  test.each<[string | null, boolean]>([
    ["application/problem+json", true],
    ["Application/Problem+JSON", true],
    ["application/problem+json, application/json", true],
    ["application/json, application/problem+json", true],
    ["application/problem+json;q=0.9, application/json;q=0.8", true],
    ["application/problem+json, application/json;q=0.5", true],
    ["text/html, application/problem+json;q=0.1", true],
    ["application/problem+json;q=0.5, */*;q=0.1", true],
    ["application/problem+json;charset=utf-8", true],
    ["application/problem+json ; q=0.300", true],
    ["application/problem+json;q=0.9, application/json", false],
    ["application/problem+json;q=0.1, application/json;q=0.2", false],
    ["application/problem+json;q=0.1, application/*;q=0.2", false],
    ["application/problem+json;q=0.1, */*", false],
    ["application/problem+json;q=0", false],
    ["application/problem+json;q=0.000, application/json", false],
    ["application/problem+json;q=much", false],
    ["application/problem+json;q=2", false],
    ["application/json", false],
    ["application/*", false],
    ["*/*", false],
    ["application/problem+xml", false],
    ["x/application/problem+json-not", false],
    [",;=,,", false],
    ["", false],
    [null, false],
  ])("%s: %s", (accept, expected) => expect(prefersProblem(accept)).toBe(expected));

  test("a header as long as headers may be costs no time", () => {
    const startedAt = performance.now();
    prefersProblem(`${"a/b;q=0.1,".repeat(1_600)}application/problem+json`);
    prefersProblem(`application/problem+json;${" ".repeat(16_000)}q=0`);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

const facts = {
  message: "There is not enough stock",
  timestamp: "2026-01-04T10:30:00.000Z",
  path: "/api/v1/inventory/events",
  requestId: "req_1",
};

test("every fact of ours is there, under the names of RFC 9457 where it has one", () => {
  const details = { fields: ["quantity"] };
  expect(toProblem({ error: { ...facts, code: "INSUFFICIENT_STOCK", statusCode: 409, details } })).toEqual({
    type: "urn:problem-type:warehouse-builder:insufficient-stock",
    title: "Insufficient stock",
    status: 409,
    detail: "There is not enough stock",
    instance: "/api/v1/inventory/events",
    code: "INSUFFICIENT_STOCK",
    details,
    timestamp: "2026-01-04T10:30:00.000Z",
    requestId: "req_1",
  });
});

describe("the type says what the code says, and the title does not differ from one occurrence to the next", () => {
  test.each([
    ["NOT_FOUND", 404, "about:blank", "Not Found"],
    ["UNAUTHENTICATED", 401, "about:blank", "Unauthorized"],
    ["FORBIDDEN", 403, "about:blank", "Forbidden"],
    ["METHOD_NOT_ALLOWED", 405, "about:blank", "Method Not Allowed"],
    ["BODY_TOO_LARGE", 413, "about:blank", "Payload Too Large"],
    ["UNSUPPORTED_MEDIA_TYPE", 415, "about:blank", "Unsupported Media Type"],
    ["BAD_REQUEST", 400, "about:blank", "Bad Request"],
    ["INTERNAL_ERROR", 500, "about:blank", "Internal Server Error"],
    ["VALIDATION_ERROR", 400, "urn:problem-type:warehouse-builder:validation-error", "Validation error"],
    ["STALE_VERSION", 409, "urn:problem-type:warehouse-builder:stale-version", "Stale version"],
    [
      "RATE_LIMITED",
      429,
      "https://iana.org/assignments/http-problem-types#quota-exceeded",
      "Request cannot be satisfied as assigned quota has been exceeded",
    ],
    [
      "BUSY",
      503,
      "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
      "Request cannot be satisfied due to temporary server capacity constraints",
    ],
    [
      "OVERLOADED",
      503,
      "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
      "Request cannot be satisfied due to temporary server capacity constraints",
    ],
    [
      "ADDRESS_BLOCKED",
      403,
      "https://iana.org/assignments/http-problem-types#abnormal-usage-detected",
      "Request not satisfied due to detection of abnormal request pattern",
    ],
  ])("%s", (code, statusCode, type, title) => {
    expect(toProblem({ error: { ...facts, code, statusCode } })).toMatchObject({ type, title, status: statusCode });
  });
});
