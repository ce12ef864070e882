import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import type { Role } from "#contract/identity.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";
import { type BrowserTests, type Looks, open, pick, settled, startBrowserTests, type Visitor } from "./browser.ts";

// What someone typed, and in whose name it goes out.

let tests: BrowserTests;
let warehouse: Warehouse;
beforeAll(async () => {
  tests = await startBrowserTests("kept");
  warehouse = await createWarehouse(tests.server);
});
afterAll(() => tests.close());

async function visitAs(role: Role, looks?: Looks): Promise<Visitor> {
  const visitor = await tests.visitAs(role, looks);
  onTestFinished(async () => {
    await visitor.context.close();
    expect(visitor.troubles).toEqual([]);
  });
  return visitor;
}

async function signIn(page: Visitor["page"], role: string): Promise<void> {
  await page.getByLabel("E-mail address").fill(`${role}@acme.test`);
  await page.getByRole("textbox", { name: "Password" }).fill(testPassword);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const edit = async (page: Visitor["page"], item: Item) => {
  await open(page, `/items/${item.id}/edit`);
  await page.getByLabel("Name").fill("My name");
};

describe("an item that is being changed", () => {
  test("when someone else changed it: one's own changes are laid over theirs", async () => {
    const item = await warehouse.item({ name: "First name", reorderPoint: 5 });
    const { page } = await visitAs("Supervisor");
    await edit(page, item);
    await warehouse.patch(`/inventory/items/${item.id}`, { version: item.version, name: "Their name", reorderPoint: 7 });
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Someone else changed this item meanwhile.").waitFor();
    await page.getByRole("button", { name: "Load the current item" }).click();
    await page.getByText("Name (now “Their name”)").waitFor();
    expect(await page.getByLabel("Name").inputValue()).toBe("My name");
    expect(await page.getByLabel("Reorder point").inputValue()).toBe("7");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("heading", { name: /My name/ }).waitFor();
    expect((await warehouse.get(`/inventory/items/${item.id}`)).json).toMatchObject({ name: "My name", reorderPoint: 7 });
  });

  test("over a reload, and can be given up", async () => {
    const item = await warehouse.item({ name: "First name" });
    const { page } = await visitAs("Supervisor");
    await edit(page, item);
    await page.reload();
    await settled(page);
    expect(await page.getByLabel("Name").inputValue()).toBe("My name");
    await page.getByRole("button", { name: "Discard my changes" }).click();
    await expect.poll(() => page.getByLabel("Name").inputValue()).toBe("First name");
    await page.reload();
    await settled(page);
    expect(await page.getByLabel("Name").inputValue()).toBe("First name");
  });

  test("when the session ends: for who comes back, not for who comes next", async () => {
    const item = await warehouse.item({ name: "First name" });
    const { page, context } = await visitAs("Supervisor");
    const endSession = async () => {
      await context.clearCookies();
      await page.getByRole("button", { name: "Save changes" }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
    };
    await edit(page, item);
    await endSession();
    await signIn(page, "supervisor");
    await page.getByRole("heading", { name: `Edit ${item.sku}` }).waitFor();
    await expect.poll(() => page.getByLabel("Name").inputValue()).toBe("My name");
    await endSession();
    await signIn(page, "admin");
    await page.getByRole("heading", { name: `Edit ${item.sku}` }).waitFor();
    await expect.poll(() => page.getByLabel("Name").inputValue()).toBe("First name");
  });
});

test("a posting that began from a link keeps what was chosen since, over a reload", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 3 });
  const { page } = await visitAs("Operator");
  await open(page, `/post?type=RECEIVE&itemId=${item.id}`);
  await page.getByLabel("What happens").selectOption("MOVE");
  await pick(page, "From", "A-01");
  await page.reload();
  await settled(page);
  expect(await page.getByLabel("What happens").inputValue()).toBe("MOVE");
  await expect.poll(() => page.getByRole("combobox", { name: "Item" }).inputValue()).toContain(item.sku);
  await expect.poll(() => page.getByRole("combobox", { name: "From" }).inputValue()).toContain("A-01");
});

test("a thousand is a thousand, written as its reader writes it", async () => {
  const { page } = await visitAs("Operator");
  await open(page, "/post?type=RECEIVE");
  const quantity = page.getByRole("textbox", { name: "Quantity" });
  await quantity.pressSequentially("1,500");
  expect(await quantity.inputValue()).toBe("1,500");
  expect(await page.evaluate("JSON.parse(sessionStorage['draft:post-event']).quantity")).toBe(1_500);
});

test("who takes another sign for the decimal one is told, before anything is posted", async () => {
  const { page } = await visitAs("Operator");
  await open(page, "/post?type=RECEIVE");
  const quantity = page.getByRole("textbox", { name: "Quantity" });
  const told = page.getByText("“,” was passed over. The decimal sign is “.”");
  await quantity.pressSequentially("1,5");
  await told.waitFor();
  expect(await quantity.inputValue()).toBe("15");
  await quantity.pressSequentially("00");
  await told.waitFor({ state: "detached" });
  expect(await quantity.inputValue()).toBe("1,500");
  await quantity.pressSequentially("0");
  await told.waitFor();
  // Who begins anew has put it right.
  await quantity.selectText();
  await quantity.pressSequentially("15");
  await told.waitFor({ state: "detached" });
});

test("where a space groups thousands the point is no decimal sign either, and whoever types it is told", async () => {
  const { page } = await visitAs("Operator", { locale: "de-AT" });
  await open(page, "/post?type=RECEIVE");
  const quantity = page.getByRole("textbox", { name: "Quantity" });
  await quantity.pressSequentially("1.5");
  await page.getByText("“.” was passed over. The decimal sign is “,”").waitFor();
  expect(await quantity.inputValue()).toBe("15");
});

test("when someone else signs in, in another tab, this one shows who it is now", async () => {
  const { page, context } = await visitAs("Supervisor");
  await open(page, "/items");
  await page.getByRole("link", { name: "New item" }).waitFor();
  const other = await context.newPage();
  await open(other, "/");
  await other.getByRole("button", { name: /^Account of/ }).click();
  await other.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page, "viewer");
  await page.getByRole("heading", { name: "Items" }).waitFor();
  expect(await page.getByRole("link", { name: "New item" }).count()).toBe(0);
  await open(other, "/items");
  await other.getByRole("button", { name: /^Account of/ }).click();
  await other.getByText("viewer@acme.test").waitFor();
});

test("without a network a screen that is not loaded yet says so, and the page stays", async () => {
  const { page, troubles } = await visitAs("Viewer");
  await open(page, "/items");
  await page.route("**/assets/**", (route) => route.abort());
  await page.getByRole("link", { name: "Balances" }).first().click();
  await page.getByRole("alert").getByText("This screen could not be loaded.").waitFor();
  expect(await page.getByRole("navigation").getByRole("link", { name: "Items" }).count()).toBeGreaterThan(0);
  await page.unroute("**/assets/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Balances" }).waitFor();
  // The framework tells the console what was caught; nothing else may be there.
  expect(troubles.splice(0).every((trouble) => trouble.includes("This screen could not be loaded"))).toBe(true);
});
