import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pagePaths } from "#contract/pages.ts";

test("the server knows each page of the web app: one that it does not know would be a 404", () => {
  const router = readFileSync("web/app/router.tsx", "utf8");
  const paths = [...router.matchAll(/\bpath: "(\/[^"]*)"/g)].map(([, path = ""]) => path.replaceAll(/\$(\w+)/g, "{$1}"));
  expect(paths.toSorted()).toEqual([...pagePaths].toSorted());
});
