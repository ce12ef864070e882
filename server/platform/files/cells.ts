export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, unknown>>;

export function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new TypeError("A cell holds a text, a number or a yes or no");
}
