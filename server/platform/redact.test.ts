import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact } from "./redact.ts";

describe("secrets are taken out, at any depth", () => {
  test.each([
    "password",
    "newPassword",
    "password_hash",
    "oldPasswd",
    "secret",
    "SESSION_SECRET",
    "clientSecret",
    "token",
    "accessToken",
    "refresh_token",
    "cookie",
    "set-cookie",
    "Authorization",
    "apiKey",
    "api_key",
    "x-api-key",
    "credentials",
    "passphrase",
  ])("%s", (name) => {
    expect(redact({ a: [{ [name]: "hidden", kept: 1 }] })).toEqual({ a: [{ [name]: "[redacted]", kept: 1 }] });
  });
  test("whatever stands behind such a name", () => expect(redact({ token: { value: ["x"] } })).toEqual({ token: "[redacted]" }));
  test.each(["sku", "note", "passed", "keyboard", "itemId"])("but %s is kept", (name) =>
    expect(redact({ [name]: "shown" })).toEqual({ [name]: "shown" }),
  );
});

test.each([
  ["paid with 4111 1111 1111 1111 today", "paid with [redacted] today"],
  ["4111-1111-1111-1111", "[redacted]"],
  ["4111111111111111", "[redacted]"],
  ["order 123456789012", "order 123456789012"],
  ["postgres://app:s3cret@db:5432/warehouse", "postgres://app:[redacted]@db:5432/warehouse"],
  ["2026-01-04T10:30:00.000Z", "2026-01-04T10:30:00.000Z"],
  ["to drive a terminal: \u001b[2J \u009b2J \u0007\u007f", "to drive a terminal: \\u001b[2J \\u009b2J \\u0007\\u007f"],
  ["a stack:\n\tat a line", "a stack:\n\tat a line"],
])("in a text: %s", (text, expected) => {
  expect(redact(text)).toBe(expected);
});

describe("nothing breaks or stalls the log", () => {
  test("a value that holds itself", () => {
    const value: Record<string, unknown> = { name: "loop" };
    value["self"] = value;
    value["list"] = [value];
    expect(redact(value)).toEqual({ name: "loop", self: "[circular]", list: ["[circular]"] });
  });
  test("the same value twice is no circle", () => {
    const shared = { a: 1 };
    expect(redact([shared, shared])).toEqual([shared, shared]);
  });
  test("a huge one is cut", () => {
    expect((redact("x".repeat(1_000_000)) as string).length).toBeLessThan(10_000);
    expect((redact(Array.from({ length: 100_000 }, () => 1)) as unknown[]).length).toBe(200);
    expect(Object.keys(redact(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 1]))) as object)).toHaveLength(
      200,
    );
  });
  test("a deep one is cut", () => {
    let value: unknown = "bottom";
    for (let depth = 0; depth < 10_000; depth++) value = { value };
    expect(JSON.stringify(redact(value))).toContain("[deep]");
  });
  test("a wide and deep one ends within a bounded size", () => {
    const wide = (depth: number): unknown => (depth === 0 ? "leaf" : Array.from({ length: 40 }, () => wide(depth - 1)));
    const startedAt = performance.now();
    redact(wide(3));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
  test("a getter that throws", () => {
    const value = {
      get broken() {
        throw new Error("no");
      },
    };
    expect(redact({ value })).toEqual({ value: "[unreadable]" });
  });
  test("what JSON cannot hold", () => {
    expect(redact({ big: 10n, when: new Date(0), bytes: Buffer.from("x"), call: () => 1, none: undefined })).toEqual({
      big: "10",
      when: "1970-01-01T00:00:00.000Z",
      bytes: "[bytes]",
      call: undefined,
      none: undefined,
    });
    expect(() => redact(new Date(Number.NaN))).not.toThrow();
  });
  test("anything at all", () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          expect(() => JSON.stringify(redact(value))).not.toThrow();
        },
      ),
    );
  });
});
