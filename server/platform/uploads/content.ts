import type { FileKind } from "#contract/files.ts";
import { imageSize } from "./image-size.ts";
import { spreadsheetFault } from "./spreadsheet.ts";

type Shown = FileKind | "zip" | "unknown";

/** So many bytes show what a file is. */
export const headBytes = 4_096;

const signatures: readonly [shown: Shown, ...bytes: number[]][] = [
  ["png", 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  ["jpeg", 0xff, 0xd8, 0xff],
  ["pdf", 0x25, 0x50, 0x44, 0x46, 0x2d],
  ["zip", 0x50, 0x4b, 0x03, 0x04],
  ["zip", 0x50, 0x4b, 0x05, 0x06],
];

/** What the first bytes of a file show it to be; text is taken for CSV, which has no mark of its own. */
export function shownBy(bytes: Uint8Array): Shown {
  const signature = signatures.find(([, ...mark]) => mark.every((byte, index) => bytes[index] === byte));
  return signature?.[0] ?? (isText(bytes.subarray(0, headBytes)) ? "csv" : "unknown");
}

const isControl = (byte: number) => byte < 0x20 && (byte < 0x09 || byte > 0x0d);
/** A stray control character is left out of its cell later; what is no text has a tenth of them, and UTF-16 the half. */
const controlsMax = 0.02;

const isText = (head: Uint8Array) => head.filter(isControl).length <= head.length * controlsMax;

/** Nothing here shows an image of more: what does is made to fill the memory of whoever opens it. */
const pixelsMax = 50_000_000;

/** Why the bytes are not what they are said to be, or not harmless; undefined when they are. Nothing is unpacked into memory. */
export async function contentFault(kind: FileKind, bytes: Uint8Array): Promise<string | undefined> {
  const shown = shownBy(bytes);
  if (kind === "xlsx") return shown === "zip" ? await spreadsheetFault(bytes) : notA(kind, shown);
  if (shown !== kind) return notA(kind, shown);
  if (kind === "pdf" || kind === "csv") return undefined;
  const size = imageSize(kind, bytes);
  if (!size) return "Is a broken image";
  return size.width * size.height > pixelsMax ? `Is an image of more than ${pixelsMax / 1_000_000} million points` : undefined;
}

const names: Readonly<Record<Shown, string>> = {
  csv: "text in UTF-8",
  xlsx: "an XLSX workbook",
  pdf: "a PDF",
  png: "a PNG image",
  jpeg: "a JPEG image",
  zip: "a ZIP archive or Office document",
  unknown: "something else",
};
export const notA = (kind: FileKind, shown: Shown) => `Is said to be ${names[kind]}, and its first bytes show ${names[shown]}`;
