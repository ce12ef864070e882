import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Role } from "#contract/identity.ts";
import type { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";
import { type BrowserTests, open, startBrowserTests, type Visitor } from "./browser.ts";

let tests: BrowserTests;
let warehouse: Warehouse;
beforeAll(async () => {
  tests = await startBrowserTests("live updates");
  warehouse = await createWarehouse(tests.server);
});
afterAll(() => tests.close());

function watched(visitor: Visitor) {
  onTestFinished(async () => {
    await visitor.context.close();
    expect(visitor.troubles).toEqual([]);
  });
  return visitor.page;
}
const visitAs = async (role: Role) => watched(await tests.visitAs(role));
const visitWith = async (client: TestClient) => watched(await tests.visitWith(client));

/** The stock at A-01, as the page shows it. */
const onHand = (page: Page) => page.getByRole("table").first().getByRole("row").filter({ hasText: "A-01" }).innerText();
const units = (count: number) => new RegExp(`\\t${count}\\t0\\t`);
const patience = { timeout: 10_000 };

test("what someone else posts appears on an item's page without a reload", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  const page = await visitAs("Operator");
  await open(page, `/items/${item.id}`);
  await expect.poll(() => onHand(page), patience).toMatch(units(5));
  await warehouse.stock({ item, at: "A-01", onHand: 3 });
  await expect.poll(() => onHand(page), patience).toMatch(units(8));
  await warehouse.stock({ item, at: "A-01", onHand: 4 });
  await expect.poll(() => onHand(page), patience).toMatch(units(12));
});

test("a form that is being filled in is left alone", async () => {
  const item = await warehouse.item();
  const page = await visitAs("Supervisor");
  await open(page, `/items/${item.id}/edit`);
  await page.getByRole("textbox", { name: "Name" }).fill("Typed here");
  expect((await warehouse.patch(`/inventory/items/${item.id}`, { version: item.version, name: "Changed elsewhere" })).status).toBe(200);
  // The list beside it tells when the change has come.
  const list = await visitAs("Viewer");
  await open(list, `/items?search=${item.sku}`);
  await list.getByText("Changed elsewhere").waitFor();
  await new Promise((done) => setTimeout(done, 1_500));
  expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Typed here");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Someone else changed this item meanwhile").first().waitFor();
});

test("whoever is signed out elsewhere is led to the sign-in at once", async () => {
  const person = await tests.server.addUser("acme", { email: "gone@acme.test", name: "Gone", role: "Viewer", siteIds: [] });
  const page = await visitWith(await tests.server.newSession("acme", person.id));
  await open(page, "/items");
  const listening = await warehouse.delete(`/users/${person.id}/sessions`);
  expect(listening.status).toBe(200);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});

test("whoever was away for a while sees what came meanwhile", async () => {
  const item = await warehouse.stock({ at: "A-01", onHand: 5 });
  const page = await visitAs("Operator");
  await open(page, `/items/${item.id}`);
  await expect.poll(() => onHand(page), patience).toMatch(units(5));
  await page.context().setOffline(true);
  await warehouse.stock({ item, at: "A-01", onHand: 3 });
  await page.context().setOffline(false);
  await expect.poll(() => onHand(page), patience).toMatch(units(8));
});
