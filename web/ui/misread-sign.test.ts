import { expect, test } from "vitest";
import { misreadSign } from "./misread-sign.ts";

const english = { decimal: ".", group: "," };
const austrian = { decimal: ",", group: "\u00a0" };
const swiss = { decimal: ".", group: "’" };

test.each([
  ["1,5", 15, english, ","],
  ["1234,5", 12_345, english, ","],
  ["0,500", 500, english, ","],
  // Where a space or an apostrophe groups, the other sign is none at all.
  ["1.5", 15, austrian, "."],
  ["1,5", 15, swiss, ","],
  ["1,500", 1_500, english, undefined],
  ["1,234.5", 1_234.5, english, undefined],
  ["1.500", 1_500, austrian, undefined],
  ["1,5", 1.5, austrian, undefined],
  ["15", 15, english, undefined],
  ["", 0, english, undefined],
])("of %j, read as %d", (typed, value, signs, expected) => {
  expect(misreadSign(typed, value, signs)).toBe(expected);
});
