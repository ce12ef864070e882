import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { InvitedUser } from "#contract/account.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { tokenIn } from "#tests/support/mail-server.ts";
import { accessibilityFaults, type BrowserTests, phone, startBrowserTests, type Visitor } from "./browser.ts";

let tests: BrowserTests;
beforeAll(async () => {
  tests = await startBrowserTests("account");
});
afterAll(() => tests.close());

const watched = async (visitor: Promise<Visitor>): Promise<Visitor["page"]> => {
  const { page, context, troubles } = await visitor;
  onTestFinished(async () => {
    await context.close();
    expect(troubles).toEqual([]);
  });
  return page;
};
const good = "Blue-Forklift-42";
type Page = Visitor["page"];
const signIn = async (page: Page, email: string, password: string) => {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
};
const dashboard = (page: Page) => page.getByRole("heading", { name: "Dashboard" }).waitFor();

test("whoever was asked to sign in first comes to the page that they wanted, with what they had chosen there", async () => {
  const page = await watched(tests.visit());
  await page.goto("/items?search=bolt&tracking=LOT");
  await page.getByLabel("E-mail address").fill("viewer@acme.test");
  await page.getByRole("textbox", { name: "Password" }).fill(testPassword);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Items" }).waitFor();
  const { pathname, searchParams } = new URL(page.url());
  expect([pathname, searchParams.get("search"), searchParams.get("tracking")]).toEqual(["/items", "bolt", "LOT"]);
});

describe("a link", () => {
  test("of an invitation leads to a password, told all its faults at once, and to the first sign-in", async () => {
    const admin = await tests.server.as("Admin");
    const invited = (await admin.post("/users", { email: "ida@acme.test", name: "Ida Smith", role: "Operator" })).read(InvitedUser);
    const page = await watched(tests.visit({ viewport: phone }));
    await page.goto(`/set-password#${tokenIn(invited.invitation.url ?? "")}`);
    await page.getByRole("heading", { name: "Welcome" }).waitFor();
    await page.getByText("Ida Smith (ida@acme.test), choose your password for Acme.").waitFor();
    const field = page.getByRole("textbox", { name: "New password" });
    await field.fill("weak123");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("Password must be at least 12 characters long").waitFor();
    await page.getByText("Password must contain at least 3 of").waitFor();
    expect(await accessibilityFaults(page)).toBe("");
    await field.fill("Ida-Smith-2026");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("Password must not be your name").waitFor();
    await field.fill(good);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByRole("heading", { name: "Your password is set" }).waitFor();
    await page.getByRole("link", { name: "Sign in" }).click();
    await signIn(page, "ida@acme.test", good);
    await dashboard(page);
    expect(new URL(page.url()).pathname).toBe("/");
  });

  test("that was used leads to another one", async () => {
    const page = await watched(tests.visit());
    await page.goto("/set-password#used-already");
    await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
    await page.getByRole("link", { name: "Ask for a link" }).click();
    await page.getByRole("heading", { name: "Forgot your password?" }).waitFor();
    expect(new URL(page.url()).hash).toBe("");
  });
});

test("whoever forgot their password asks for a link from the sign-in, and is told the same, known or not", async () => {
  const page = await watched(tests.visit());
  const told: string[] = [];
  for (const email of ["viewer@acme.test", "nobody@nowhere.test"]) {
    await page.goto("/sign-in");
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.getByRole("button", { name: "Ask for a link" }).click();
    await page.getByText("Must be an e-mail address").waitFor();
    await page.getByLabel("E-mail address").fill(email);
    await page.getByRole("button", { name: "Ask for a link" }).click();
    told.push(await page.getByRole("status").innerText());
  }
  expect(told[0]).toContain("This server sends no mail");
  expect(told[1]).toBe(told[0]);
});

test("a password is changed, and everyone else is signed out", async () => {
  await tests.server.addUser("acme", { email: "changing@acme.test", name: "Changing", role: "Viewer" });
  const [page, elsewhere] = [await watched(tests.visit()), await watched(tests.visit())];
  for (const one of [page, elsewhere]) {
    await signIn(one, "changing@acme.test", testPassword);
    await dashboard(one);
  }
  await page.getByRole("button", { name: "Account of Changing" }).click();
  await page.getByRole("menuitem", { name: "Password and sessions" }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  await page.getByRole("textbox", { name: "Current password" }).fill("Wrong-Horse-7");
  await page.getByRole("textbox", { name: "New password" }).fill(good);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("Is not your current password").waitFor();
  await page.getByRole("textbox", { name: "Current password" }).fill(testPassword);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("Your password was changed.").waitFor();
  // Whoever changed it goes on; the others are at the door.
  await page.goto("/");
  await dashboard(page);
  await elsewhere.goto("/");
  await elsewhere.getByRole("heading", { name: "Sign in" }).waitFor();
  expect((await tests.server.signIn("changing@acme.test", good)).answer.status).toBe(200);
});

test("sessions are seen and ended: one, all others, and this one", async () => {
  const { id } = await tests.server.addUser("acme", { email: "roaming@acme.test", name: "Roaming", role: "Viewer" });
  const scanner = await tests.server.newSession("acme", id);
  await tests.server.sql("UPDATE session SET user_agent = 'ScannerApp/2.1 (Android 11)' WHERE user_id = $1", [id]);
  const page = await watched(tests.visit({ viewport: phone, colorScheme: "dark" }));
  await signIn(page, "roaming@acme.test", testPassword);
  await dashboard(page);
  await page.goto("/account");
  await page.getByText("This one").waitFor();
  await page.getByRole("button", { name: "Sign out Android" }).click();
  await page.getByText("Android was signed out.").waitFor();
  expect((await scanner.get("/auth/me")).status).toBe(401);
  const others = [await tests.server.newSession("acme", id), await tests.server.newSession("acme", id)];
  await page.reload();
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await page.getByText("2 other sessions were ended.").waitFor();
  for (const client of others) expect((await client.get("/auth/me")).status).toBe(401);
  expect(await page.getByRole("listitem").count()).toBe(1);
  await page.getByRole("listitem").getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});
