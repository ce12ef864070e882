import { readXlsx } from "hucre/xlsx";
import { describe, expect, test } from "vitest";
import type { FileFormat } from "#contract/export.ts";
import type { Row } from "./cells.ts";
import { csvCell } from "./csv.ts";
import { bytesOf } from "./table-file.ts";

async function* inBatches(...batches: Row[][]) {
  yield* batches;
}
async function written(format: FileFormat, ...batches: Row[][]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf({ name: "x", format, columns: ["sku", "onHand", "open"], batches: inBatches(...batches) }))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}
const text = async (format: FileFormat, ...batches: Row[][]) => new TextDecoder().decode(await written(format, ...batches));
const rows = [
  [
    { sku: "A-1", onHand: 10.5, open: true, secret: "never shown" },
    { sku: 'Öl, "fein"', onHand: -3, open: null },
  ],
  [{ sku: "=1+1", onHand: 0, open: false }],
];

test.each([
  ["plain", "plain"],
  ["", ""],
  [null, ""],
  [-5, "-5"],
  [true, "true"],
  ["a,b", '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ["two\nlines", '"two\nlines"'],
  ["=SUM(A1)", "'=SUM(A1)"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@cmd", "'@cmd"],
  ["\tx", "'\tx"],
  ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
])("a cell of %j is %s", (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

describe("a table of several batches", () => {
  test("as CSV has a line of names, and nothing but its columns", async () => {
    expect(await text("csv", ...rows)).toBe(`sku,onHand,open\r\nA-1,10.5,true\r\n"Öl, ""fein""",-3,\r\n'=1+1,0,false\r\n`);
    expect(await text("csv")).toBe("sku,onHand,open\r\n");
  });

  test("as JSON is one array, whose texts are as they are", async () => {
    expect(JSON.parse(await text("json", ...rows))).toEqual([
      { sku: "A-1", onHand: 10.5, open: true },
      { sku: 'Öl, "fein"', onHand: -3, open: null },
      { sku: "=1+1", onHand: 0, open: false },
    ]);
    expect(await text("json")).toBe("[]");
    expect(await text("json", [], [])).toBe("[]");
  });

  test("as a workbook keeps numbers as numbers, and formulas as texts", async () => {
    const { sheets } = await readXlsx(await written("xlsx", ...rows));
    expect(sheets[0]?.rows).toEqual([
      ["sku", "onHand", "open"],
      ["A-1", 10.5, true],
      ['Öl, "fein"', -3, null],
      ["=1+1", 0, false],
    ]);
  });
});
