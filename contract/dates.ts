import { z } from "zod";
import { DateOnly } from "./primitives.ts";

const dayMs = 24 * 60 * 60 * 1_000;

export interface DateBounds {
  /** The first and the last day that will do. */
  earliest?: string | undefined;
  latest?: string | undefined;
  /** `past`: up to today; `future`: from today on. */
  when?: "past" | "future" | undefined;
  /** The day that it is where the warehouse stands; in UTC unless it is said. */
  today?: string | undefined;
}

/** A calendar date within bounds. */
export function dateWithin({ earliest, latest, when, today }: DateBounds) {
  const now = () => today ?? new Date().toISOString().slice(0, 10);
  return DateOnly.refine((date) => earliest === undefined || date >= earliest, `Must not be before ${earliest}`)
    .refine((date) => latest === undefined || date <= latest, `Must not be after ${latest}`)
    .refine((date) => when !== "past" || date <= now(), "Must not be in the future")
    .refine((date) => when !== "future" || date >= now(), "Must not be in the past");
}

/**
 * A check for an object with two dates or instants, either of which may be missing: the second does not come before the first.
 * `daysMax` is the longest span: of dates, with both of them counted.
 */
export const inOrder =
  (first: string, last: string, { daysMax }: { daysMax?: number | undefined } = {}) =>
  (context: { value: Record<string, unknown>; issues: z.core.$ZodRawIssue[] }): void => {
    const [from, to] = [context.value[first], context.value[last]];
    if (typeof from !== "string" || typeof to !== "string") return;
    const spanMs = Date.parse(to) - Date.parse(from);
    const refuse = (message: string) => context.issues.push({ code: "custom", path: [last], message, input: to });
    if (spanMs < 0) refuse(`Must not be before ${first}`);
    else if (daysMax !== undefined && spanMs + (from.length === 10 ? dayMs : 0) > daysMax * dayMs)
      refuse(`Must be at most ${daysMax} days after ${first}, both days counted`);
  };

/** Two dates in order: a single day is a span too. */
export const dateRange = ({ daysMax }: { daysMax?: number | undefined } = {}) =>
  z.strictObject({ from: DateOnly, to: DateOnly }).check(inOrder("from", "to", { daysMax }));
