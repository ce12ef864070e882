import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { pagePaths } from "#contract/pages.ts";
import { routes } from "#server/app.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { type BrowserTests, startBrowserTests } from "./browser.ts";
import { type Company, fillCompany } from "./hostile/company.ts";
import { allScreens, type Screen } from "./hostile/screens.ts";
import { notKept, shownNowhere, textFields, withoutScreens } from "./hostile/text-fields.ts";
import { familyNames, hostileText } from "./hostile/texts.ts";
import { loadAndLook, openAndLook, pressEverything, watch, type Watched } from "./hostile/watch.ts";

// Hostile texts in every field that is stored and in every parameter of every address, then every screen in a real browser.

const slow = 300_000;
// The account last: its buttons end the session.
const screens = allScreens().toSorted((one, other) => Number(one.path === "/account") - Number(other.path === "/account"));

test("every screen of the app is among those that are opened", () => {
  const paths = screens.map(({ path }) => path.replaceAll(/\$(\w+)/g, "{$1}"));
  expect(paths.toSorted()).toEqual([...pagePaths, "$"].toSorted());
});

/** An address with a value for each of its `$itemId`s. */
const filled = (path: string, valueOf: (name: string) => string) => path.replaceAll(/\$(\w*)/g, (_, name: string) => valueOf(name));

async function visit(tests: BrowserTests, company: Company, bypassCSP: boolean): Promise<Watched> {
  const session = await tests.server.newSession("acme", company.idOf("userId"));
  const visitor = await tests.visitWith(session, { bypassCSP });
  onTestFinished(() => visitor.context.close());
  return await watch(visitor, company.typed);
}

describe.each(familyNames)("texts %s", (family) => {
  let tests: BrowserTests;
  let company: Company;
  const typedText = hostileText(family, 900, 64);
  beforeAll(async () => {
    tests = await startBrowserTests("hostile texts");
    company = await fillCompany(tests.server, family);
    company.know("XSS-900", typedText);
  });
  afterAll(() => tests.close());
  const addresses = () => {
    const withLink = `/set-password#${company.token}`;
    const withItem = `/post?type=SCRAP&itemId=${company.idOf("itemId")}`;
    const otherItems = company.otherItems.map((id) => `/items/${id}`);
    return [
      withLink,
      withItem,
      ...otherItems,
      ...screens.map(({ path }) => filled(path, (name) => (name === "" ? "/no-such-screen" : company.idOf(name)))),
    ];
  };

  test("are put into every field that is stored", () => {
    const ofScreens = [...textFields().keys()].filter((field) => !withoutScreens.some(({ fields }) => fields.test(field)));
    expect([...company.carried.keys(), ...Object.keys(notKept)].toSorted()).toEqual(ofScreens.toSorted());
    for (const { screens: none } of withoutScreens) expect(pagePaths.filter((path) => none.test(path))).toEqual([]);
  });

  test("are shown as they were typed, do nothing, and trouble the page's policy nowhere", { timeout: slow }, async () => {
    const visitor = await visit(tests, company, false);
    for (const address of addresses()) await openAndLook(visitor, address);
    expect(visitor.harm).toEqual([]);
  });

  test("nor behind any button, in a browser that knows no policy; and each was seen", { timeout: slow }, async () => {
    const visitor = await visit(tests, company, true);
    let pressed = 0;
    for (const address of addresses()) {
      await openAndLook(visitor, address);
      pressed += await pressEverything(visitor, address, typedText);
      expect([address, visitor.harm]).toEqual([address, []]);
    }
    expect(pressed).toBeGreaterThan(40);
    const unseen = [...company.carried].filter(([, tag]) => !visitor.seen.has(tag)).map(([field]) => field);
    expect(unseen.toSorted()).toEqual([...shownNowhere].toSorted());
  });
});

describe("an address with hostile texts", () => {
  let tests: BrowserTests;
  let company: Company;
  const text = `${hostileText("that are read once more", 901, 64)} ${hostileText("that break out of markup", 902, 64)}`;
  const encoded = encodeURIComponent(text);
  beforeAll(async () => {
    tests = await startBrowserTests("hostile addresses");
    company = await fillCompany(tests.server, "that break out of markup");
    for (const tag of ["XSS-901", "XSS-902"]) company.know(tag, text);
  });
  afterAll(() => tests.close());

  const addressesOf = ({ path, parameters }: Screen) => {
    const address = filled(path, (name) => (name === "" ? "/no-such-screen" : company.idOf(name)));
    const inPath = path.includes("$") ? [filled(path, (name) => (name === "" ? `/${encoded}` : encoded))] : [];
    const all = `${address}?${parameters.map((name) => `${name}=${encoded}`).join("&")}#${encoded}`;
    return { all: [all, ...inPath], each: [...parameters.map((name) => `${address}?${name}=${encoded}`), ...inPath] };
  };

  test("in its parameters, its path and behind the # troubles the page's policy nowhere", { timeout: slow }, async () => {
    const visitor = await visit(tests, company, false);
    for (const screen of screens) for (const address of addressesOf(screen).all) await loadAndLook(visitor, address);
    expect(visitor.harm).toEqual([]);
  });

  test("in any of them does nothing, in a browser that knows no policy", { timeout: slow }, async () => {
    const visitor = await visit(tests, company, true);
    for (const screen of screens)
      for (const address of addressesOf(screen).each) {
        await openAndLook(visitor, address);
        expect([address, visitor.harm]).toEqual([address, []]);
      }
    // What is searched for stands in its field as it was typed.
    expect([...visitor.seen]).toContain("XSS-901");
  });

  const elsewhere = [
    "javascript:XSS()",
    "JavaScript:XSS()//<XSS-901>",
    "\tjava\nscript:XSS()",
    "//evil.test/",
    "/\\evil.test",
    "/\t/evil.test",
    "https://evil.test/items",
    "/sign-in/..//evil.test",
    "data:text/html,<script>opener.XSS()</script>",
    "/items?search=<img src=x onerror=XSS()>",
  ];
  test.each(elsewhere)("to come back to after signing in leads nowhere else: %j", { timeout: 60_000 }, async (from) => {
    const { page, context, troubles } = await tests.visit({ bypassCSP: true });
    onTestFinished(() => context.close());
    const { harm } = await watch({ page, context, troubles }, company.typed);
    await page.goto(`/sign-in?from=${encodeURIComponent(from)}`);
    await page.getByLabel("E-mail address").fill(company.email);
    await page.getByLabel("Password", { exact: true }).fill(testPassword);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: /^Account of/ }).waitFor();
    expect(new URL(page.url()).origin).toBe(tests.server.baseUrl);
    expect(harm).toEqual([]);
  });

  test("is answered by the API with data, which no browser takes for a page", { timeout: slow }, async () => {
    const { page, harm } = await visit(tests, company, true);
    const types: (string | undefined)[] = [];
    for (const { path } of routes.filter(({ method }) => method === "GET")) {
      const hostilePath = path.replaceAll(/\{\w+\}/g, encoded);
      for (const address of [`${hostilePath}?search=${encoded}`, `${hostilePath}/${encoded}?${encoded}`]) {
        const answer = await page.goto(`/api/v1${address}`);
        const { "content-type": type, "x-content-type-options": sniffing } = answer?.headers() ?? {};
        types.push(`${type} ${sniffing}`);
      }
    }
    expect([...new Set(types)]).toEqual(["application/json nosniff"]);
    expect(harm).toEqual([]);
  });

  test.each(["text/csv", "text/html", "image/svg+xml"])("a page sent as a file of %s is never given back as one", async (type) => {
    const answer = await company.client.call("POST", "/import/units", `code,name\n<script>XSS()</script>,${text}\n`, {
      "content-type": type,
    });
    expect(answer.status).toBe(type === "text/csv" ? 400 : 415);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });
});
