import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Item } from "#contract/catalog.ts";
import type { Role } from "#contract/identity.ts";
import { EventList } from "#contract/ledger.ts";
import { addMember, inOwnerTransaction } from "#scripts/provision.ts";
import { testPassword, testPasswordHash } from "#tests/support/fixtures.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";
import { type BrowserTests, desk, type Looks, open, pick, settled, startBrowserTests, type Visitor } from "./browser.ts";

let tests: BrowserTests;
let warehouse: Warehouse;
beforeAll(async () => {
  tests = await startBrowserTests("work");
  warehouse = await createWarehouse(tests.server);
});
afterAll(() => tests.close());

/** Watched: whatever goes wrong in the page fails the test. */
function watched(visitor: Visitor): Visitor {
  onTestFinished(async () => {
    await visitor.context.close();
    expect(visitor.troubles).toEqual([]);
  });
  return visitor;
}
const visitAs = async (role: Role, looks: Looks = { viewport: desk }) => watched(await tests.visitAs(role, looks)).page;

const eventsOf = async (item: Item) => (await warehouse.get(`/inventory/events?itemId=${item.id}`)).read(EventList).items;

describe("from signing in to seeing what was done", () => {
  test("a receipt and a move are posted, and stand on the item's page", async () => {
    const item = await warehouse.item({ name: "Hex bolt M8" });
    const { page } = watched(await tests.visit());
    await page.goto("/items");
    await page.getByLabel("E-mail address").fill("supervisor@acme.test");
    await page.getByRole("textbox", { name: "Password" }).fill(testPassword);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Items" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/items");

    await page.getByRole("link", { name: "Post event" }).first().click();
    await pick(page, "Item", item.sku);
    await pick(page, "To", "R-01");
    await page.getByRole("textbox", { name: "Quantity" }).fill("12");
    await page.getByRole("button", { name: "Receive" }).click();
    await page.getByText(`Receive: 12 EA of ${item.sku} posted.`).waitFor();

    await page.getByLabel("What happens").selectOption("MOVE");
    await pick(page, "Item", item.sku);
    await pick(page, "From", "R-01");
    await pick(page, "To", "A-01");
    await page.getByRole("textbox", { name: "Quantity" }).fill("5");
    const preview = page.getByRole("region", { name: "What it will do" });
    await preview.getByRole("row", { name: "R-01 Available 12 EA 7 EA" }).waitFor();
    await preview.getByRole("row", { name: "A-01 Available 0 EA 5 EA" }).waitFor();
    await page.getByRole("button", { name: "Move" }).click();
    await page.getByText(`Move: 5 EA of ${item.sku} posted.`).waitFor();

    await page.getByRole("link", { name: "See the item" }).click();
    await page.getByRole("heading", { name: `${item.sku} · Hex bolt M8` }).waitFor();
    await settled(page);
    await page.getByRole("row", { name: "MAIN A-01 Available 5 0 5" }).waitFor();
    await page.getByRole("row", { name: "MAIN R-01 Available 7 0 7" }).waitFor();
    const events = page.getByRole("group", { name: "Events" }).getByRole("row");
    expect(await events.nth(1).innerText()).toMatch(/Move\s+5 EA\s+12\s/);
    expect(await events.nth(2).innerText()).toMatch(/Receive\s+12 EA\s+12\s/);
  });

  test("who belongs to two companies is asked which one", async () => {
    const person = { email: "both@everywhere.test", name: "Both", role: "Viewer" as const };
    await inOwnerTransaction(tests.server.ownerUrl, async (client) => {
      for (const { id } of Object.values(tests.server.tenants)) await addMember(client, id, { ...person, passwordHash: testPasswordHash });
    });
    const { page } = watched(await tests.visit());
    await open(page, "/");
    await page.getByLabel("E-mail address").fill(person.email);
    await page.getByRole("textbox", { name: "Password" }).fill(testPassword);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("Company").selectOption("globex");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Dashboard" }).waitFor();
    expect(await page.getByText("Globex").count()).toBe(1);
  });

  test("a wrong password is told, and a session that ended leads back to where one was", async () => {
    const { page, context } = watched(await tests.visit());
    await open(page, "/balances?status=HOLD");
    await page.getByLabel("E-mail address").fill("viewer@acme.test");
    await page.getByRole("textbox", { name: "Password" }).fill("Wrong-Horse-7");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("The e-mail address or the password is not right").waitFor();
    await page.getByRole("textbox", { name: "Password" }).fill(testPassword);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Balances" }).waitFor();
    expect(page.url()).toContain("/balances?status=HOLD");

    await context.clearCookies();
    await page.getByRole("link", { name: "Events", exact: true }).first().click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(new URL(page.url()).searchParams.get("from")).toBe("/events");
  });
});

describe("what is wrong is said beside its field", () => {
  let page: Visitor["page"];
  beforeEach(async () => {
    page = await visitAs("Supervisor");
  });

  test("before anything is sent, with the keyboard in the first of them", async () => {
    await open(page, "/post");
    await page.getByRole("button", { name: "Receive" }).click();
    await page.getByText("Choose an item").waitFor();
    await page.getByText("Choose where to").waitFor();
    await page.getByText("Enter a quantity").waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.getAttribute('role')")).toBe("combobox");
  });

  test("when the server refuses it", async () => {
    const item = await warehouse.item();
    await open(page, `/post?type=RECEIVE&itemId=${item.id}`);
    await pick(page, "To", "R-01");
    await page.getByRole("textbox", { name: "Quantity" }).fill("1.5");
    await page.getByRole("button", { name: "Receive" }).click();
    await page.getByText("EA is counted in whole units").waitFor();
    expect(await page.getByRole("textbox", { name: "Quantity" }).getAttribute("aria-invalid")).toBe("true");
    expect(await eventsOf(item)).toEqual([]);
  });

  test("stock that someone else took meanwhile: who asks too late is told what is left", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 10 });
    await open(page, `/post?type=SHIP&itemId=${item.id}`);
    await pick(page, "From", "A-01");
    await page.getByRole("textbox", { name: "Quantity" }).fill("8");
    await page.getByText("10 EA available here").waitFor();
    await warehouse.post("/inventory/events", { type: "SHIP", itemId: item.id, quantity: 7, fromLocationId: warehouse.locationId("A-01") });
    await page.getByRole("button", { name: "Ship" }).click();
    await page.getByText(`Only 3 available of ${item.sku} · A-01; asked for 8`).waitFor();
    expect(await warehouse.onHand(item)).toBe(3);
  });

  test("of an item that exists already, by its SKU", async () => {
    const taken = await warehouse.item();
    await open(page, "/items/new");
    await page.getByLabel("SKU").fill(taken.sku.toLowerCase());
    await page.getByLabel("Name").fill("Another one");
    await page.getByRole("button", { name: "Create item" }).click();
    await page.getByText(/already exists/).waitFor();
    expect(await page.getByLabel("SKU").getAttribute("aria-invalid")).toBe("true");
  });
});

describe("a movement is posted once", () => {
  const fillReceipt = async (page: Visitor["page"], item: Item) => {
    await open(page, `/post?type=RECEIVE&itemId=${item.id}`);
    await pick(page, "To", "R-01");
    await page.getByRole("textbox", { name: "Quantity" }).fill("4");
  };

  test("however fast the button is pressed", async () => {
    const item = await warehouse.item();
    const page = await visitAs("Operator");
    await fillReceipt(page, item);
    await page.evaluate(
      "{ const button = document.querySelector(`main button[type=submit]`); button.click(); button.click(); button.click(); }",
    );
    await page.getByText(/posted\.$/).waitFor();
    await page.waitForTimeout(500);
    expect(await eventsOf(item)).toHaveLength(1);
  });

  test("when the answer was lost on the way", async () => {
    const item = await warehouse.item();
    const page = await visitAs("Operator");
    let lost = 0;
    await page.route("**/api/v1/inventory/events", async (route) => {
      if (route.request().method() !== "POST" || lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort();
    });
    await fillReceipt(page, item);
    await page.getByRole("button", { name: "Receive" }).click();
    await page.getByText(/posted\.$/).waitFor();
    expect(lost).toBe(1);
    expect(await eventsOf(item)).toHaveLength(1);
  });

  test("and what was entered is still there after a reload", async () => {
    const item = await warehouse.item();
    const page = await visitAs("Operator");
    await fillReceipt(page, item);
    await page.reload();
    await settled(page);
    expect(await page.getByRole("textbox", { name: "Quantity" }).inputValue()).toBe("4");
    await expect.poll(() => page.getByRole("combobox", { name: "To", exact: true }).inputValue()).toContain("R-01");
  });
});

describe("what was done can be undone", () => {
  test("by a reversal that says in numbers what it will do", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 6 });
    const page = await visitAs("Supervisor");
    await open(page, `/items/${item.id}`);
    await page.getByRole("button", { name: `Reverse Receive 6 EA ${item.sku}` }).click();
    await page.getByText(`Takes 6 EA ${item.sku} out of A-01.`).waitFor();
    await page.getByLabel("Reason").selectOption({ index: 1 });
    await page.getByRole("button", { name: `Reverse 6 EA ${item.sku}` }).click();
    await page.getByText("The event was reversed.").waitFor();
    expect(await warehouse.onHand(item)).toBe(0);
  });

  test("unless later movements used the stock: those are named", async () => {
    const item = await warehouse.stock({ at: "A-01", onHand: 6 });
    await warehouse.post("/inventory/events", { type: "SHIP", itemId: item.id, quantity: 5, fromLocationId: warehouse.locationId("A-01") });
    const page = await visitAs("Supervisor");
    await open(page, `/events?itemId=${item.id}`);
    await page.getByRole("button", { name: `Reverse Receive 6 EA ${item.sku}` }).click();
    await page.getByLabel("Reason").selectOption({ index: 1 });
    await page.getByRole("button", { name: `Reverse 6 EA ${item.sku}` }).click();
    await page.getByText("Later movements already used this stock.").waitFor();
    await page
      .getByRole("alert")
      .getByRole("link", { name: /^Ship 5/ })
      .waitFor();
    expect(await warehouse.onHand(item)).toBe(1);
  });
});

test("a filter stands in the address, and survives a reload", async () => {
  const wanted = await warehouse.item({ name: "Needle", tracking: "LOT" });
  const page = await visitAs("Viewer");
  await open(page, "/items");
  await page.getByRole("searchbox", { name: "SKU, name or barcode" }).fill(wanted.sku);
  await page.getByLabel("Tracking").selectOption("LOT");
  await page.getByLabel("Site", { exact: true }).selectOption("MAIN");
  await expect.poll(() => page.getByRole("group", { name: "Items" }).getByRole("row").count()).toBe(2);
  await expect.poll(() => page.url()).toContain("search=");
  await page.reload();
  await settled(page);
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ search: wanted.sku, tracking: "LOT", site: "MAIN" });
  expect(await page.getByRole("searchbox", { name: "SKU, name or barcode" }).inputValue()).toBe(wanted.sku);
  expect(await page.getByRole("group", { name: "Items" }).getByRole("row").count()).toBe(2);

  await page.getByRole("link", { name: "Balances" }).first().click();
  await page.getByRole("heading", { name: "Balances" }).waitFor();
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ site: "MAIN" });
});

test("a figure of the dashboard leads to the list of what it counts, in the chosen site; one press clears it", async () => {
  await warehouse.stock({ at: "A-01", onHand: 2, more: { reorderPoint: 9 } });
  const page = await visitAs("Admin");
  await open(page, "/?site=MAIN");
  const figure = page.getByRole("link", { name: /^Below reorder point/ });
  const count = Number((await figure.innerText()).match(/\d+/)?.[0]);
  await figure.click();
  await page.getByRole("heading", { name: "Items" }).waitFor();
  await settled(page);
  await page.getByText(`1–${count} of ${count}`).waitFor();
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ belowReorderPoint: "true", site: "MAIN" });
  await page.getByRole("columnheader", { name: "On hand, MAIN" }).waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ site: "MAIN" });
  await page.goBack();
  await page.getByText(`1–${count} of ${count}`).waitFor();
});

test.each(["/items?page=999", "/events?cursor=worn-out", "/balances?sort=nothing&status=WRONG"])(
  "%s, an address that leads past the list, says so and leads back",
  async (address) => {
    await warehouse.stock({ at: "A-01", onHand: 1 });
    const page = await visitAs("Viewer");
    await open(page, `${address}&site=MAIN`);
    await page.getByRole("link", { name: "Show the list from its start" }).click();
    await page.locator("tbody tr").first().waitFor();
    expect(new URL(page.url()).search).toBe("?site=MAIN");
  },
);

test("who may only look is offered nothing to change", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 1 });
  const page = await visitAs("Viewer");
  await open(page, `/items/${item.id}`);
  expect(await page.getByRole("link", { name: "Post event" }).count()).toBe(0);
  expect(await page.getByRole("link", { name: "Edit" }).count()).toBe(0);
  expect(await page.getByRole("button", { name: /^Reverse/ }).count()).toBe(0);
  await open(page, "/post");
  await page.getByText("Your role may look, but not post.").waitFor();
  for (const address of ["/items/new", `/items/${item.id}/edit`]) {
    await open(page, address);
    await page.getByText("Your role may look at items, but not change them.").waitFor();
    expect(await page.getByRole("textbox").count()).toBe(0);
  }
});

test("when the server fails, the screen says so, names the request and tries again", async () => {
  const page = await visitAs("Viewer");
  let failing = true;
  await page.route("**/api/v1/inventory/balances*", (route) =>
    failing
      ? route.fulfill({
          status: 409,
          contentType: "application/json",
          body: JSON.stringify({ error: { message: "It is broken", code: "BROKEN", requestId: "req_123" } }),
        })
      : route.continue(),
  );
  await page.goto("/balances");
  await page.getByRole("alert").getByText("It is broken").waitFor();
  await page.getByRole("alert").getByText("req_123").waitFor();
  failing = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("group", { name: "Balances" }).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});
