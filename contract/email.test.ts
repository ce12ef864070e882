import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Email } from "./email.ts";

const label63 = "l".repeat(63);

describe("is an address", () => {
  test.each([
    ["a plain one", "ann@acme.example", undefined],
    ["letters of both cases", "Ann.Smith@ACME.Example", "ann.smith@acme.example"],
    ["blanks around it", "  ann@acme.example\n", "ann@acme.example"],
    ["a tag", "ann+stock@acme.example", undefined],
    ["what a mailbox may hold besides letters", "!#$%&'*+-/=?^_`{|}~@acme.example", undefined],
    ["an apostrophe", "o'brien@acme.example", undefined],
    ["one letter at each place", "a@b.co", undefined],
    ["many labels", "ann@a.b.c.d.e.example", undefined],
    ["digits in a label", "ann@4you.example", undefined],
    ["a hyphen inside a label", "ann@acme-north.example", undefined],
    ["a domain in punycode", "ann@xn--mnchen-3ya.example", undefined],
    ["a domain in German", "ann@münchen.example", undefined],
    ["a domain in Chinese", "ann@例子.公司", undefined],
    ["a domain in Hindi, with its vowel signs", "ann@उदाहरण.भारत", undefined],
    ["a domain in Arabic", "ann@مثال.السعودية", undefined],
    ["a mailbox in another script", "用户@例子.公司", undefined],
    ["letters in two parts", "ann@mu\u0308nchen.example", "ann@m\u00fcnchen.example"],
    ["a mailbox of 64 characters", `${"a".repeat(64)}@acme.example`, undefined],
    ["a label of 63 characters", `ann@${label63}.example`, undefined],
    ["254 characters", `${"a".repeat(64)}@${label63}.${label63}.${"l".repeat(53)}.example`, undefined],
  ])("%s", (_, given, expected) => expect(Email.parse(given)).toBe(expected ?? given));
});

describe("is none", () => {
  test.each([
    ["nothing", ""],
    ["no @", "ann.acme.example"],
    ["no mailbox", "@acme.example"],
    ["no domain", "ann@"],
    ["no dot in the domain", "ann@localhost"],
    ["two @", "ann@smith@acme.example"],
    ["two dots in the mailbox", "ann..smith@acme.example"],
    ["two dots in the domain", "ann@acme..example"],
    ["a dot in front", ".ann@acme.example"],
    ["a dot before the @", "ann.@acme.example"],
    ["a dot after the @", "ann@.acme.example"],
    ["a dot at the end", "ann@acme.example."],
    ["a blank inside", "ann smith@acme.example"],
    ["a hyphen at a label's beginning", "ann@-acme.example"],
    ["a hyphen at a label's end", "ann@acme-.example"],
    ["an underscore in the domain", "ann@ac_me.example"],
    ["an address of a machine", "ann@127.0.0.1"],
    ["a literal", "ann@[127.0.0.1]"],
    ["a quoted mailbox", '"ann smith"@acme.example'],
    ["a name beside it", "Ann <ann@acme.example>"],
    ["two addresses", "ann@acme.example,bob@acme.example"],
    ["two addresses with a semicolon", "ann@acme.example;bob@acme.example"],
    ["a line break, for a header of one's own", "ann@acme.example\nBcc: all@acme.example"],
    ["a carriage return", "ann@acme\r.example"],
    ["a NUL", "ann\u0000@acme.example"],
    ["a character that cannot be seen", "an\u200Bn@acme.example"],
    ["a text that turns round", "ann\u202E@acme.example"],
    ["half of a surrogate pair", "ann\uD800@acme.example"],
    ["a colon", "mailto:ann@acme.example"],
    ["a mailbox of 65 characters", `${"a".repeat(65)}@acme.example`],
    ["a label of 64 characters", `ann@${"l".repeat(64)}.example`],
    ["255 characters", `${"a".repeat(64)}@${label63}.${label63}.${"l".repeat(54)}.example`],
    [
      "what is longer than that once its letters have come apart",
      `ann@${Array.from({ length: 7 }, () => "\u0958".repeat(30)).join(".")}.in`,
    ],
    ["a mark with no letter", "ann@\u0301.example"],
    ["wide digits in the domain, which would be another's", "ann@１２.example"],
    ["another sign in the domain", "ann@acme☃.example"],
  ])("%s", (_, given) => expect(Email.safeParse(given).success).toBe(false));
  test.each([5, null, undefined, ["ann@acme.example"], { toString: "ann@acme.example" }])("%o", (given) =>
    expect(Email.safeParse(given).success).toBe(false),
  );
});

test("one address is written in one way", () => {
  fc.assert(
    fc.property(fc.emailAddress(), (given) => {
      // What the standard allows and people's mail programs do not is refused.
      fc.pre(Email.safeParse(given).success);
      const once = Email.parse(given);
      expect(Email.parse(once.toUpperCase())).toBe(once);
    }),
  );
});

test.each(["a@", "a.", "@", ".", "-", "a-", "\u0301", "a@a.", "ann@acme.example,"])(
  "100,000 characters of %j are judged in a moment",
  (piece) => {
    const startedAt = process.cpuUsage();
    expect(Email.safeParse(piece.repeat(100_000 / piece.length)).success).toBe(false);
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(2_000);
  },
);
