import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { ensureChromium, findChromium } from "./chromium.ts";

// node scripts/screenshots.ts <baseUrl> <credentials.json> [outDir] [--all]
// The pictures of the README, taken from a running server. `--all`: every screen in every size and scheme.

interface Account {
  email: string;
  password: string;
  role: string;
}
interface Look {
  name: string;
  width: number;
  height: number;
  scheme: "light" | "dark";
}

const desktop = { name: "", width: 1280, height: 800, scheme: "light" } as const;
const desktopDark = { ...desktop, name: "-dark", scheme: "dark" } as const;
const phone = { name: "-phone", width: 360, height: 740, scheme: "light" } as const;
const phoneDark = { ...phone, name: "-phone-dark", scheme: "dark" } as const;

const screens: readonly { name: string; open: (page: Page) => Promise<void>; looks: readonly Look[] }[] = [
  { name: "dashboard", open: (page) => visit(page, "/"), looks: [desktop, desktopDark, phoneDark] },
  { name: "items", open: (page) => visit(page, "/items"), looks: [desktop, phone] },
  { name: "item", open: openItem, looks: [desktop, desktopDark, phone] },
  { name: "balances", open: (page) => visit(page, "/balances"), looks: [desktop] },
  { name: "events", open: (page) => visit(page, "/events"), looks: [desktop] },
  { name: "post-event", open: openPost, looks: [desktop, phone] },
  // Not among the pictures of the README: with --all only.
  { name: "security", open: (page) => visit(page, "/admin/security"), looks: [] },
  { name: "users", open: (page) => visit(page, "/admin/users"), looks: [] },
  { name: "account", open: (page) => visit(page, "/account"), looks: [] },
];

const [baseUrl, credentialsFile, outDir = "docs/images"] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (!baseUrl || !credentialsFile) {
  console.error("Usage: node scripts/screenshots.ts <baseUrl> <credentials.json> [outDir] [--all]");
  process.exit(1);
}
const { tenant, accounts } = JSON.parse(readFileSync(credentialsFile, "utf8")) as { tenant: string; accounts: Account[] };
const account = accounts.find(({ role }) => role === "Admin");
if (!account) throw new Error(`${credentialsFile} names no Admin`);

await ensureChromium(console.log);
mkdirSync(outDir, { recursive: true });
const executablePath = findChromium();
const browser = await chromium.launch({ args: ["--no-sandbox", "--disable-gpu"], ...(executablePath ? { executablePath } : {}) });
try {
  const storageState = await signIn(browser, account);
  for (const look of [desktop, desktopDark, phone, phoneDark]) {
    const context = await browser.newContext({
      baseURL: baseUrl,
      storageState,
      viewport: look,
      colorScheme: look.scheme,
      locale: "en-US",
      deviceScaleFactor: look.width < 500 ? 2 : 1,
    });
    for (const screen of screens) {
      if (!process.argv.includes("--all") && !screen.looks.some(({ name }) => name === look.name)) continue;
      const page = await context.newPage();
      await screen.open(page);
      const path = join(outDir, `${screen.name}${look.name}.png`);
      await page.screenshot({ path });
      console.log(path);
      await page.close();
    }
    await context.close();
  }
} finally {
  await browser.close();
}

async function signIn(from: Browser, { email, password }: Account) {
  const context = await from.newContext({ baseURL: baseUrl as string });
  const answer = await context.request.post("/api/v1/auth/login", { data: { email, password, tenant } });
  if (!answer.ok()) throw new Error(`Signing in as ${email} answered ${answer.status()}: ${await answer.text()}`);
  return await context.storageState();
}

async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await settled(page);
}

async function settled(page: Page): Promise<void> {
  // The stream of live updates stays open, so that the network is never idle.
  await page.waitForTimeout(800);
  while ((await page.getByLabel("Loading …").count()) > 0) await page.waitForTimeout(50);
}

/** The item of the newest event: it has stock and a history. */
async function openItem(page: Page): Promise<void> {
  await visit(page, "/events");
  await page.locator("tbody a[href*='/items/']").first().click();
  await page.getByRole("heading", { level: 2, name: "Events" }).waitFor();
  await settled(page);
}

/** A move half entered, with what it will do. */
async function openPost(page: Page): Promise<void> {
  await openItem(page);
  await page.getByRole("main").getByRole("link", { name: "Post event" }).first().click();
  await page.getByLabel("What happens").selectOption("MOVE");
  await page.getByRole("combobox", { name: "From" }).click();
  await page.getByRole("listbox").getByRole("option").first().click();
  await page.getByRole("combobox", { name: "To", exact: true }).click();
  await page.getByRole("listbox").getByRole("option").last().click();
  await page.getByRole("textbox", { name: "Quantity" }).fill("1");
  await settled(page);
}
