import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { workbook, zip, type ZipEntry } from "#tests/support/zip.ts";
import { spreadsheetFault } from "./spreadsheet.ts";

const sheet = (more: Partial<ZipEntry>): ZipEntry => ({ name: "xl/worksheets/sheet1.xml", content: "<row/>", ...more });
const zeros = (megabytes: number) => Buffer.alloc(megabytes * 1024 * 1024);
/** Presses to about a fortieth, as a sheet of many rows does. */
const rows = Buffer.from(Array.from({ length: 60_000 }, (_, row) => `<row r="${row}"><c r="A${row}"><v>${row * 7}</v></c></row>`).join(""));
/** So large that the archive as a whole is pressed to a tenth at most. */
const noise = { name: "xl/media/photo.png", content: randomBytes(400_000) };
/** Each too small for its ratio to say anything. */
const small = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `xl/${at}.xml`, content: zeros(1) }));
const many = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `xl/media/${at}.xml`, content: "x" }));

test.each<[string, Buffer, string | undefined]>([
  ["a workbook of many rows", workbook(sheet({ content: rows })), undefined],
  ["a small file that is pressed well", workbook(sheet({ content: Buffer.alloc(900_000) })), undefined],
  ["a bomb", workbook(sheet({ content: zeros(20) })), "Unpacks to many times its size"],
  ["a bomb beside what cannot be pressed", workbook(sheet({ content: zeros(3) }), noise), "Unpacks to many times its size"],
  ["a bomb of many small files", workbook(...small(50)), "Unpacks to many times its size"],
  ["a bomb that says it is small", workbook(sheet({ content: zeros(20), saysBytes: 1_000 })), "Unpacks to something else than it says"],
  ["a file that says it is larger than it is", workbook(sheet({ content: "x", saysBytes: 500 })), "Unpacks to something else than it says"],
  ["a directory that says it is huge", workbook(sheet({ content: rows, saysBytes: 0xfffffff0 })), "Unpacks to more than 256 MiB"],
  [
    "one bomb under many names",
    workbook(
      sheet({ content: rows }),
      ...Array.from({ length: 100 }, (_, at) => sheet({ name: `xl/${at}.xml`, content: rows, overlaps: true })),
    ),
    "Unpacks to more than 256 MiB",
  ],
  ["2,000 files", workbook(...many(1_998)), undefined],
  ["more files", workbook(...many(1_999)), "Holds more than 2000 files"],
  ["the same file twice", workbook(sheet({}), sheet({})), "Holds a file twice"],
  ["an encrypted file", workbook(sheet({ encrypted: true })), "Is encrypted"],
  ["macros", workbook({ name: "xl/vbaProject.bin", content: "x" }), "Holds macros"],
  ["an archive in the archive", workbook({ name: "xl/embeddings/inner.zip", content: "x" }), "Holds an archive or a program"],
  ["a program", workbook({ name: "xl/embeddings/run.EXE", content: "x" }), "Holds an archive or a program"],
  ["a path that leaves the folder", workbook({ name: "../../etc/cron.d/x", content: "x" }), "Is a broken archive"],
  ["an absolute path", workbook({ name: "/etc/passwd", content: "x" }), "Is a broken archive"],
  ["a path of Windows", workbook({ name: "..\\x.xml", content: "x" }), "Is a broken archive"],
  ["an archive of another kind", zip([{ name: "word/document.xml", content: "x" }]), "Is an archive, and no XLSX workbook"],
  ["an archive that was cut off", workbook().subarray(0, 100), "Is a broken archive"],
  ["a directory behind the end of the file", Buffer.concat([Buffer.from("PK\u0005\u0006"), Buffer.alloc(18, 0x7f)]), "Is a broken archive"],
  ["no archive at all", Buffer.from("hello"), "Is a broken archive"],
  ["nothing", Buffer.alloc(0), "Is a broken archive"],
])("%s", async (_, bytes, fault) => expect(await spreadsheetFault(bytes)).toBe(fault));

test("a bomb is told without being held in memory", async () => {
  const bomb = workbook(sheet({ content: zeros(150), saysBytes: 1_000_000 }));
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
  expect(await spreadsheetFault(bomb)).toBe("Unpacks to something else than it says");
  clearInterval(watch);
  expect(Math.max(most, process.memoryUsage().arrayBuffers) - before).toBeLessThan(20 * 1024 * 1024);
});
