import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";
import { accessibilityFaults, type BrowserTests, desk, open, phone, sidewaysScroll, startBrowserTests, type Visitor } from "./browser.ts";

let tests: BrowserTests;
let item: Item;
let longItem: Item;
beforeAll(async () => {
  tests = await startBrowserTests("screens");
  const warehouse = await createWarehouse(tests.server);
  item = await warehouse.stock({
    at: "A-01",
    onHand: 120.5,
    unitCost: 3.25,
    more: { name: "A name that is rather long, as names of things in warehouses are", baseUom: "KG", tracking: "LOT", reorderPoint: 40 },
    lotCode: "LOT-2026-0001",
    expiresOn: "2027-03-31",
  });
  longItem = await warehouse.stock({ at: "A-01", onHand: 98_765_432_109, more: { sku: "LONG-".padEnd(60, "X"), name: "W".repeat(200) } });
  await warehouse.post("/inventory/events", {
    type: "HOLD",
    itemId: item.id,
    quantity: 20,
    fromLocationId: warehouse.locationId("A-01"),
    lotCode: "LOT-2026-0001",
    reasonCode: await reasonFor("HOLD"),
  });
});
afterAll(() => tests.close());

async function reasonFor(use: string): Promise<string> {
  const answer = await (await tests.server.as("Admin")).get(`/inventory/reason-codes?use=${use}`);
  return (answer.json as { items: { code: string }[] }).items[0]?.code ?? "";
}

const screens: readonly (readonly [name: string, address: () => string])[] = [
  ["the dashboard", () => "/"],
  ["the items", () => "/items"],
  ["the items, none matching", () => "/items?search=there-is-no-such-item"],
  ["a new item", () => "/items/new"],
  ["an item", () => `/items/${item.id}`],
  ["an item's form", () => `/items/${item.id}/edit`],
  ["an item with words that never end", () => `/items/${longItem.id}`],
  ["the balances", () => "/balances"],
  ["the balances of lots that expire", () => "/balances?expiresFrom=2027-01-01&expiresTo=2027-12-31"],
  ["the events", () => "/events"],
  ["posting a receipt", () => `/post?type=RECEIVE&itemId=${item.id}`],
  ["posting a move", () => `/post?type=MOVE&itemId=${item.id}`],
  ["posting an adjustment", () => `/post?type=ADJUST&itemId=${item.id}`],
  ["one's own account", () => "/account"],
  ["a forgotten password", () => "/forgot-password"],
  ["a link that does not hold", () => "/set-password#no-such-link"],
  ["an address that leads nowhere", () => "/no-such-screen"],
  ["an item that is not there", () => "/items/01890000-0000-7000-8000-000000000000"],
];

const looks = [
  ["at a desk, light", { viewport: desk, colorScheme: "light" }],
  ["at a desk, dark", { viewport: desk, colorScheme: "dark" }],
  ["on a phone", { viewport: phone, colorScheme: "light" }],
] as const;

describe.each(looks)("%s", (_look, appearance) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await tests.visitAs("Admin", appearance);
  });
  beforeEach(() => visitor.troubles.splice(0));
  afterAll(() => visitor.context.close());

  test.each(screens)("%s can be read and used by everyone, and keeps to the page's policy", async (_name, address) => {
    await open(visitor.page, address());
    expect(await sidewaysScroll(visitor.page)).toBe(0);
    expect(await accessibilityFaults(visitor.page)).toBe("");
    expect(visitor.troubles).toEqual([]);
  });

  test("menus and dialogs can be read and used by everyone", async () => {
    const { page } = visitor;
    await open(page, "/events");
    await page.getByRole("button", { name: /^Account of/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    expect(await accessibilityFaults(page)).toBe("");
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: /^Reverse / })
      .first()
      .click();
    await page.getByRole("dialog").getByLabel("Reason").waitFor();
    expect(await accessibilityFaults(page)).toBe("");
    expect(visitor.troubles).toEqual([]);
  });

  test("signing in can be read and used by everyone", async () => {
    const { page, context, troubles } = await tests.visit(appearance);
    await open(page, "/sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    expect(await sidewaysScroll(page)).toBe(0);
    expect(await accessibilityFaults(page)).toBe("");
    expect(troubles).toEqual([]);
    await context.close();
  });
});

test("what is touched on the floor is at least 44 pixels high", async () => {
  const { page, context } = await tests.visitAs("Operator", { viewport: phone });
  await open(page, `/post?type=RECEIVE&itemId=${item.id}`);
  const small =
    await page.evaluate(`[...document.querySelectorAll("main :is(input:not([type=hidden]), select, button:not([tabindex='-1']))")]
    .filter((element) => element.getClientRects().length > 0 && element.getBoundingClientRect().height < 44)
    .map((element) => element.outerHTML.slice(0, 200))`);
  expect(small).toEqual([]);
  await context.close();
});

test("the keyboard alone reaches the content, and each screen has a name", async () => {
  const { page, context } = await tests.visitAs("Operator");
  await open(page, "/items");
  expect(await page.title()).toBe("Items · Warehouse Builder");
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate("document.activeElement.id")).toBe("content");
  await context.close();
});

test("the first screen after sign-in takes less than 200 kB of script", async () => {
  const { page, context } = await tests.visitAs("Admin");
  let bytes = 0;
  const sizes: Promise<void>[] = [];
  page.on("response", (response) => {
    if (!response.url().endsWith(".js")) return;
    sizes.push(
      response
        .request()
        .sizes()
        .then(({ responseBodySize }) => void (bytes += responseBodySize)),
    );
  });
  await open(page, "/");
  await Promise.all(sizes);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(200_000);
  await context.close();
});
