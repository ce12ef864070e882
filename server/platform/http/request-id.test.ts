import { describe, expect, test } from "vitest";
import { requestIdOf } from "./request-id.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = "00f067aa0ba902b7";
const idOf = (headers: Record<string, string>) => requestIdOf(new Headers(headers));
const made = /^req_[0-9a-f]{32}$/;

test("a request without a name gets one of its own", () => {
  const ids = new Set(Array.from({ length: 100 }, () => idOf({})));
  expect(ids.size).toBe(100);
  for (const id of ids) expect(id).toMatch(made);
});

describe("its own X-Request-Id", () => {
  test.each(["12345678", "scanner-7:000123", "a.b_c-d:e", "x".repeat(128)])("%s is taken over", (id) => {
    expect(idOf({ "x-request-id": id })).toBe(id);
  });
  test.each([
    "",
    "1234567",
    "x".repeat(129),
    "with space",
    'forged"quote',
    "a,b,c,d,e",
    "<script>",
    "ümlaut-ümlaut",
    "a/../../b",
    "%0a%0d%0a%0d",
  ])("%s is not", (id) => expect(idOf({ "x-request-id": id })).toMatch(made));
});

describe("the trace it belongs to", () => {
  test.each([
    ["by the present version", `00-${trace}-${parent}-01`],
    ["not sampled", `00-${trace}-${parent}-00`],
    ["by a later version", `01-${trace}-${parent}-01`],
    ["by a later version that says more", `cc-${trace}-${parent}-01-what-comes-then`],
  ])("%s", (_, traceparent) => expect(idOf({ traceparent, "x-request-id": "scanner-7:000123" })).toBe(trace));

  test.each([
    ["no trace", `00-${"0".repeat(32)}-${parent}-01`],
    ["no parent", `00-${trace}-${"0".repeat(16)}-01`],
    ["the version that there never will be", `ff-${trace}-${parent}-01`],
    ["more than its version has", `00-${trace}-${parent}-01-more`],
    ["capitals", `00-${trace.toUpperCase()}-${parent}-01`],
    ["too short", `00-${trace.slice(1)}-${parent}-01`],
    ["something in front", `x00-${trace}-${parent}-01`],
    ["something behind", `00-${trace}-${parent}-01x`],
    ["nothing of the kind", "a text"],
    ["nothing", ""],
  ])("malformed, with %s, it is passed over", (_, traceparent) => {
    expect(idOf({ traceparent, "x-request-id": "scanner-7:000123" })).toBe("scanner-7:000123");
    expect(idOf({ traceparent })).toMatch(made);
  });
});
