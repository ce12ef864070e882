import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCommonPassword } from "./common-passwords.ts";

const all = gunzipSync(readFileSync(new URL("common-passwords.txt.gz", import.meta.url)))
  .toString("utf8")
  .trimEnd()
  .split("\n");

describe("the commonest passwords", () => {
  test("are all found, from the first line to the last", async () => {
    expect(all.length).toBeGreaterThan(100_000);
    const missed: string[] = [];
    for (const password of all) if (!(await isCommonPassword(password))) missed.push(password);
    expect(missed).toEqual([]);
  });

  test.each(["123456", "Password123!!!", "PASSWORD1234", "qwertyuiop123", "1q2w3e4r5t6y7u8i", "iloveyou", " letmein "])(
    "hold %j",
    async (password) => {
      expect(await isCommonPassword(password)).toBe(true);
    },
  );

  test.each(["", "\n", "Correct-Horse-7", "password\n123456", "zzzzzzzz-not-there", "~", "\u{10FFFF}", "!"])(
    "do not hold %j",
    async (password) => {
      expect(await isCommonPassword(password)).toBe(all.includes(password) && password !== "");
    },
  );

  test("are no others than those of the list", async () => {
    const known = new Set(all);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.constantFrom(...all.slice(0, 1_000)).map((line) => `${line}x`),
        ),
        async (text) => {
          expect(await isCommonPassword(text)).toBe(known.has(text.trim().normalize("NFC").toLowerCase()));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
