import pg from "pg";

const { builtins, getTypeParser } = pg.types;

/** `2026-01-04 10:30:00.123456+00` as RFC 3339 in UTC, to the microsecond that the database keeps. */
export function toInstant(text: string): string {
  if (text.endsWith("+00") && text.length >= 22) return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
  return new Date(text).toISOString();
}

const parsers = new Map<number, (text: string) => unknown>([
  // At most 15 significant digits are stored, which a double carries exactly.
  [builtins.NUMERIC, Number],
  [builtins.INT8, Number],
  [builtins.DATE, String],
  [builtins.TIMESTAMPTZ, toInstant],
]);

/** How values of the database become values of ours: numbers as numbers, instants and dates as text. */
export const valueParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary"): ((value: string) => unknown) => {
    const own = format === "binary" ? undefined : parsers.get(oid);
    return own ?? (getTypeParser(oid, format) as (value: string) => unknown);
  },
};
