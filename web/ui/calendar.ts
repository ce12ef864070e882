const minute = 60_000;

/** The day that an instant belongs to in a time zone's calendar, as `2026-11-25`; now, unless told otherwise. */
export const dayIn = (timeZone: string, instant = new Date()) => new Intl.DateTimeFormat("sv", { timeZone }).format(instant);

/** `days` after a day; before it when negative. */
export const dayAfter = (day: string, days: number) => new Date(Date.parse(day) + days * 24 * 60 * minute).toISOString().slice(0, 10);

/** The instant at which a day begins in a time zone; undefined for what is no day. */
export function startOfDay(day: string | undefined, timeZone: string): string | undefined {
  const inUtc = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(inUtc)) return undefined;
  // The offset that holds at that instant, which is known only near it: the clock may change in between.
  const near = inUtc - offsetMs(inUtc, timeZone);
  return new Date(inUtc - offsetMs(near, timeZone)).toISOString();
}

function offsetMs(instant: number, timeZone: string): number {
  const wall = new Date(instant).toLocaleString("sv", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return Date.parse(`${wall.replace(" ", "T")}Z`) - Math.floor(instant / 1_000) * 1_000;
}
