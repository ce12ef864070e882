import { describe, expect, test } from "vitest";
import { findUnitFaults, type Measures } from "./item-rules.ts";

const known = new Map([
  ["EA", { whole: true, active: true }],
  ["CTN", { whole: true, active: true }],
  ["KG", { whole: false, active: true }],
  ["OLD", { whole: true, active: false }],
]);
const faults = (measures: Partial<Measures>, kept: string[] = []) =>
  findUnitFaults({ baseUom: "EA", tracking: "NONE", units: [], ...measures }, known, new Set(kept)).map(({ path }) => path);

describe("an item's units", () => {
  test.each<[string, Partial<Measures>, string[]]>([
    ["the base alone", {}, []],
    ["a carton of twelve", { units: [{ uom: "CTN", factor: 12 }] }, []],
    ["a fraction of what is weighed", { baseUom: "KG", units: [{ uom: "CTN", factor: 12.5 }] }, []],
    ["a fraction of what is counted", { units: [{ uom: "CTN", factor: 12.5 }] }, ["units.0.factor"]],
    ["an unknown base", { baseUom: "ELL" }, ["baseUom"]],
    ["a base out of use", { baseUom: "OLD" }, ["baseUom"]],
    ["a unit out of use", { units: [{ uom: "OLD", factor: 2 }] }, ["units.0.uom"]],
    ["the base again", { units: [{ uom: "EA", factor: 1 }] }, ["units.0.uom"]],
    [
      "one twice",
      {
        units: [
          { uom: "CTN", factor: 1 },
          { uom: "KG", factor: 1 },
          { uom: "CTN", factor: 2 },
        ],
      },
      ["units.2.uom"],
    ],
    ["serial numbers of what is weighed", { baseUom: "KG", tracking: "SERIAL" }, ["tracking"]],
    ["serial numbers of what is counted", { tracking: "SERIAL" }, []],
  ])("%s", (_, measures, expected) => {
    expect(faults(measures)).toEqual(expected);
  });

  test("what an item has already it may keep when it goes out of use", () => {
    expect(faults({ baseUom: "OLD" }, ["OLD"])).toEqual([]);
    expect(faults({ units: [{ uom: "OLD", factor: 2 }] }, ["OLD"])).toEqual([]);
  });
});
