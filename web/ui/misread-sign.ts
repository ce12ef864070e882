/**
 * The sign that was typed for the decimal one where it is none, and so was passed over: `,` of `1,5` and `1234,5` where the point
 * is decimal. Three digits after it may well have been grouped by it, if they make a thousand.
 */
export function misreadSign(typed: string, value: number, { decimal, group = "" }: { decimal: string; group?: string | undefined }) {
  const [, sign = "", digits = ""] = /(\D)(\d*)$/.exec(typed) ?? [];
  if (sign === decimal || ![".", ",", group].includes(sign)) return undefined;
  return digits.length === 3 && value >= 1_000 ? undefined : sign;
}
