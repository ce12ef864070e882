import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { Health } from "#contract/health.ts";
import type { Role } from "#contract/identity.ts";
import {
  accessibilityFaults,
  type BrowserTests,
  desk,
  type Looks,
  open,
  phone,
  sidewaysScroll,
  startBrowserTests,
  type Visitor,
} from "./browser.ts";

let tests: BrowserTests;
beforeAll(async () => {
  tests = await startBrowserTests("admin");
});
afterAll(() => tests.close());

const breaker = () => tests.server.services.circuitBreakers.getBreaker("email-service");
const blocked = () => tests.server.services.ddosProtection.getBlockedIPs();
const sessionsOf = async (userId: string) => (await tests.server.sql("SELECT id FROM session WHERE user_id = $1", [userId])).length;

async function visitAs(role: Role, looks: Looks = { viewport: desk }, tenant: "acme" | "globex" = "acme") {
  const visitor = await tests.visitAs(role, looks, tenant);
  onTestFinished(async () => {
    await visitor.context.close();
    expect(visitor.troubles).toEqual([]);
  });
  return visitor.page;
}

describe("the security page", () => {
  test("blocks an address and lets it in again, saying what that does", async () => {
    const page = await visitAs("Admin");
    await open(page, "/");
    await page.getByRole("link", { name: "Security" }).click();
    await page.getByText("No address is blocked.").waitFor();

    await page.getByRole("button", { name: "Block an address" }).click();
    const dialog = page.getByRole("dialog", { name: "Block an address" });
    await dialog.getByText("Whoever works behind this address gets no answer").waitFor();
    await dialog.getByLabel("Address").fill("127.0.0.5");
    await dialog.getByRole("button", { name: "Block" }).click();
    await dialog.getByText("Must not be empty").waitFor();
    await dialog.getByLabel("Reason").fill("Guesses passwords");
    await dialog.getByRole("button", { name: "Block" }).click();
    await dialog.getByText("Loopback is never blocked").waitFor();
    await dialog.getByLabel("Address").fill("203.0.113.7");
    await dialog.getByLabel("For how long").selectOption("7 days");
    await dialog.getByRole("button", { name: "Block" }).click();
    await page.getByRole("row", { name: /203\.0\.113\.7 Guesses passwords/ }).waitFor();
    expect(blocked()).toMatchObject([{ address: "203.0.113.7", reason: "Guesses passwords" }]);

    await page.getByRole("button", { name: "Unblock 203.0.113.7" }).click();
    const question = page.getByRole("dialog", { name: "Unblock 203.0.113.7?" });
    await question.getByText("Requests from 203.0.113.7 are answered again at once.").waitFor();
    await question.getByRole("button", { name: "Cancel" }).click();
    expect(blocked()).toHaveLength(1);
    await page.getByRole("button", { name: "Unblock 203.0.113.7" }).click();
    await question.getByRole("button", { name: "Unblock" }).click();
    await page.getByText("No address is blocked.").waitFor();
    expect(blocked()).toEqual([]);
  });

  test("opens a circuit breaker, makes it automatic and closes it", async () => {
    breaker().close();
    const page = await visitAs("Admin");
    await open(page, "/admin/security");
    const row = page.getByRole("row", { name: /^email-service/ });
    await row.getByText("Closed").waitFor();
    const act = async (button: string, title: string, label: string) => {
      await row.getByRole("button", { name: button }).click();
      await page.getByRole("dialog", { name: title }).getByRole("button", { name: label }).click();
    };
    await act("Open email-service", "Stop calling email-service?", "Stop calling it");
    await row.getByText("Held open by hand").waitFor();
    expect(breaker().status()).toMatchObject({ state: "OPEN", heldOpen: true });
    await act("Make email-service automatic", "Try whether email-service is back?", "Try it");
    await row.getByText("Half open").waitFor();
    await act("Close email-service", "Call email-service again?", "Call it again");
    await row.getByText("Closed").waitFor();
    expect(breaker().status()).toMatchObject({ state: "CLOSED" });
  });

  test("shows health and the limits, and what went wrong when they cannot be had", async () => {
    breaker().open();
    const admin = await tests.server.as("Admin");
    await expect.poll(async () => (await admin.get("/health")).read(Health).status, { timeout: 5_000 }).toBe("degraded");
    const page = await visitAs("Admin");
    await page.route("**/api/v1/admin/security", (route) =>
      route.fulfill({ status: 503, json: {}, headers: { "x-request-id": "req_shown_to_help" } }),
    );
    await open(page, "/admin/security");
    await page.getByRole("row", { name: /Database Passed Database healthy/ }).waitFor();
    await page.getByRole("row", { name: "Circuit breakers Warning 1 of 2 services not called" }).waitFor();
    await page.getByText("req_shown_to_help").waitFor();
    await page.unroute("**/api/v1/admin/security");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("group", { name: "Rate limits" }).getByRole("row", { name: /^API/ }).waitFor();
  });

  test("of another company tells who runs the installation, and offers nothing", async () => {
    const page = await visitAs("Admin", { viewport: desk }, "globex");
    await open(page, "/admin/security");
    await page.getByText("Another company runs this installation").waitFor();
    await page.getByRole("row", { name: /Database Passed/ }).waitFor();
    expect(await page.getByRole("button", { name: /block|open|close/i }).count()).toBe(0);
  });

  test("is for Admins: others find no way to it, and nothing in it", async () => {
    const page = await visitAs("Supervisor");
    await open(page, "/");
    expect(await page.getByRole("link", { name: /^(Security|Users)$/ }).count()).toBe(0);
    for (const address of ["/admin/security", "/admin/users", `/admin/users/${tests.server.tenants.acme.users.Admin.id}`]) {
      await open(page, address);
      await page.getByText("Your role does not allow this.").waitFor();
    }
  });
});

describe("the users", () => {
  test("are listed, and the sessions of one are ended, one and all", async () => {
    const { id } = tests.server.tenants.acme.users.Operator;
    for (let session = 0; session < 3; session++) await tests.server.newSession("acme", id);
    const page = await visitAs("Admin");
    await open(page, "/");
    await page.getByRole("link", { name: "Users" }).click();
    await page.getByRole("searchbox", { name: "Search users" }).fill("oper");
    await page.getByRole("row", { name: /Operator operator@acme\.test Operator MAIN Active/ }).waitFor();
    await page.getByRole("link", { name: "Operator" }).click();
    const ends = page.getByRole("button", { name: /^End the session of/ });
    await expect.poll(() => ends.count()).toBe(3);

    await ends.first().click();
    await page.getByRole("dialog", { name: "End this session?" }).getByRole("button", { name: "End" }).click();
    await expect.poll(() => ends.count()).toBe(2);
    expect(await sessionsOf(id)).toBe(2);

    await page.getByRole("button", { name: "End all sessions" }).click();
    const question = page.getByRole("dialog", { name: "Sign Operator out everywhere?" });
    await question.getByText("2 sessions of Operator end.").waitFor();
    await question.getByRole("button", { name: "End all sessions" }).click();
    await page.getByText("Not signed in anywhere.").waitFor();
    expect(await sessionsOf(id)).toBe(0);
  });

  test("are invited by name, role and sites, with a link to hand over", async () => {
    const page = await visitAs("Admin");
    await open(page, "/admin/users");
    await page.getByRole("button", { name: "Invite someone" }).click();
    const dialog = page.getByRole("dialog", { name: "Invite someone" });
    await dialog.getByRole("button", { name: "Invite" }).click();
    await dialog.getByText("Must be an e-mail address").waitFor();
    expect(await accessibilityFaults(page)).toBe("");
    await dialog.getByLabel("Name").fill("Nora New");
    await dialog.getByLabel("E-mail address").fill("operator@acme.test");
    await dialog.getByLabel("SECOND of acme (SECOND)").check();
    await dialog.getByRole("button", { name: "Invite" }).click();
    await dialog.getByText("A record with this email already exists").waitFor();
    await dialog.getByLabel("E-mail address").fill("nora@acme.test");
    await dialog.getByRole("button", { name: "Invite" }).click();
    expect(await dialog.getByRole("textbox", { name: "Link" }).inputValue()).toMatch(/^http/);
    await page.keyboard.press("Escape");
    await page.getByRole("row", { name: /Nora New nora@acme\.test Operator SECOND Invited/ }).waitFor();
  });

  test("get another role, once it was said what that does; someone has to stay Admin", async () => {
    const { id } = await tests.server.addUser("acme", { email: "rights@acme.test", name: "Rita Rights", role: "Operator" });
    await tests.server.newSession("acme", id);
    const page = await visitAs("Admin");
    await open(page, `/admin/users/${id}`);
    await page.getByRole("button", { name: "Change role" }).click();
    const dialog = page.getByRole("dialog", { name: "Another role for Rita Rights?" });
    await dialog.getByText("Rita Rights is signed out everywhere").waitFor();
    await dialog.getByRole("button", { name: "Change role" }).click();
    await dialog.getByText("This is the role they have").waitFor();
    await dialog.getByLabel("Role").selectOption("Viewer");
    await dialog.getByText("and changes nothing").waitFor();
    expect(await accessibilityFaults(page)).toBe("");
    expect(await sessionsOf(id)).toBe(1);
    await dialog.getByRole("button", { name: "Change role" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("main").getByText("Viewer", { exact: true }).waitFor();
    expect(await sessionsOf(id)).toBe(0);

    await open(page, `/admin/users/${tests.server.tenants.acme.users.Admin.id}`);
    expect(await page.getByRole("button", { name: "Change sites" }).count()).toBe(0);
    await page.getByRole("button", { name: "Change role" }).click();
    const own = page.getByRole("dialog", { name: "Another role for Admin?" });
    await own.getByLabel("Role").selectOption("Operator");
    await own.getByRole("button", { name: "Change role" }).click();
    await own.getByText("Someone has to stay Admin").waitFor();
  });

  test("are given other sites to work in", async () => {
    const { id } = await tests.server.addUser("acme", { email: "sites@acme.test", name: "Sara Sites", role: "Operator" });
    const page = await visitAs("Admin");
    await open(page, `/admin/users/${id}`);
    await page.getByText("No site", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Change sites" }).click();
    const dialog = page.getByRole("dialog", { name: "Where does Sara Sites work?" });
    await dialog.getByText("from the next click on").waitFor();
    await dialog.getByLabel("SECOND of acme (SECOND)").check();
    expect(await accessibilityFaults(page)).toBe("");
    await dialog.getByRole("button", { name: "Change sites" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("SECOND", { exact: true }).waitFor();
    expect(await tests.server.sql("SELECT site_id FROM site_access WHERE user_id = $1", [id])).toEqual([
      { site_id: tests.server.tenants.acme.sites.second.id },
    ]);
  });

  test("get a link for a new password, shown once where no mail is set up", async () => {
    const page = await visitAs("Admin");
    await open(page, `/admin/users/${tests.server.tenants.acme.users.Viewer.id}`);
    await page.getByRole("button", { name: "Make a password link" }).click();
    await page.getByRole("dialog", { name: "A new link for Viewer?" }).getByRole("button", { name: "Make a password link" }).click();
    expect(await page.getByRole("textbox", { name: "Link" }).inputValue()).toMatch(/^http/);
  });
});

const looks = [
  ["at a desk, light", { viewport: desk, colorScheme: "light" }],
  ["at a desk, dark", { viewport: desk, colorScheme: "dark" }],
  ["on a phone", { viewport: phone, colorScheme: "light" }],
] as const;

describe.each(looks)("%s", (_look, appearance) => {
  let visitor: Visitor;
  beforeAll(async () => {
    breaker().open();
    await tests.server.services.ddosProtection.blockIP("2001:db8:ffff:ffff::1", 3_600_000, "A reason of many words, ".repeat(8).trim());
    visitor = await tests.visitAs("Admin", appearance);
  });
  beforeEach(() => visitor.troubles.splice(0));
  afterAll(() => visitor.context.close());

  test.each([
    ["security", () => "/admin/security"],
    ["the users", () => "/admin/users"],
    ["a user", () => `/admin/users/${tests.server.tenants.acme.users.Supervisor.id}`],
  ] as readonly [string, () => string][])("%s can be read and used by everyone", async (_name, address) => {
    await open(visitor.page, address());
    expect(await sidewaysScroll(visitor.page)).toBe(0);
    expect(await accessibilityFaults(visitor.page)).toBe("");
    expect(visitor.troubles).toEqual([]);
  });

  test("the dialogs too", async () => {
    const { page } = visitor;
    await open(page, "/admin/security");
    for (const button of ["Block an address", "Make email-service automatic"]) {
      await page.getByRole("button", { name: button }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).waitFor();
      expect(await accessibilityFaults(page)).toBe("");
      await page.keyboard.press("Escape");
    }
  });
});
