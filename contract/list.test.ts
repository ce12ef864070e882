import { expect, test } from "vitest";
import { z } from "zod";
import { Flag, listQuery, Search } from "./list.ts";

const Query = z.strictObject(listQuery);

test.each([
  [undefined, 50],
  ["", 50],
  ["0", 50],
  ["-5", 50],
  ["many", 50],
  ["1.5", 50],
  ["NaN", 50],
  ["1", 1],
  ["50", 50],
  ["1000", 1_000],
  ["1001", 1_000],
  ["1e9", 1_000],
  ["Infinity", 50],
])("a limit of %o becomes %i: no list fails for its paging", (limit, expected) => {
  expect(Query.parse(limit === undefined ? {} : { limit }).limit).toBe(expected);
});

test.each([
  [undefined, 0],
  ["-1", 0],
  ["x", 0],
  ["1.5", 0],
  ["25", 25],
  ["99999999999", 2 ** 31],
])("an offset of %o becomes %i", (offset, expected) => {
  expect(Query.parse(offset === undefined ? {} : { offset }).offset).toBe(expected);
});

test("a flag is true or false, and nothing that looks like it", () => {
  expect([Flag.parse("true"), Flag.parse("false")]).toEqual([true, false]);
  for (const text of ["1", "yes", "TRUE", "", true]) expect(Flag.safeParse(text).success).toBe(false);
});

test("a search is trimmed and bounded", () => {
  expect(Search.parse("  bolt ")).toBe("bolt");
  expect(Search.safeParse("x".repeat(201)).success).toBe(false);
});
