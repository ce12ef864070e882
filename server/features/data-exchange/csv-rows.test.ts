import fc from "fast-check";
import { expect, test } from "vitest";
import { csvRows } from "./csv-rows.ts";

async function read(csv: string, chunkBytes = 7): Promise<{ line: number; cells: string[] }[]> {
  const rows: { line: number; cells: string[] }[] = [];
  const parser = csvRows(",", (cells, line) => rows.push({ line, cells }));
  const bytes = Buffer.from(csv);
  for (let start = 0; start < bytes.length; start += chunkBytes) await parser.write(bytes.subarray(start, start + chunkBytes));
  await parser.end();
  return rows;
}

test("a row has the number of the line it begins on", async () => {
  const csv = '\uFEFFa,b\r\n"1\r\n2","3\n\n4"\r\n\r\n\r\n5,6\n7,"8"\n"9\r10",11';
  expect(await read(csv)).toEqual([
    { line: 1, cells: ["a", "b"] },
    { line: 2, cells: ["1\r\n2", "3\n\n4"] },
    { line: 8, cells: ["5", "6"] },
    { line: 9, cells: ["7", "8"] },
    { line: 10, cells: ["9\r10", "11"] },
  ]);
});

test("whatever was written as RFC 4180 is read again, with the right lines, in chunks of any size", async () => {
  const cell = fc.oneof(fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r\n", " ", "é", "😀") }), fc.string());
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 30 }), fc.constantFrom("\n", "\r\n"), async (rows, chunkBytes, newline) => {
      const csv = rows.map((cells) => cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(",")).join(newline);
      let line = 1;
      const expected = rows.map((cells) => {
        const row = { line, cells: cells.map((text) => text.toWellFormed()) };
        line +=
          1 +
          cells
            .join(",")
            .replaceAll("\r\n", "\n")
            .split(/[\r\n]/).length -
          1;
        return row;
      });
      expect(await read(csv, chunkBytes)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
