import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type NumberBounds, numberWithin } from "./numbers.ts";

const faultOf = (bounds: NumberBounds, value: unknown) => numberWithin(bounds).safeParse(value).error?.issues[0]?.message;

test.each<[string, NumberBounds, number, string | undefined]>([
  ["the least", { min: 1 }, 1, undefined],
  ["less", { min: 1 }, 0.999, "Must be at least 1"],
  ["the most", { max: 5 }, 5, undefined],
  ["more", { max: 5 }, 5.001, "Must be at most 5"],
  ["below 0", { min: -5, max: -1 }, -3, undefined],
  ["0 as the least", { min: 0 }, -0.5, "Must be at least 0"],
  ["two decimals", { decimals: 2 }, 1.25, undefined],
  ["three of two", { decimals: 2 }, 1.255, "Must have at most 2 decimals"],
  ["a sum that only looks like two", { decimals: 2 }, 0.1 + 0.2, "Must have at most 2 decimals"],
  ["a whole number", { decimals: 0 }, 7, undefined],
  ["a part of one", { decimals: 0 }, 7.5, "Must be a whole number"],
  ["more digits than a number holds", { decimals: 0 }, 2 ** 53, "Must be a whole number"],
  ["so small that it turns to exponents", { decimals: 6 }, 1e-7, "Must have at most 6 decimals"],
  ["so large that it turns to exponents", { decimals: 4 }, 1e21, "Must have at most 4 decimals"],
  ["below 0 with decimals", { decimals: 2 }, -1.25, undefined],
  ["no bounds", {}, 1e300, undefined],
])("%s", (_, bounds, value, fault) => expect(faultOf(bounds, value)).toBe(fault));

describe("is no number", () => {
  test.each([Number.NaN, Infinity, -Infinity, "1", "", null, undefined, true, 1n, [1], {}, new Date()])("%o", (value) => {
    for (const bounds of [{}, { min: 0 }, { decimals: 2 }]) expect(faultOf(bounds, value)).toBeDefined();
  });
});

test("every amount of hundredths has two decimals, and one of thousandths that is none of them has not", () => {
  fc.assert(
    fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), fc.integer({ min: 1, max: 9 }), (hundredths, rest) => {
      expect(faultOf({ decimals: 2 }, hundredths / 100)).toBeUndefined();
      expect(faultOf({ decimals: 2 }, Number(`${Math.trunc(hundredths / 100)}.25${rest}`))).toBe("Must have at most 2 decimals");
    }),
  );
});
