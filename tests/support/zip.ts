import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  name: string;
  content: string | Buffer;
  /** What the directory says, where it is to lie. */
  saysBytes?: number;
  encrypted?: true;
  /** Its packed bytes are those of the entry before. */
  overlaps?: true;
}

/** A ZIP archive (APPNOTE 6.3) as it is asked for, also one that no honest program would write. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  let last = 0;
  for (const { name, content, saysBytes, encrypted, overlaps } of entries) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(encrypted ? 1 : 0, 2);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(saysBytes ?? bytes.length, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), facts, Buffer.from(name), packed]);
    if (!overlaps) last = at;
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(last, 10);
    directory.push(Buffer.from("PK\u0001\u0002\u0014\0"), facts, rest, Buffer.from(name));
    if (overlaps) continue;
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, listed, Buffer.from("PK\u0005\u0006"), end]);
}

/** The least that an XLSX workbook is made of, and what is put beside it. */
export const workbook = (...more: ZipEntry[]): Buffer =>
  zip([
    { name: "[Content_Types].xml", content: '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>' },
    { name: "xl/workbook.xml", content: "<workbook/>" },
    ...more,
  ]);
