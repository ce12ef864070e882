import fc from "fast-check";
import { expect, test } from "vitest";
import { workingInstants } from "./history.ts";

test("as many instants as there are events, in order, in the last month and none in the future", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2030, 0, 1) }), (count, now) => {
      const instants = workingInstants(count, now);
      expect(instants).toHaveLength(count);
      expect(instants.toSorted()).toEqual(instants);
      expect(instants.every((instant) => Date.parse(instant) <= now && Date.parse(instant) > now - 31 * 86_400_000)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
