import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

const file = new URL("common-passwords.txt.gz", import.meta.url);
const newline = 0x0a;

/** One line a password, in the order of their bytes: a megabyte in one piece, read when the first password is chosen. */
let list: Promise<Buffer> | undefined;

/**
 * Whether a password is one of the 100,000 commonest, or a long one of the lists of leaked ones, in capitals or not.
 * The lists are those of SecLists; `scripts/common-passwords.ts` packs them.
 */
export async function isCommonPassword(password: string): Promise<boolean> {
  list ??= readFile(file).then(promisify(gunzip));
  return hasLine(await list, Buffer.from(password.trim().normalize("NFC").toLowerCase()));
}

/** Halves the bytes between `from` and `to`, which both stand at the beginning of a line. */
function hasLine(lines: Buffer, wanted: Buffer): boolean {
  let from = 0;
  let to = lines.length;
  while (from < to) {
    const middle = lines.lastIndexOf(newline, ((from + to) >>> 1) - 1) + 1;
    const start = Math.max(from, middle);
    const end = lines.indexOf(newline, start);
    const order = Buffer.compare(wanted, lines.subarray(start, end));
    if (order === 0) return true;
    if (order < 0) to = start;
    else from = end + 1;
  }
  return false;
}
