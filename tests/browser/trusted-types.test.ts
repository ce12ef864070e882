import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrowserTests, open, startBrowserTests, type Visitor } from "./browser.ts";

// What the page's policy lets scripts of our own do with a text: a mistake of ours is caught by the browser.

let tests: BrowserTests;
let visitor: Visitor;
beforeAll(async () => {
  tests = await startBrowserTests("trusted types");
  visitor = await tests.visitAs("Admin");
  await visitor.page.goto("/items");
  await visitor.page.getByRole("heading", { level: 1 }).waitFor();
});
afterAll(() => tests.close());

const tried = (statement: string) =>
  visitor.page.evaluate<string>(
    `(() => { const of = (name) => document.createElement(name); try { ${statement}; return "passed"; } catch (error) { return error.name; } })()`,
  );

describe("a text is not read as", () => {
  test.each([
    ["markup", `of("div").innerHTML = "<img src=x>"`],
    ["the markup of a style element, where it could leave it", `of("style").innerHTML = "a{}</style><img src=x>"`],
    ["more markup", `of("div").insertAdjacentHTML("beforeend", "<b>x</b>")`],
    ["markup in place of an element", `const parent = of("div"); parent.append(of("b")); parent.firstChild.outerHTML = "<i></i>"`],
    ["a document", `new DOMParser().parseFromString("<b>x</b>", "text/html")`],
    ["a document of a frame", `of("iframe").srcdoc = "<b>x</b>"`],
    ["a part of a document", `document.createRange().createContextualFragment("<b>x</b>")`],
    ["a script's address", `of("script").src = "/assets/any.js"`],
    ["a script", `of("script").text = "1"`],
    ["a script, late", `setTimeout("1")`],
  ])("%s", async (_what, statement) => expect(await tried(statement)).toBe("TypeError"));
});

test("nobody makes a policy beside ours", async () => {
  for (const name of ["default", "other"])
    expect([name, await tried(`trustedTypes.createPolicy(${JSON.stringify(name)}, { createHTML: (text) => text })`)]).toEqual([
      name,
      "TypeError",
    ]);
});

test("styles are written by the libraries as they need them", async () => {
  expect(await tried(`of("style").innerHTML = "*, *::before { transition: none !important; }"`)).toBe("passed");
  visitor.troubles.splice(0);
  await open(visitor.page, "/items");
  expect(await visitor.page.evaluate("document.querySelectorAll('style[data-mantine-styles]').length")).toBeGreaterThan(0);
  expect(visitor.troubles).toEqual([]);
});
