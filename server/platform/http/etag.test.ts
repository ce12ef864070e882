import { expect, test } from "vitest";
import { entityTag, matchesTag, versionsOfTags } from "./etag.ts";

test("a tag names the version and the content: another of either is another tag", () => {
  expect(entityTag(3, "a")).toMatch(/^"3-[\w-]{16}"$/);
  expect(new Set([entityTag(3, "a"), entityTag(3, "b"), entityTag(4, "a")]).size).toBe(3);
  expect(entityTag(3, "a")).toBe(entityTag(3, "a"));
});

const tag = entityTag(3, "a");
test.each([
  [tag, true],
  [`W/${tag}`, true],
  [`"other", ${tag}`, true],
  [null, false],
  ["", false],
  ['"3"', false],
  [tag.slice(1, -1), false],
])("If-None-Match %s: %s", (header, expected) => expect(matchesTag(header, tag)).toBe(expected));

test.each<[string | null, readonly number[] | undefined]>([
  [null, undefined],
  ["*", undefined],
  [tag, [3]],
  [`W/${tag}`, [3]],
  ['"7"', [7]],
  [`"999-x", ${tag}`, [999, 3]],
  ["nonsense", []],
  ['"abc"', []],
  ["", []],
])("If-Match %s names the versions %j", (header, expected) => expect(versionsOfTags(header)).toEqual(expected));

test("If-None-Match * is every tag", () => expect(matchesTag("*", tag)).toBe(true));
