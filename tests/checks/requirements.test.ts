import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// docs/requirements.md says which file keeps each promise and which test proves it. What it names must exist.

interface Row {
  id: string;
  files: readonly string[];
  proofs: readonly { file: string; title: string }[];
}

/** Every row of every table that begins with a promise's number. */
function readRows(text: string): Row[] {
  return text.split("\n").flatMap((line) => {
    const [, id, promise, keptBy, provedBy] = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll(String.raw`\|`, "|"));
    if (id === undefined || !/^\d+\.\d+/.test(id) || !promise) return [];
    const files = [...(keptBy ?? "").matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
    const proofs = (provedBy ?? "").split("<br>").map((proof) => {
      const [, file = "", title = ""] = /^`([^`]+)`: (.+)$/.exec(proof.trim()) ?? [];
      return { file, title };
    });
    return [{ id, files, proofs }];
  });
}

/** What a row names and the tree does not have. */
function faultsOf({ id, files, proofs }: Row): string[] {
  return [
    ...(files.length === 0 ? [`${id} names no file that keeps it`] : []),
    ...files.filter((file) => !existsSync(file)).map((file) => `${id}: there is no ${file}`),
    ...proofs.flatMap(({ file, title }) => {
      if (!/\.test\.tsx?$/.test(file)) return [`${id} names no test`];
      if (!existsSync(file)) return [`${id}: there is no ${file}`];
      return holdsTitle(readFileSync(file, "utf8"), title) ? [] : [`${id}: ${file} has no test "${title}"`];
    }),
  ];
}

/** The title stands in the file as the beginning of a string, not only somewhere in a comment. */
const holdsTitle = (source: string, title: string) => ['"', "'", "`"].some((quote) => source.includes(quote + title));

const rows = readRows(readFileSync("docs/requirements.md", "utf8"));

test.each(rows)("promise $id is kept by files and proved by tests that exist", (row) => {
  expect(faultsOf(row)).toEqual([]);
});

/** How many promises each section of the list has. */
const promisesOf: Record<number, number> = { 1: 4, 2: 7, 3: 4, 4: 5, 5: 8, 6: 9, 7: 5, 8: 9, 9: 5, 10: 7 };
const everyPromise = Object.entries(promisesOf).flatMap(([section, count]) =>
  Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
);
/** Promises without a row, and why. */
const without: Record<string, string> = {
  "8.9": "backup and restore come later",
};

test("every promise of the list has a row, or says here why it has none", () => {
  const known = new Set(rows.map(({ id }) => id));
  expect(everyPromise.filter((id) => !known.has(id) && !(id in without))).toEqual([]);
  expect(Object.keys(without).filter((id) => known.has(id))).toEqual([]);
  expect(everyPromise).toHaveLength(63);
});

test("the check finds a missing file, a missing test and a missing title", () => {
  const here = "tests/checks/requirements.test.ts";
  // Not to be found in this file, where it is made.
  const missing = ["no", "such", "title"].join(" ");
  const planted = readRows(
    [
      `| 1.1 | a | \`nowhere.ts\` | \`${here}\`: the check finds |`,
      `| 1.2 | a | \`${here}\` | \`nowhere.test.ts\`: x |`,
      `| 1.3 | a | \`${here}\` | \`${here}\`: ${missing} |`,
      "| 1.4 | a | nothing | nothing |",
    ].join("\n"),
  );
  expect(planted.flatMap(faultsOf)).toEqual([
    "1.1: there is no nowhere.ts",
    "1.2: there is no nowhere.test.ts",
    `1.3: ${here} has no test "${missing}"`,
    "1.4 names no file that keeps it",
    "1.4 names no test",
  ]);
});
