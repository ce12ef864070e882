import fc from "fast-check";
import { expect, test } from "vitest";
import { BarcodeText, Code, DateOnly, LotCode, Name, QuantityOrZero } from "#contract/primitives.ts";
import {
  amount,
  amountAboveZero,
  barcode,
  type Cell,
  code,
  day,
  escapeForCopy,
  flag,
  lotCode,
  name,
  specialFault,
  wholeNumber,
} from "./cells.ts";

test.each([
  ["3", "3"],
  ["3.00", "3.00"],
  [".00", ".00"],
  [".5", ".5"],
  ["0000012.5000000", "0000012.5000000"],
  ["99999999999.9999", "99999999999.9999"],
  ["5.", "5."],
  ["100000000000", undefined],
  ["1.00001", undefined],
  ["-1", undefined],
  ["+1", undefined],
  ["1e3", undefined],
  ["1,000", undefined],
  ["", undefined],
  [".", undefined],
  ["NaN", undefined],
  ["١", undefined],
])("the amount %j is read as %j", (text, value) => expect(amount.read(text)).toBe(value));

test("an amount is read exactly when the contract takes it as a number", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 8n), max: 10n ** 9n }), fc.integer({ min: 0, max: 6 }), (digits, decimals) => {
      const sign = digits < 0n ? "-" : "";
      const padded = String(digits < 0n ? -digits : digits).padStart(decimals + 1, "0");
      const text = `${sign}${padded.slice(0, padded.length - decimals)}${decimals > 0 ? `.${padded.slice(-decimals)}` : ""}`;
      fc.pre(text !== `-${padded.replaceAll(/[1-9]/g, "")}` && Number(text) !== 0);
      expect(amount.read(text) !== undefined).toBe(QuantityOrZero.safeParse(Number(text)).success);
    }),
  );
});

test("an amount that must be above nothing", () => {
  expect(amountAboveZero.read("0.00")).toBeUndefined();
  expect(amountAboveZero.reason("0.00")).toBe("Must be greater than 0");
  expect(amountAboveZero.read("0.01")).toBe("0.01");
});

test.each(["2026-01-31", "2024-02-29", "2000-02-29", "1900-02-28", "2026-12-31", "0001-01-01"])(
  "%s is a day, also with a time behind it",
  (text) => {
    expect(day.read(text)).toBe(text);
    for (const time of [" 00:00:00", "T10:01:36.827000000Z", "T10:01+02:00"]) expect(day.read(text + time)).toBe(text);
  },
);

test.each([
  "2026-02-29",
  "1900-02-29",
  "2026-13-01",
  "2026-00-10",
  "2026-01-00",
  "2026-04-31",
  "31.01.2026",
  "2026-1-1",
  "0000-01-01",
  "2026-01-31x",
])("%s is no day", (text) => {
  expect(day.read(text)).toBeUndefined();
});

test("a day is what the contract takes for one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9_999 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 0, max: 32 }),
      (year, month, date) => {
        const text = `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")}`;
        expect(day.read(text) !== undefined).toBe(DateOnly.safeParse(text).success);
      },
    ),
  );
});

test("codes, flags, whole numbers", () => {
  expect(code.read("ab-ß")).toBe("AB-SS");
  expect(code.read("ß".repeat(40))).toBeUndefined();
  expect(["Yes", "1", "T", "no", "0", "perhaps"].map((text) => flag.read(text))).toEqual([
    "true",
    "true",
    "true",
    "false",
    "false",
    undefined,
  ]);
  expect(["30", "30.00", "36501", "1.5", "-1"].map((text) => wholeNumber(36_500).read(text))).toEqual([
    "30",
    "30",
    undefined,
    undefined,
    undefined,
  ]);
});

test("what COPY would take for its own is escaped", () => {
  expect(escapeForCopy("a\\N\tb\r\nc")).toBe("a\\\\N\\tb\\r\\nc");
});

test("codes and names are what the contract takes for them, character by character", () => {
  const character = fc.constantFrom(
    "a",
    "B",
    "1",
    "ß",
    "é",
    "e\u0301",
    "\u200B",
    "\u00AD",
    "\u2028",
    "\t",
    "\n",
    "\u0007",
    "\u202E",
    "😀",
    "ŉ",
    " ",
    "=",
  );
  const read = (cell: Cell, given: string) => (given === "" || specialFault(given) !== undefined ? undefined : cell.read(given));
  for (const [cell, schema] of [
    [code, Code],
    [lotCode, LotCode],
    [barcode, BarcodeText],
    [name, Name],
  ] as const) {
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 70 }), (given) => {
        expect(read(cell, given.trim())).toBe(schema.safeParse(given).data);
      }),
      { numRuns: 500 },
    );
  }
});
