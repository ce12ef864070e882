import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("no path is taken from a URL, where a clone's folder with a space in its name reads %20", () => {
  const files = globSync("{server,scripts,bench,contract,web}/**/*.{ts,tsx,mjs}");
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => /import\.meta\.url\)\s*\.pathname/.test(readFileSync(file, "utf8")))).toEqual([]);
});
