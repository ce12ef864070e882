import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dateRange, dateWithin, inOrder } from "./dates.ts";
import { Instant } from "./primitives.ts";
import { z } from "zod";

const messageOf = (parsed: { error?: z.ZodError | undefined }) => parsed.error?.issues[0]?.message;

describe("a date within bounds", () => {
  const today = "2026-03-01";
  test.each([
    ["the first day", { earliest: "2026-01-01" }, "2026-01-01", undefined],
    ["a day before the first", { earliest: "2026-01-01" }, "2025-12-31", "Must not be before 2026-01-01"],
    ["the last day", { latest: "2026-12-31" }, "2026-12-31", undefined],
    ["a day after the last", { latest: "2026-12-31" }, "2027-01-01", "Must not be after 2026-12-31"],
    ["today, of the past", { when: "past", today }, "2026-03-01", undefined],
    ["yesterday, of the past", { when: "past", today }, "2026-02-28", undefined],
    ["tomorrow, of the past", { when: "past", today }, "2026-03-02", "Must not be in the future"],
    ["today, of the future", { when: "future", today }, "2026-03-01", undefined],
    ["tomorrow, of the future", { when: "future", today }, "2026-03-02", undefined],
    ["yesterday, of the future", { when: "future", today }, "2026-02-28", "Must not be in the past"],
    ["no bounds", {}, "0001-01-01", undefined],
    ["the year 0", {}, "0000-12-31", "Must not be before the year 1"],
  ] as const)("%s", (_, bounds, date, fault) => expect(messageOf(dateWithin(bounds).safeParse(date))).toBe(fault));

  test("without a day that is said, today is today", () => {
    const now = new Date().toISOString().slice(0, 10);
    expect(dateWithin({ when: "past" }).safeParse("9999-12-31").success).toBe(false);
    expect(dateWithin({ when: "future" }).safeParse("2020-01-01").success).toBe(false);
    expect(dateWithin({ when: "past" }).safeParse(now <= "2026-01-01" ? now : "2026-01-01").success).toBe(true);
  });

  test("a day is one when the calendar has it", () => {
    const twoDigits = (value: number) => String(value).padStart(2, "0");
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 32 }),
        (year, month, day) => {
          const text = `${String(year).padStart(4, "0")}-${twoDigits(month)}-${twoDigits(day)}`;
          const made = new Date(`${text}T00:00:00Z`);
          const exists = !Number.isNaN(made.getTime()) && made.toISOString().startsWith(text);
          expect(dateWithin({}).safeParse(text).success, text).toBe(exists);
        },
      ),
    );
  });
});

describe("two dates", () => {
  test.each([
    ["in order", { from: "2026-01-01", to: "2026-01-31" }, undefined, undefined],
    ["one day", { from: "2026-01-01", to: "2026-01-01" }, undefined, undefined],
    ["the wrong way round", { from: "2026-01-02", to: "2026-01-01" }, undefined, "Must not be before from"],
    ["as long as may be", { from: "2026-01-01", to: "2026-01-31" }, 31, undefined],
    ["a day too long", { from: "2026-01-01", to: "2026-02-01" }, 31, "Must be at most 31 days after from, both days counted"],
    ["one day, of one day", { from: "2026-01-01", to: "2026-01-01" }, 1, undefined],
    ["two days, of one day", { from: "2026-01-01", to: "2026-01-02" }, 1, "Must be at most 1 days after from, both days counted"],
    ["over a leap day", { from: "2024-02-28", to: "2024-03-01" }, 3, undefined],
    ["over a change of clocks", { from: "2026-03-28", to: "2026-03-30" }, 3, undefined],
  ] as const)("%s", (_, given, daysMax, fault) => {
    const parsed = dateRange({ daysMax }).safeParse(given);
    expect(parsed.error?.issues.map(({ path, message }) => ({ path, message }))).toEqual(fault && [{ path: ["to"], message: fault }]);
  });
  test.each([
    {},
    { from: "2026-01-01" },
    { to: "2026-01-01" },
    { from: "2026-02-30", to: "2026-03-01" },
    { from: "2026-01-01", to: "2026-01-02", by: 1 },
    null,
  ])("%j are none", (given) => expect(dateRange().safeParse(given).success).toBe(false));
});

describe("two instants of a list", () => {
  const Query = z.strictObject({ since: Instant.optional(), until: Instant.optional() }).check(inOrder("since", "until", { daysMax: 1 }));
  test.each([
    ["neither is given", {}, undefined],
    ["only the first", { since: "2026-01-01T00:00:00Z" }, undefined],
    ["only the last", { until: "2026-01-01T00:00:00Z" }, undefined],
    ["in order, told in other zones", { since: "2026-01-01T02:00:00+02:00", until: "2026-01-01T00:00:00Z" }, undefined],
    [
      "the wrong way round, though the texts are not",
      { since: "2026-01-01T00:30:00Z", until: "2026-01-01T01:00:00+02:00" },
      "Must not be before since",
    ],
    ["a day to the second", { since: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" }, undefined],
    [
      "a second more",
      { since: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:01Z" },
      "Must be at most 1 days after since, both days counted",
    ],
  ])("%s", (_, given, fault) => expect(messageOf(Query.safeParse(given))).toBe(fault));
});
