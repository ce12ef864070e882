import { expect, test } from "vitest";
import { dayAfter, dayIn, startOfDay } from "./calendar.ts";

test.each([
  ["2026-11-25", "Europe/Vienna", "2026-11-24T23:00:00.000Z"],
  ["2026-07-01", "Europe/Vienna", "2026-06-30T22:00:00.000Z"],
  // The days on which the clock changes begin by the clock that holds at their midnight.
  ["2026-03-29", "Europe/Vienna", "2026-03-28T23:00:00.000Z"],
  ["2026-03-30", "Europe/Vienna", "2026-03-29T22:00:00.000Z"],
  ["2026-10-26", "Europe/Vienna", "2026-10-25T23:00:00.000Z"],
  ["2026-11-25", "America/Los_Angeles", "2026-11-25T08:00:00.000Z"],
  ["2026-11-25", "Asia/Kathmandu", "2026-11-24T18:15:00.000Z"],
])("%s begins in %s at %s", (day, timeZone, instant) => {
  expect(startOfDay(day, timeZone)).toBe(instant);
  expect(dayIn(timeZone, new Date(instant))).toBe(day);
});

test("what is no day begins never", () => {
  expect([startOfDay(undefined, "UTC"), startOfDay("yesterday", "UTC"), startOfDay("2026-13-01", "UTC")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("days are counted over the ends of months", () => {
  expect([dayAfter("2026-11-25", 30), dayAfter("2026-03-01", -1)]).toEqual(["2026-12-25", "2026-02-28"]);
});
