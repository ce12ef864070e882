import { describe, expect, test } from "vitest";
import { allowOrigin, answerPreflight } from "./cors.ts";

const named = new Set(["https://reports.example", "https://shop.example:8443"]);
const asked = (origins: ReadonlySet<string>, sent: Record<string, string>, method = "GET") => {
  const exchange = { request: new Request("https://stock.example/api/v1/x", { method, headers: sent }), headers: {} };
  allowOrigin(exchange, origins);
  return exchange;
};

test.each(["https://reports.example", "https://shop.example:8443"])("a page of %s, which is named, may read", (origin) => {
  expect(asked(named, { origin }).headers).toMatchObject({
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
    Vary: "Origin",
  });
});

test.each([
  "https://evil.example",
  "http://reports.example",
  "https://reports.example:444",
  "https://reports.example.evil.example",
  "https://REPORTS.example",
  "null",
  "*",
  "",
])("a page of %s may not, and no cache mixes the two up", (origin) => {
  expect(asked(named, { origin }).headers).toEqual({ Vary: "Origin" });
});

test("what comes from no page is told nothing", () => expect(asked(named, {}).headers).toEqual({ Vary: "Origin" }));
test("with no origin named, nothing is said at all", () => {
  expect(asked(new Set(), { origin: "https://reports.example" }).headers).toEqual({});
});

describe("a browser that asks before it sends", () => {
  const preflight = { "access-control-request-method": "POST" };
  test("for a page that is named is told what may be sent", () => {
    const exchange = asked(named, { origin: "https://reports.example", ...preflight }, "OPTIONS");
    expect(answerPreflight(exchange, "GET, HEAD, POST")).toEqual({ status: 204, body: null });
    expect(exchange.headers).toMatchObject({
      "Access-Control-Allow-Methods": "GET, HEAD, POST",
      "Access-Control-Allow-Headers": expect.stringContaining("Idempotency-Key") as string,
      "Access-Control-Max-Age": "600",
      Vary: expect.stringContaining("Access-Control-Request-Method") as string,
    });
  });

  test.each<[string, ReadonlySet<string>, Record<string, string>, string]>([
    ["for a page that is not", named, { origin: "https://evil.example", ...preflight }, "OPTIONS"],
    ["while no origin is named", new Set(), { origin: "https://reports.example", ...preflight }, "OPTIONS"],
    ["without asking for a method", named, { origin: "https://reports.example" }, "OPTIONS"],
    ["in the request itself", named, { origin: "https://reports.example", ...preflight }, "POST"],
  ])("%s gets no such answer", (_, origins, headers, method) => {
    const exchange = asked(origins, headers, method);
    expect(answerPreflight(exchange, "GET")).toBeUndefined();
    expect(exchange.headers).not.toHaveProperty("Access-Control-Allow-Methods");
  });
});
