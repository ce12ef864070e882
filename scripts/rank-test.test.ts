import { expect, test } from "vitest";
import { median, rankTest } from "./rank-test.ts";

const range = (from: number, count: number, step = 1) => Array.from({ length: count }, (_, index) => from + index * step);

test.each([
  // As told by scipy.stats.mannwhitneyu(method="asymptotic").
  ["interleaved", range(0, 30, 2), range(1, 30, 2), 0.83],
  ["the same", range(0, 30), range(0, 30), 1],
  ["apart", range(0, 30), range(30, 30), 3.02e-11],
  ["all equal", range(5, 20, 0), range(5, 20, 0), 1],
])("two samples that are %s", (_, one, other, p) => {
  expect(rankTest(one, other)).toBeCloseTo(p, 2);
  expect(rankTest(one, other)).toBeCloseTo(rankTest(other, one), 10);
});

test("a shift of a tenth is told apart in a thousand", () => {
  const spread = range(0, 500).map((n) => 50 + (n % 17));
  expect(
    rankTest(
      spread,
      spread.map((value) => value + 5),
    ),
  ).toBeLessThan(1e-6);
  expect(median(spread)).toBe(58);
});
