import { expect, test } from "vitest";
import { ValidationError } from "#platform/errors.ts";
import { workbook } from "#tests/support/zip.ts";
import { checkedText } from "./checked-text.ts";

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function all(bytes: Buffer, size: number): Promise<Buffer> {
  const passed: Uint8Array[] = [];
  for await (const chunk of checkedText(pieces(bytes, size))) passed.push(chunk);
  return Buffer.concat(passed);
}

const csv = Buffer.from(`sku,name\n${"A-1,Größe\n".repeat(2_000)}`);
test.each([1, 100, 4_095, 4_096, 4_097, 100_000])("a text comes through whole in pieces of %i bytes", async (size) => {
  expect((await all(csv, size)).equals(csv)).toBe(true);
});

test("a short text comes through, and so does nothing", async () => {
  expect(String(await all(Buffer.from("sku"), 2))).toBe("sku");
  expect(await all(Buffer.alloc(0), 1)).toHaveLength(0);
});

test.each([1, 3, 10_000])("what is no text is refused before anything of it is passed on, in pieces of %i bytes", async (size) => {
  const passed: Uint8Array[] = [];
  const read = async () => {
    for await (const chunk of checkedText(pieces(workbook({ name: "xl/a.xml", content: Buffer.from(csv) }), size))) passed.push(chunk);
  };
  await expect(read()).rejects.toThrow(ValidationError);
  await expect(read()).rejects.toThrow("a ZIP archive or Office document");
  expect(passed).toEqual([]);
});
