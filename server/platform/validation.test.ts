import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ValidationError } from "./errors.ts";
import { workbook } from "#tests/support/zip.ts";
import {
  containsPattern,
  extractPaginationParams,
  sanitizeString,
  validate,
  VALIDATION_LIMITS,
  validateDate,
  validateDateRange,
  validateEmail,
  validateFileUpload,
  validateNumber,
  validatePagination,
  validatePassword,
  validateSearchQuery,
  validateUuid,
} from "./validation.ts";

const faultsOf = (work: () => unknown) => {
  try {
    return { value: work() };
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ statusCode: 400, code: "VALIDATION_ERROR" });
    return (error as ValidationError).details?.["errors"];
  }
};
const faultAt = (path: string, message: unknown = expect.any(String)) => [{ path, message }];

test("the limits are those that are promised", () => {
  expect(VALIDATION_LIMITS).toMatchObject({
    MAX_PAGE_SIZE: 1_000,
    DEFAULT_PAGE_SIZE: 50,
    MAX_STRING_LENGTH: 10_000,
    MAX_SEARCH_LENGTH: 200,
    MIN_PASSWORD_LENGTH: 12,
    MAX_PASSWORD_LENGTH: 128,
    MIN_BCRYPT_ROUNDS: 12,
    MAX_BCRYPT_ROUNDS: 15,
  });
});

describe("a page", () => {
  test.each([
    ["numbers", { limit: 20, offset: 40 }, { limit: 20, offset: 40 }],
    ["texts", { limit: "20", offset: "40" }, { limit: 20, offset: 40 }],
    ["nothing", {}, { limit: 50, offset: 0 }],
    ["empty texts", { limit: "", offset: " " }, { limit: 50, offset: 0 }],
    ["0", { limit: 0, offset: 0 }, { limit: 50, offset: 0 }],
    ["below 0", { limit: -1, offset: -1 }, { limit: 50, offset: 0 }],
    ["a part", { limit: 2.5, offset: 2.5 }, { limit: 50, offset: 0 }],
    ["the most", { limit: 1_000, offset: 2 ** 31 }, { limit: 1_000, offset: 2 ** 31 }],
    ["more than that", { limit: 1_001, offset: 2 ** 31 + 1 }, { limit: 1_000, offset: 2 ** 31 }],
    ["far more", { limit: 1e300, offset: "9".repeat(400) }, { limit: 1_000, offset: 0 }],
    ["no numbers", { limit: Number.NaN, offset: Infinity }, { limit: 50, offset: 0 }],
    ["words", { limit: "all", offset: "end" }, { limit: 50, offset: 0 }],
    ["null", { limit: null, offset: null }, { limit: 50, offset: 0 }],
    ["things", { limit: {}, offset: [5] }, { limit: 50, offset: 0 }],
    ["truths", { limit: true, offset: true }, { limit: 50, offset: 0 }],
  ])("of %s", (_, given, expected) => expect(validatePagination(given)).toEqual(expected));

  test("is never outside its bounds, whatever is asked for", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (limit, offset) => {
        const page = validatePagination({ limit, offset });
        expect(Number.isInteger(page.limit) && page.limit >= 1 && page.limit <= 1_000).toBe(true);
        expect(Number.isInteger(page.offset) && page.offset >= 0 && page.offset <= 2 ** 31).toBe(true);
      }),
    );
  });

  test.each([
    ["http://x/api/v1/items?limit=20&offset=40", { limit: 20, offset: 40 }],
    ["http://x/api/v1/items", { limit: 50, offset: 0 }],
    ["http://x/?limit=5000&offset=-2&sort=name", { limit: 1_000, offset: 0 }],
    ["http://x/?limit=%32%30", { limit: 20, offset: 0 }],
    ["http://x/?limit=&offset=", { limit: 50, offset: 0 }],
    ["/items?limit=7", { limit: 7, offset: 0 }],
  ])("is read from the address %s", (url, expected) => expect(extractPaginationParams({ url })).toEqual(expected));
});

describe("a search", () => {
  test("comes out trimmed and normalised", () => {
    expect(validateSearchQuery("  bolt\t")).toBe("bolt");
    expect(validateSearchQuery("Cafe\u0301")).toBe("Caf\u00e9");
  });
  test("that is an attempt at injection is refused in these words, as a whole", () => {
    expect(() => validateSearchQuery("'; DROP TABLE users; --")).toThrow("Invalid search query - contains forbidden patterns");
    expect(faultsOf(() => validateSearchQuery("'; DROP TABLE users; --"))).toEqual(
      faultAt("search", "Invalid search query - contains forbidden patterns"),
    );
  });
  test("that is too long is told as that", () => expect(faultsOf(() => validateSearchQuery("x".repeat(201)))).toEqual(faultAt("search")));
  test.each([5, null, undefined])("%o is none", (given) => expect(faultsOf(() => validateSearchQuery(given))).toEqual(faultAt("search")));
});

describe("a text", () => {
  test.each([
    ["control characters", "a\u0000b\u001Bc", "abc"],
    ["overrides of the reading direction", "invoice\u202Efdp.exe", "invoicefdp.exe"],
    ["blanks", "  a b  ", "a b"],
    ["letters in two parts", "e\u0301", "\u00e9"],
    ["markup", "<b>x</b>", "<b>x</b>"],
    ["nothing", "", ""],
  ])("with %s", (_, given, expected) => expect(sanitizeString(given)).toBe(expected));
  test("is at most 10,000 characters long, or as long as it is said", () => {
    expect(sanitizeString("x".repeat(10_000))).toHaveLength(10_000);
    expect(faultsOf(() => sanitizeString("x".repeat(10_001), undefined, "note"))).toEqual(faultAt("note"));
    expect(faultsOf(() => sanitizeString("abc", 2))).toEqual(faultAt("text"));
  });
});

describe("a password", () => {
  const length = "Password must be at least 12 characters long";
  const kinds = "Password must contain at least 3 of: uppercase, lowercase, number, special character";
  test.each([
    ["three kinds", "lowercaseUPPER1", undefined],
    ["blanks as a kind", "correct Horse battery", undefined],
    ["another script", "Правильная-лошадь", undefined],
    ["128 characters", `Aa1${"x".repeat(125)}`, undefined],
    ["too short, of too few kinds: both are told", "weak123", [length, kinds]],
    ["too short", "Short-1", [length]],
    ["two kinds", "lowercaselower1", [kinds]],
    ["129 characters", `Aa1${"x".repeat(126)}`, ["Password must be at most 128 characters long"]],
  ])("of %s", (_, password, messages) =>
    expect(faultsOf(() => validatePassword(password))).toEqual(
      messages?.map((message) => ({ path: "password", message })) ?? { value: password },
    ),
  );
});

test.each<[string, () => unknown, unknown]>([
  ["an address", () => validateEmail("Ann@ACME.example"), { value: "ann@acme.example" }],
  ["no address", () => validateEmail("ann@acme..example"), faultAt("email", "Must be an e-mail address")],
  ["no address, at its place", () => validateEmail("ann", "contact.email"), faultAt("contact.email")],
  ["an id", () => validateUuid("0196F0A0-0000-7000-8000-00000000ABCD"), { value: "0196f0a0-0000-7000-8000-00000000abcd" }],
  ["an id without hyphens", () => validateUuid("0196f0a0000070008000000000000abcd"), faultAt("id")],
  ["an id in braces", () => validateUuid("{0196f0a0-0000-7000-8000-00000000abcd}"), faultAt("id")],
  ["an id with SQL behind it", () => validateUuid("0196f0a0-0000-7000-8000-00000000abcd' OR '1'='1"), faultAt("id")],
  ["an id with a line behind it", () => validateUuid("0196f0a0-0000-7000-8000-00000000abcd\n", "itemId"), faultAt("itemId")],
  ["a number as an id", () => validateUuid(1), faultAt("id")],
  ["a date", () => validateDate("2024-02-29"), { value: "2024-02-29" }],
  ["a date that no calendar has", () => validateDate("2023-02-29"), faultAt("date")],
  [
    "a date out of bounds",
    () => validateDate("2026-01-01", { latest: "2025-12-31" }, "expiresOn"),
    faultAt("expiresOn", "Must not be after 2025-12-31"),
  ],
  ["a date object", () => validateDate(new Date()), faultAt("date")],
  ["two dates", () => validateDateRange({ from: "2026-01-01", to: "2026-01-31" }), { value: { from: "2026-01-01", to: "2026-01-31" } }],
  [
    "two dates the wrong way round",
    () => validateDateRange({ from: "2026-02-01", to: "2026-01-31" }),
    faultAt("to", "Must not be before from"),
  ],
  ["two dates too far apart", () => validateDateRange({ from: "2026-01-01", to: "2026-03-31" }, { daysMax: 31 }), faultAt("to")],
  ["a number", () => validateNumber(1.25, { min: 0, max: 2, decimals: 2 }), { value: 1.25 }],
  ["no number", () => validateNumber(Number.NaN), faultAt("value")],
  ["a number written as text", () => validateNumber("1"), faultAt("value")],
  ["a number too large", () => validateNumber(3, { max: 2 }, "lines.0.quantity"), faultAt("lines.0.quantity", "Must be at most 2")],
])("%s by itself", (_, work, expected) => expect(faultsOf(work)).toEqual(expected));

describe("a file that is handed in", () => {
  const bounds = { kinds: ["csv", "xlsx"], bytesMax: 1_000_000 } as const;
  const csv = { name: "items.csv", type: "text/csv", bytes: Buffer.from("sku,name\nA,B\n") };
  const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const faults = (file: Parameters<typeof validateFileUpload>[0]) =>
    validateFileUpload(file, bounds).then(
      (kind) => kind,
      (error: unknown) =>
        faultsOf(() => {
          throw error;
        }),
    );
  test.each([
    ["is the kind that it says and shows", csv, "csv"],
    ["may have no name", { type: csv.type, bytes: csv.bytes }, "csv"],
    ["may be a workbook", { name: "items.xlsx", type: xlsx, bytes: workbook() }, "xlsx"],
    ["is not too large", { ...csv, bytes: Buffer.alloc(1_000_001, "a") }, faultAt("size", "Must be at most 1000000 bytes")],
    ["has no path in its name", { ...csv, name: "../items.csv" }, faultAt("name")],
    ["ends in what it is", { ...csv, name: "items.exe" }, faultAt("name")],
    ["declares what it is", { ...csv, type: "application/x-msdownload" }, faultAt("type")],
    ["shows what it is", { ...csv, bytes: workbook() }, faultAt("file", expect.stringContaining("a ZIP archive"))],
    [
      "is no bomb",
      { name: "items.xlsx", type: xlsx, bytes: workbook({ name: "xl/a.xml", content: Buffer.alloc(20_000_000) }) },
      faultAt("file", "Unpacks to many times its size"),
    ],
  ])("%s", async (_, file, expected) => expect(await faults(file)).toEqual(expected));
});

test("a search finds its own characters, wildcards too, and nothing by them", () => {
  const like = (pattern: string, text: string) =>
    new RegExp(
      `^${pattern.replace(/\\(.)|([%_])|([^%_\\])/gsu, (_, escaped: string | undefined, wildcard: string | undefined, plain: string | undefined) => (wildcard ? (wildcard === "%" ? ".*" : ".") : (escaped ?? plain ?? "").replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")))}$`,
      "su",
    ).test(text);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: fc.constantFrom("a", "%", "_", "\\", "'") }), (text, search) => {
      expect(like(containsPattern(search), text)).toBe(text.includes(search));
    }),
  );
  expect(like(containsPattern("50%"), "50% off")).toBe(true);
  expect(like(containsPattern("50%"), "500")).toBe(false);
});

describe("input against a schema", () => {
  const Order = z.strictObject({ lines: z.array(z.strictObject({ quantity: z.number().positive("Must be greater than 0") })).min(1) });
  const errorsOf = (input: unknown) => {
    try {
      validate(Order, input);
    } catch (error) {
      return (error as ValidationError).details?.["errors"];
    }
    return undefined;
  };

  test("comes out as the schema makes it", () =>
    expect(validate(z.object({ code: z.string().toUpperCase() }), { code: "a" })).toEqual({ code: "A" }));
  test("every fault is told, by its path", () => {
    expect(errorsOf({ lines: [{ quantity: 1 }, { quantity: 0 }, { quantity: -1 }] })).toEqual([
      { path: "lines.1.quantity", message: "Must be greater than 0" },
      { path: "lines.2.quantity", message: "Must be greater than 0" },
    ]);
  });
  test("an unknown field is refused by its own path", () => {
    expect(errorsOf({ lines: [{ quantity: 1, price: 2, extra: 3 }], role: "Admin" })).toEqual(
      expect.arrayContaining([
        { path: "lines.0.price", message: "Unknown field" },
        { path: "lines.0.extra", message: "Unknown field" },
        { path: "role", message: "Unknown field" },
      ]),
    );
  });
  test("the answer to a hostile body does not grow with it", () => {
    const unknown = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`${"k".repeat(1_000)}${at}`, 1]));
    const lines = Array.from({ length: 10_000 }, () => ({ quantity: 0 }));
    const both = Array.from({ length: 60 }, () => ({ quantity: 1, a: 1, b: 2, c: 3 }));
    for (const input of [{ lines: [{ quantity: 1 }], ...unknown }, { lines }, { lines: both }]) {
      const faults = errorsOf(input) as { path: string }[];
      expect(faults).toHaveLength(100);
      expect(JSON.stringify(faults).length).toBeLessThan(100 * 600);
    }
  });
  test.each([undefined, null, 5, "x", []])("%o is told as a fault, not a crash", (input) => expect(errorsOf(input)).toBeDefined());
});
