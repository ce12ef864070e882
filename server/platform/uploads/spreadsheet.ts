import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";

const entriesMax = 2_000;
const unpackedBytesMax = 256 * 1024 * 1024;
/** Rows of the same figures in a sheet are pressed to a hundredth; a bomb to a thousandth. */
const ratioMax = 200;
/** Below it a ratio says nothing: an empty sheet is small, and so is what it unpacks to. */
const ratioFromBytes = 1024 * 1024;

/**
 * Why a ZIP archive is no XLSX workbook that may be opened; undefined when it is one. First by what its directory says; then
 * every entry is unpacked piece by piece and thrown away, for a directory may lie, and stopped where it does.
 */
export async function spreadsheetFault(bytes: Uint8Array): Promise<string | undefined> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let archive: ZipFile | undefined;
  try {
    archive = await fromBufferPromise(buffer, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true });
    if (archive.entryCount > entriesMax) return `Holds more than ${entriesMax} files`;
    const entries: Entry[] = [];
    for await (const entry of archive.eachEntry()) entries.push(entry);
    return directoryFault(entries, bytes.byteLength) ?? (await unpackingFault(archive, entries));
  } catch {
    return "Is a broken archive";
  } finally {
    archive?.close();
  }
}

function directoryFault(entries: readonly Entry[], packedBytes: number): string | undefined {
  const names = entries.map(({ fileName }) => fileName);
  if (new Set(names).size < names.length) return "Holds a file twice";
  if (entries.some((entry) => entry.isEncrypted())) return "Is encrypted";
  if (!names.includes("[Content_Types].xml") || !names.includes("xl/workbook.xml")) return "Is an archive, and no XLSX workbook";
  if (names.some((name) => /vbaproject\.bin$/i.test(name))) return "Holds macros";
  if (names.some((name) => /\.(zip|7z|rar|gz|bz2|xz|exe|dll|js|jar)$/i.test(name))) return "Holds an archive or a program";
  const unpackedBytes = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (unpackedBytes > unpackedBytesMax) return `Unpacks to more than ${unpackedBytesMax / 1024 / 1024} MiB`;
  const dense = ({ compressedSize, uncompressedSize }: { compressedSize: number; uncompressedSize: number }) =>
    uncompressedSize > ratioFromBytes && uncompressedSize > compressedSize * ratioMax;
  // Entries that overlap share their packed bytes: the archive as a whole tells.
  if (entries.some(dense) || dense({ compressedSize: packedBytes, uncompressedSize: unpackedBytes }))
    return "Unpacks to many times its size";
  return undefined;
}

/** yauzl ends a stream with an error as soon as it is longer or shorter than the directory says. */
async function unpackingFault(archive: ZipFile, entries: readonly Entry[]): Promise<string | undefined> {
  for (const entry of entries) {
    if (!entry.canDecodeFileData()) return "Is packed in a way that XLSX does not know";
    try {
      for await (const _ of await archive.openReadStreamPromise(entry)) {
        // Only its length counts.
      }
    } catch {
      return "Unpacks to something else than it says";
    }
  }
  return undefined;
}
