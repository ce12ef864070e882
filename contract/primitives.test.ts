import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Code, DateOnly, Id, Instant, LotCode, Name, Quantity, QuantityOrZero, Text, TimeZone, UnitCost } from "./primitives.ts";

describe("a quantity", () => {
  test.each([0.0001, 1, 1.5, 12.3456, 99_999_999_999.9999, 1e10])("%d is one", (value) => {
    expect(Quantity.parse(value)).toBe(value);
  });
  test.each([
    0,
    -0,
    -1,
    1.00001,
    0.1 + 0.2,
    1e18,
    1e21,
    1e-7,
    100_000_000_000,
    Number.NaN,
    Infinity,
    -Infinity,
    "1",
    "",
    null,
    true,
    [1],
    {},
  ])("%o is none", (value) => {
    expect(Quantity.safeParse(value).success).toBe(false);
  });
  test("every amount of ten-thousandths up to the largest is one, and survives JSON", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 53 - 1 }).filter((units) => units <= 999_999_999_999_999),
        (units) => {
          const value = Number(`${Math.floor(units / 10_000)}.${String(units % 10_000).padStart(4, "0")}`);
          expect(Quantity.parse(JSON.parse(JSON.stringify(value)))).toBe(value);
        },
      ),
    );
  });
});

test.each([
  [QuantityOrZero, 0, true],
  [QuantityOrZero, -0.0001, false],
  [UnitCost, 0, true],
  [UnitCost, -1, false],
  [UnitCost, 1.00005, false],
])("an amount that may be nothing: %# %d is %s", (schema, value, fits) => {
  expect(schema.safeParse(value).success).toBe(fits);
});

describe("a date", () => {
  test.each(["2024-02-29", "2026-12-31", "2000-02-29", "1900-01-01"])("%s is one", (value) =>
    expect(DateOnly.safeParse(value).success).toBe(true),
  );
  test.each([
    "2023-02-29",
    "1900-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
    "2026-1-1",
    "26-01-01",
    "2026-01-01T00:00:00Z",
    "",
    "tomorrow",
    20260101,
  ])("%s is none", (value) => expect(DateOnly.safeParse(value).success).toBe(false));
});

describe("an instant", () => {
  test.each(["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.123456Z", "2026-01-31T23:59:59+02:00"])("%s is one", (value) =>
    expect(Instant.safeParse(value).success).toBe(true),
  );
  test.each(["2026-01-31", "2026-01-31T23:59:59", "2026-02-30T00:00:00Z", "2026-01-31T25:00:00Z", "now", "infinity", 0])(
    "%s is none",
    (value) => expect(Instant.safeParse(value).success).toBe(false),
  );
});

describe("a code", () => {
  test("is trimmed and upper case, so that a-01 and A-01 are one", () => expect(Code.parse("  a-01 ")).toBe("A-01"));
  test("of a lot keeps its case, as the supplier printed it", () => expect(LotCode.parse(" aB-1 ")).toBe("aB-1"));
  test.each(["", "   ", "x".repeat(65), "A\nB", "A\tB", "A\u0000B", "A\u202EB", "A\u200FB", 5])("%o is none", (value) => {
    expect(Code.safeParse(value).success).toBe(false);
    expect(LotCode.safeParse(value).success).toBe(false);
  });
});

describe("text", () => {
  test("keeps what people write: markup, quotes, lines, other scripts", () => {
    for (const text of ["<b>5 < 6</b>", "O'Brien\nsecond line", "日本語 ümläut 🏭", "100 %"]) expect(Text.parse(text)).toBe(text);
  });
  test.each(["a\u0000b", "a\u001Bb", "a\u202Eb", "a\u2066b", "a\u009Bb"])("comes out without what could forge a line: %#", (text) =>
    expect(Text.parse(text)).toBe("ab"),
  );
  test("is refused where it could drown one", () => expect(Text.safeParse("x".repeat(10_001)).success).toBe(false));
  test("a name is never empty", () => expect([Name.safeParse("   ").success, Name.safeParse(" a ").data]).toEqual([false, "a"]));
});

test("ids come out as the database writes them, in lower case; what is no UUID is refused", () => {
  expect(Id.parse("0196F0A0-0000-7000-8000-00000000ABCD")).toBe("0196f0a0-0000-7000-8000-00000000abcd");
  for (const text of ["", "1", "0196f0a0-0000-7000-8000-00000000abc", "0196f0a0000070008000000000000abcd", "' OR 1=1 --"])
    expect(Id.safeParse(text).success).toBe(false);
});

test("a time zone is one of IANA", () => {
  expect(["Europe/Vienna", "UTC", "America/Argentina/Buenos_Aires"].every((zone) => TimeZone.safeParse(zone).success)).toBe(true);
  expect(["", "Vienna", "Europe/Wien", "'; DROP TABLE site"].some((zone) => TimeZone.safeParse(zone).success)).toBe(false);
});
