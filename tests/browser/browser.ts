import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import type { Role } from "#contract/identity.ts";
import { buildWeb } from "#scripts/build-web.ts";
import { ensureChromium, findChromium } from "#scripts/chromium.ts";
import type { TenantCode } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { TestClient } from "#tests/support/test-client.ts";

const quiet = (_line: string) => {};

export const desk = { width: 1280, height: 800 };
export const phone = { width: 360, height: 740 };

export interface Looks {
  viewport?: { width: number; height: number };
  colorScheme?: "light" | "dark";
  locale?: string;
  /** As in a browser that knows no policies: what the app itself prevents. */
  bypassCSP?: boolean;
}

/** A person at a screen: a page, and everything that went wrong in it. */
export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** Errors on the console, violations of the page's policy and uncaught exceptions; refusals by the server are none. */
  troubles: string[];
}

/** The whole server with the built web app, and a headless Chromium. */
export async function startBrowserTests(label: string) {
  await buildWeb(quiet);
  await ensureChromium(quiet);
  const server = await startTestServer(label, { env: { WEB_ROOT: "dist/web" } });
  const executablePath = findChromium();
  const browser = await chromium.launch({
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    ...(executablePath ? { executablePath } : {}),
  });
  return {
    server,
    visit: (looks?: Looks) => newVisitor(browser, server, looks),
    /** Signed in over a session of the database, without the form. */
    visitAs: async (role: Role, looks?: Looks, tenant?: TenantCode) =>
      newSignedInVisitor(browser, server, await server.as(role, tenant), looks),
    visitWith: (client: TestClient, looks?: Looks) => newSignedInVisitor(browser, server, client, looks),
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
export type BrowserTests = Awaited<ReturnType<typeof startBrowserTests>>;

async function newSignedInVisitor(browser: Browser, server: TestServer, { cookie = "" }: TestClient, looks?: Looks): Promise<Visitor> {
  const visitor = await newVisitor(browser, server, looks);
  const [name = "", ...value] = cookie.split("=");
  await visitor.context.addCookies([{ name, value: value.join("="), url: server.baseUrl, httpOnly: true, sameSite: "Strict" }]);
  return visitor;
}

async function newVisitor(
  browser: Browser,
  server: TestServer,
  { viewport = desk, colorScheme = "light", locale = "en-US", bypassCSP = false }: Looks = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: server.baseUrl,
    viewport,
    colorScheme,
    locale,
    timezoneId: "Europe/Vienna",
    reducedMotion: "reduce",
    bypassCSP,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    const refused = /^Failed to load resource: .* status of (4\d\d|503)|net::ERR_FAILED/.test(message.text());
    if ((message.type() === "error" || /Content Security Policy/i.test(message.text())) && !refused) troubles.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.baseUrl) && !/^(data|blob):/.test(request.url()))
      troubles.push(`A request to another host: ${request.url()}`);
  });
  return { page, context, troubles };
}

/** Opens an address and waits until its first answers are on the screen. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await settled(page);
}

/** The screen has its name, and nothing on it is still loading. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await expect.poll(() => page.getByLabel("Loading …").count(), { interval: 30, timeout: 10_000 }).toBe(0);
}

/** Types into a field that searches, and takes the first thing found. */
export async function pick(page: Page, label: string, text: string): Promise<void> {
  const field = page.getByRole("combobox", { name: label, exact: true });
  await field.click();
  await field.fill(text);
  await page.getByRole("listbox").getByRole("option", { name: text }).first().click();
}

/** What breaks WCAG 2.2 A and AA, as far as a program can tell; empty when nothing does. */
export async function accessibilityFaults(page: Page): Promise<string> {
  const standard = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(standard).analyze();
  const nodesOf = ({ nodes }: (typeof violations)[number]) =>
    nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join("\n");
  return violations.map((violation) => `${violation.id}: ${violation.help}\n${nodesOf(violation)}`).join("\n\n");
}

/** By how many pixels the page is wider than its screen. */
export const sidewaysScroll = (page: Page) =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
