import { describe, expect, test } from "vitest";
import type { FileKind } from "#contract/files.ts";
import { workbook, zip } from "#tests/support/zip.ts";
import { contentFault } from "./content.ts";

const bytes = (...values: number[]) => Buffer.from(values);
const png = (width: number, height: number) => {
  const header = Buffer.alloc(33);
  bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13).copy(header);
  header.write("IHDR", 12);
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
};
/** With a segment of its own and a fill byte before the frame. */
const jpeg = (width: number, height: number, frame = 0xc0) => {
  const start = bytes(0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, frame, 0, 17, 8, 0, 0, 0, 0);
  start.writeUInt16BE(height, start.length - 4);
  start.writeUInt16BE(width, start.length - 2);
  return Buffer.concat([start, Buffer.alloc(12)]);
};
const elf = Buffer.concat([bytes(0x7f), Buffer.from("ELF"), bytes(2, 1, 1), Buffer.alloc(57)]);
const isNo = (said: string, shown: string) => `Is said to be ${said}, and its first bytes show ${shown}`;

test.each<[string, FileKind, Buffer]>([
  ["a CSV file", "csv", Buffer.from("sku,name\nA-1,Größe\n")],
  ["a CSV file that begins like a bitmap", "csv", Buffer.from("BM,MZ,ID3\n1,2,3\n")],
  ["a CSV file with a byte order mark", "csv", Buffer.from("\uFEFFsku\nA\n")],
  ["a CSV file in another script's old encoding, which its cells are told of", "csv", Buffer.from("name\nGr\u00f6\u00dfe\n", "latin1")],
  ["a CSV file with one stray control character", "csv", Buffer.from(`sku,name\n${"A-1,Bolt\n".repeat(20)}A-2,Bell\u0007\n`)],
  ["a PDF", "pdf", Buffer.from("%PDF-1.7\n%âãÏÓ\n")],
  ["a PNG image", "png", png(640, 480)],
  ["a JPEG image", "jpeg", jpeg(640, 480)],
  ["a JPEG image in steps", "jpeg", jpeg(640, 480, 0xc2)],
  ["a workbook", "xlsx", workbook({ name: "xl/worksheets/sheet1.xml", content: "<row/>".repeat(10_000) })],
])("%s is one", async (_, kind, content) => expect(await contentFault(kind, content)).toBeUndefined());

describe("is not what it is said to be", () => {
  test.each<[string, FileKind, Buffer, string]>([
    ["a workbook named as CSV", "csv", workbook(), isNo("text in UTF-8", "a ZIP archive or Office document")],
    ["a PDF named as CSV", "csv", Buffer.from("%PDF-1.7\n"), isNo("text in UTF-8", "a PDF")],
    ["a text in UTF-16", "csv", Buffer.from("sku,name\nA-1,Bolt\n", "utf16le"), isNo("text in UTF-8", "something else")],
    ["a program named as CSV", "csv", elf, isNo("text in UTF-8", "something else")],
    ["a page named as an image", "png", Buffer.from("<html><script>"), isNo("a PNG image", "text in UTF-8")],
    ["a drawing named as an image", "png", Buffer.from("<svg onload='alert(1)'/>"), isNo("a PNG image", "text in UTF-8")],
    ["a JPEG named as PNG", "png", jpeg(1, 1), isNo("a PNG image", "a JPEG image")],
    ["a PNG named as JPEG", "jpeg", png(1, 1), isNo("a JPEG image", "a PNG image")],
    ["a program named as PDF", "pdf", elf, isNo("a PDF", "something else")],
    ["a CSV named as a workbook", "xlsx", Buffer.from("sku\nA\n"), isNo("an XLSX workbook", "text in UTF-8")],
    ["a PDF behind something else", "pdf", Buffer.from(`GIF89a%PDF-1.7`), isNo("a PDF", "text in UTF-8")],
    ["another archive named as a workbook", "xlsx", zip([{ name: "a.txt", content: "a" }]), "Is an archive, and no XLSX workbook"],
    ["an empty archive named as a workbook", "xlsx", zip([]), "Is an archive, and no XLSX workbook"],
  ])("%s", async (_, kind, content, fault) => expect(await contentFault(kind, content)).toBe(fault));
});

describe("an image", () => {
  test.each<[string, FileKind, Buffer, string | undefined]>([
    ["of 50 million points", "png", png(10_000, 5_000), undefined],
    ["of more, which would fill a memory", "png", png(60_000, 60_000), "Is an image of more than 50 million points"],
    ["of more, as JPEG", "jpeg", jpeg(65_535, 65_535), "Is an image of more than 50 million points"],
    ["without a width", "png", png(0, 10), "Is a broken image"],
    ["that ends in its header", "png", png(1, 1).subarray(0, 20), "Is a broken image"],
    ["that never begins its frame", "jpeg", bytes(0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xd9), "Is a broken image"],
    [
      "whose segments have no length",
      "jpeg",
      Buffer.concat([bytes(0xff, 0xd8), Buffer.alloc(1_000, bytes(0xff, 0xe0, 0, 0))]),
      "Is a broken image",
    ],
  ])("%s", async (_, kind, content, fault) => expect(await contentFault(kind, content)).toBe(fault));
});
