import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanText, code, textFault, upperCaseCode } from "./text.ts";

const Text = cleanText(100);
const marks = (count: number) => `e${"\u0301".repeat(count)}`;

describe("a text says what it said before", () => {
  test.each([
    ["markup", "<b>bold</b> & <script>alert(1)</script>"],
    ["quotes", `O'Brien said "3/4\u2033"`],
    ["lines and tabs", "one\r\ntwo\n\tthree"],
    ["another script", "日本語 עברית العربية ไทย हिन्दी"],
    ["marks of reading direction that a script needs", "\u05D0\u200F!"],
    ["joiners that a script needs", "می\u200Cخواهم"],
    ["an emoji of several characters", "👩\u200D🔧 🏭"],
    ["SQL", "Robert'); DROP TABLE students; --"],
    ["a formula", "=1+1"],
    ["a path", "../../etc/passwd"],
  ])("%s stays", (_, text) => expect(Text.parse(text)).toBe(text));
});

describe("what could forge a line or turn it round is left out", () => {
  const forging = [
    0x00, 0x07, 0x08, 0x0b, 0x0c, 0x0e, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9b, 0x9f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067,
    0x2068, 0x2069,
  ];
  test.each(forging.map((point) => [point.toString(16).padStart(4, "0"), String.fromCodePoint(point)]))("U+%s", (_, character) =>
    expect(Text.parse(`${character}a${character}${character}b${character}`)).toBe("ab"),
  );
  test("an escape code becomes harmless text", () => expect(Text.parse("\u001B[31mred\u001B[0m")).toBe("[31mred[0m"));
  test("nothing may be left", () => expect(Text.parse("\u0000\u202E ")).toBe(""));
});

test.each([
  ["blanks around it", "  bolt\t\n", "bolt"],
  ["letters in two parts", "Cafe\u0301", "Caf\u00e9"],
  ["blanks that a character hid", " \u0007 bolt", "bolt"],
])("%s: one text is written in one way", (_, text, expected) => expect(Text.parse(text)).toBe(expected));

test.each([
  ["half of a surrogate pair", "a\uD800b", "Must not hold half of a surrogate pair"],
  ["the other half", "\uDC00", "Must not hold half of a surrogate pair"],
  ["marks on marks", marks(32), "Must not hold more than 30 combining marks in a row"],
  ["marks that only what is left out parts", `${marks(30)}\u0001\u0301`, "Must not hold more than 30 combining marks in a row"],
  ["marks that come apart in two", `e${"\u0344".repeat(16)}`, "Must not hold more than 30 combining marks in a row"],
])("%s is refused", (_, text, message) => {
  expect(textFault(text)).toBe(message);
  for (const schema of [Text, code(100), upperCaseCode(100)]) expect(schema.safeParse(text).error?.issues).toMatchObject([{ message }]);
});

test("so many marks as a script may need are a text", () => expect(textFault(marks(30))).toBeUndefined());

test.each([
  ["100 characters", "x".repeat(100), true],
  ["101 characters", "x".repeat(101), false],
  ["100 characters between blanks", ` ${"x".repeat(100)} `, true],
  ["100 characters of two code units each", "🏭".repeat(50), true],
])("%s: the bound is that of the cleaned text", (_, text, fits) => expect(Text.safeParse(text).success).toBe(fits));

test.each([5, null, undefined, [], {}, true])("%o is no text", (value) => expect(Text.safeParse(value).success).toBe(false));

const tricky = fc
  .array(fc.constantFrom(marks(29), "\u0301".repeat(7), "\u0344".repeat(8), "\u0001", "\u202E", "\u{1D160}", " ", "a"), { maxLength: 8 })
  .map((pieces) => pieces.join(""));
test("cleaning twice is cleaning once, and leaves nothing to clean", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 90 }), tricky), (text) => {
      const once = cleanText(1_000).safeParse(text);
      if (!once.success) return;
      expect(cleanText(1_000).parse(once.data)).toBe(once.data);
      expect(once.data).toBe(once.data.normalize("NFC").trim());
    }),
  );
});

describe("a code", () => {
  test("is one however its letters are written", () => {
    expect(upperCaseCode(10).parse(" e\u0301-1 ")).toBe("\u00c9-1");
    expect(upperCaseCode(10).parse("straße")).toBe("STRASSE");
    expect(code(10).parse("e\u0301")).toBe("\u00e9");
  });
  test.each(["a\u200Bb", "a\u00ADb", "a\uFEFFb", "a\u2028b", "a\nb", "a\u200Fb", "a\u3164b", "a\u115Fb", "a\u034Fb", "a\uFE0Fb"])(
    "%j is refused, not mended: two would look the same",
    (text) => expect(code(10).safeParse(text).success).toBe(false),
  );
});

const parted = `${"\u0301\u0316".repeat(15)}\u0001`;
test.each(["\u0301", "\u0000", "\uD800", "a\u0301", "\u202E", "\u{1D15E}", "ß", " ", parted])(
  "100,000 of %j are judged in a moment",
  (piece) => {
    const startedAt = process.cpuUsage();
    for (const schema of [cleanText(10_000), code(64), upperCaseCode(64)])
      expect(schema.safeParse(`a${piece.repeat(100_000)}b`).data ?? "").toMatch(/^(ab|)$/);
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(2_000);
  },
);
