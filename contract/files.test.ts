import { describe, expect, test } from "vitest";
import { declaredFile, FileName, mediaType } from "./files.ts";

describe("is a file's name", () => {
  test.each([
    "items.csv",
    "Items 2026-01 (final).xlsx",
    "Größe.pdf",
    "日本.png",
    "a",
    "no-ending",
    "two.dots.csv",
    `${"x".repeat(251)}.csv`,
  ])("%s", (name) => expect(FileName.parse(name)).toBe(name));
});

describe("is none", () => {
  test.each([
    ["nothing", ""],
    ["a folder above", "../items.csv"],
    ["a folder above, of Windows", "..\\items.csv"],
    ["a folder", "etc/passwd"],
    ["the root", "/items.csv"],
    ["a drive", "C:items.csv"],
    ["a stream hidden in a file", "items.csv:evil.exe"],
    ["the folder itself", "."],
    ["the folder above itself", ".."],
    ["a hidden file", ".htaccess"],
    ["a device", "CON"],
    ["a device with an ending", "nul.csv"],
    ["a device of the console", "CONIN$"],
    ["a device numbered in small", "COM\u00b9.csv"],
    ["a wide slash", "..\uff0fitems.csv"],
    ["a sign that looks like a slash", "..\u2215items.csv"],
    ["a blank that is none at the end", "items.csv\u00a0"],
    ["a numbered device", "com1.csv"],
    ["a dot at the end, which Windows drops", "items.csv."],
    ["a blank at the end, which Windows drops", "items.csv "],
    ["a NUL, behind which another ending hides", "items.csv\u0000.exe"],
    ["a line break", "items\n.csv"],
    ["an ending that is turned round", "items\u202Evsc.exe"],
    ["a quote, for a header of one's own", 'items".csv'],
    ["markup", "<img>.csv"],
    ["a wildcard", "*.csv"],
    ["256 characters", `${"x".repeat(252)}.csv`],
  ])("%s", (_, name) => expect(FileName.safeParse(name).success).toBe(false));
});

test.each([
  ["text/csv", "text/csv"],
  ["TEXT/CSV; charset=utf-8", "text/csv"],
  [" text/csv ;header=present", "text/csv"],
  ["", ""],
])("%j declares %j", (declared, type) => expect(mediaType(declared)).toBe(type));

const File = declaredFile({ kinds: ["csv", "xlsx", "png"], bytesMax: 1_000 });
const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

describe("what a file says of itself", () => {
  test.each([
    ["a CSV file", { name: "items.csv", type: "text/csv", size: 10 }, "csv"],
    ["a CSV file as Windows declares it", { name: "Items.CSV", type: "application/vnd.ms-excel", size: 10 }, "csv"],
    ["a text with parameters", { name: "items.txt", type: "text/plain; charset=utf-8", size: 10 }, "csv"],
    ["a workbook", { name: "items.xlsx", type: xlsxType, size: 1_000 }, "xlsx"],
    ["a file without a name", { type: "image/png", size: 1 }, "png"],
  ])("%s", (_, given, kind) => expect(File.parse(given).kind).toBe(kind));

  test.each([
    ["too many bytes", { name: "items.csv", type: "text/csv", size: 1_001 }, { size: "Must be at most 1000 bytes" }],
    ["no bytes", { name: "items.csv", type: "text/csv", size: 0 }, { size: "Must not be empty" }],
    ["another ending", { name: "items.exe", type: "text/csv", size: 1 }, { name: "Must end in one of: csv, txt, xlsx, png" }],
    ["no ending", { name: "csv", type: "text/csv", size: 1 }, { name: "Must end in one of: csv, txt, xlsx, png" }],
    [
      "an ending before the last",
      { name: "items.csv.exe", type: "text/csv", size: 1 },
      { name: "Must end in one of: csv, txt, xlsx, png" },
    ],
    [
      "a kind that is not asked for",
      { name: "a.pdf", type: "application/pdf", size: 1 },
      {
        name: "Must end in one of: csv, txt, xlsx, png",
        type: "Must be one of: text/csv, text/plain, application/vnd.ms-excel, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, image/png",
      },
    ],
    ["a drawing that can hold scripts", { type: "image/svg+xml", size: 1 }, { type: expect.stringContaining("Must be one of") as string }],
    [
      "a type that the ending does not have",
      { name: "items.csv", type: "image/png", size: 1 },
      { type: "Is not the type that the file's name ends in" },
    ],
    ["a path", { name: "../items.csv", type: "text/csv", size: 1 }, { name: "Must be a file's name, without a folder" }],
  ])("is refused: %s", (_, given, faults) => {
    const issues = File.safeParse(given).error?.issues ?? [];
    expect(Object.fromEntries(issues.map(({ path, message }) => [path.join("."), message]))).toEqual(faults);
  });
});
