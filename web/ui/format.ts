// The browser's own locale; formatters are costly to make and free to keep.
const quantity = new Intl.NumberFormat(undefined, { maximumFractionDigits: 4 });
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const instant = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const instantThisYear = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
const calendarDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const moneyByCurrency = new Map<string, Intl.NumberFormat>();

export const formatQuantity = (value: number) => quantity.format(value);
export const formatCompact = (value: number) => compact.format(value);

/** In this browser's time zone; the year only where it is another one. */
export function formatInstant(text: string): string {
  const date = new Date(text);
  return (date.getFullYear() === new Date().getFullYear() ? instantThisYear : instant).format(date);
}

export const formatDay = (text: string) => calendarDay.format(new Date(text));
export const formatShortDay = (text: string) => shortDay.format(new Date(text));

export function formatMoney(value: number, currency: string, maximumFractionDigits = 4): string {
  const name = `${currency} ${maximumFractionDigits}`;
  let format = moneyByCurrency.get(name);
  if (!format) {
    const minimumFractionDigits = Math.min(2, maximumFractionDigits);
    format = new Intl.NumberFormat(undefined, { style: "currency", currency, minimumFractionDigits, maximumFractionDigits });
    moneyByCurrency.set(name, format);
  }
  return format.format(value);
}

const perUnit = 10_000;
/** Exact for what quantities are (at most 15 digits, 4 of them decimals), where plain addition would drift. */
export const addExactly = (...values: number[]) => values.reduce((sum, value) => sum + Math.round(value * perUnit), 0) / perUnit;
