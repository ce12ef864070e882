import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ValidationError } from "#platform/errors.ts";
import { parseJson } from "./json-text.ts";

const refusal = (text: string): string | undefined => {
  try {
    parseJson(text);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ statusCode: 400, code: "INVALID_JSON" });
    return (error as Error).message;
  }
};
const nested = (depth: number, open = "[", close = "]") => open.repeat(depth) + (open === "[" ? "" : "1") + close.repeat(depth);

test("what is JSON comes out as JSON.parse gives it", () => {
  fc.assert(
    fc.property(
      fc
        .jsonValue({ maxDepth: 6, stringUnit: "grapheme-ascii" })
        .filter((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value))),
      (value) => {
        for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) expect(parseJson(text)).toEqual(JSON.parse(text));
      },
    ),
    { numRuns: 500 },
  );
});

test.each(["", "{", "{a:1}", "[1,]", "NaN", "undefined", '{"a":1}}', "'a'", '{"a":0x1}', "\u0000"])("%o is not JSON", (text) => {
  expect(refusal(text)).toBe("The body is not valid JSON");
});

describe("a key twice is refused", () => {
  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":1},"a":2}',
    '{"x":{"a":1,"b":2,"a":3}}',
    '[{"a":1},{"b":1,"b":2}]',
    '{"a":1,"\\u0061":2}',
    '{"":1,"":2}',
    '{"a":[{},[]],"a":1}',
  ])("%s", (text) => {
    expect(refusal(text)).toMatch(/^The key .* is there twice$/);
  });
  test.each([
    '{"a":1,"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"\\"a\\":1"}',
    '{"a":":","b":"{\\"a\\":"}',
    '{"a":["a","a"],"b":"a"}',
  ])("but not here: %s", (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
  test("also where the two are one only after normalising", () => {
    expect(refusal('{"\u00e9":1,"e\u0301":2}')).toMatch(/is there twice$/);
  });
});

describe("a key that reaches prototypes is refused", () => {
  test.each(['{"__proto__":{"admin":true}}', '{"a":{"constructor":1}}', '[{"prototype":1}]', '{"\\u005f_proto__":1}', '{"__proto__" : 1}'])(
    "%s",
    (text) => {
      expect(refusal(text)).toMatch(/is not allowed$/);
    },
  );
  test("but such a text is just a text", () => expect(parseJson('{"name":"__proto__"}')).toEqual({ name: "__proto__" }));
});

test("nesting is bounded, and a bomb is refused before it costs anything", () => {
  expect(refusal(nested(32))).toBeUndefined();
  expect(refusal(nested(33))).toMatch(/nested deeper than 32/);
  expect(refusal(nested(33, '{"a":', "}"))).toMatch(/nested deeper than 32/);
  expect(refusal(`"${"[".repeat(1_000)}"`)).toBeUndefined();
  expect(refusal(nested(100_000))).toBeDefined();
});

test.each([
  ["NUL", '"a\\u0000b"', /NUL/],
  ["NUL in a key", '{"a\\u0000":1}', /NUL/],
  ["half a surrogate pair", '"\\ud800"', /surrogate/],
  ["the other half, deep inside", '{"a":[{"b":"x\\udc00"}]}', /surrogate/],
])("%s is refused", (_, text, message) => {
  expect(refusal(text)).toMatch(message);
});

test("text comes out normalised, so that what looks the same is the same", () => {
  expect(parseJson('{"name":"Cafe\u0301","list":["e\u0301"]}')).toEqual({ name: "Caf\u00e9", list: ["\u00e9"] });
  expect(parseJson('"\\ud83c\\udfed"')).toBe("🏭");
  expect(parseJson('{"Cafe\u0301":1}')).toEqual({ "Caf\u00e9": 1 });
});

const megabyte = 1024 * 1024;
const manyKeys = (count: number) => `{${Array.from({ length: count }, (_, at) => `"${at.toString(36)}":1`).join(",")}}`;
test.each<[string, string, RegExp | undefined]>([
  ["a million keys", manyKeys(1_000_000), /more than 50000 values/],
  ["one key a hundred thousand times", `{${'"":1,'.repeat(100_000)}"":1}`, /more than 50000 values/],
  [
    "keys written as escapes",
    `{${Array.from({ length: 60_000 }, (_, at) => String.raw`"\u0061${at}":1`).join(",")}}`,
    /more than 50000 values/,
  ],
  ["numbers without end", `[${"1,".repeat(megabyte / 2)}1]`, /more than 50000 values/],
  ["empty lists", `[${"[],".repeat(megabyte / 3)}[]]`, /more than 50000 values/],
  ["nesting", nested(megabyte / 2), /nested deeper/],
  ["nesting that never closes", '{"a":'.repeat(megabyte / 5), /nested deeper/],
  ["marks on marks", `"e${"\u0301".repeat(megabyte / 2)}"`, /combining marks/],
  ["a quote that never closes", `"${"a".repeat(megabyte)}`, /not valid JSON/],
  ["as many keys as may be", manyKeys(49_999), undefined],
  ["a number of a million digits", "1".repeat(megabyte), undefined],
  ["a long text and quotes", JSON.stringify({ note: "x".repeat(500_000), quotes: '\\"'.repeat(200_000) }), undefined],
  ["brackets and commas in a text", JSON.stringify("[{,".repeat(300_000)), undefined],
])("a bomb does not hold the others up: %s", (_, text, message) => {
  const startedAt = process.cpuUsage();
  expect(refusal(text) ?? "").toMatch(message ?? /^$/);
  expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(1_000);
});

// Beyond what any route takes: how a text is read must not depend on that.
const long = 16 * megabyte;
test.each<[string, string]>([
  ["letters", `"${"x".repeat(long)}"`],
  ["escapes", `"${String.raw`\n`.repeat(long / 2)}"`],
  ["escaped backslashes and quotes", `"${String.raw`\\\"`.repeat(long / 4)}"`],
  ["marked letters", `"${"\u00e9".repeat(long)}"`],
  ["blanks", `[${" ".repeat(long)}]`],
  ["a key", `{"${"x".repeat(long)}":1}`],
  ["a key of escapes", `{"${String.raw`\t`.repeat(long / 2)}":1}`],
])("16 MiB of %s are read in one go", (_, text) => {
  const startedAt = process.cpuUsage();
  expect(refusal(text)).toBeUndefined();
  expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(10_000);
});
