import type { Page, Request } from "playwright-core";
import { expect } from "vitest";
import { settled, type Visitor } from "../browser.ts";

/** Looks at all that is done to a page, from before its first script: what hostile texts ran, made or asked for. */
const watching = `
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
    tellHostile("refused by the page's policy: " + violatedDirective + " " + blockedURI + " " + sample));
  const strange = "script:not([src]),iframe,frame,object,embed,applet,base,math,foreignObject,animate,set,meta[http-equiv]";
  const linkNames = ["href", "src", "action", "formaction", "xlink:href"];
  const leadsToUs = (value) => {
    if (!URL.canParse(value, location.href)) return false;
    const { origin, protocol } = new URL(value, location.href);
    return origin === location.origin && (protocol === "http:" || protocol === "blob:");
  };
  const judge = (element) => {
    const found = [];
    if (/^xss-/.test(element.localName) || element.matches(strange)) found.push("an element");
    if (element.localName === "style" && /xss|evil/i.test(element.textContent)) found.push("a style");
    for (const { name, value } of element.attributes) {
      if (/^on|xss|^srcdoc$/i.test(name)) found.push("the attribute " + name);
      if (linkNames.includes(name) && !leadsToUs(value)) found.push("a link that leads elsewhere");
      if (name === "style" && /xss|evil/i.test(value)) found.push("the style " + value);
    }
    for (const what of found) tellHostile(what + " was made: " + element.outerHTML.slice(0, 300));
  };
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") judge(target);
      for (const node of addedNodes) if (node instanceof Element) [node, ...node.querySelectorAll("*")].forEach(judge);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true });`;

const tags = /xss-\d+/gi;

/** Every text that a person or a screen reader gets from the page. */
const shownTexts = `(() => {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!/^(SCRIPT|STYLE)$/.test(walker.currentNode.parentElement.tagName)) texts.push(walker.currentNode.data);
  for (const field of document.querySelectorAll("input, textarea")) texts.push(field.value);
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const element of document.querySelectorAll("[" + name + "]")) texts.push(element.getAttribute(name));
  return texts.filter((text) => /xss-\\d/i.test(text));
})()`;

export interface Watched extends Visitor {
  /** What hostile texts brought about; must stay empty. */
  harm: string[];
  /** The tags of all that was shown as it was typed: `XSS-7`. */
  seen: Set<string>;
  /** Waits until nothing is on its way any more, and reads the screen. */
  look: (where: string) => Promise<void>;
}

/** `typed` knows a text by its tag. */
export async function watch(visitor: Visitor, typed: (tag: string) => string | undefined): Promise<Watched> {
  const { page, context, troubles } = visitor;
  context.setDefaultTimeout(30_000);
  const [harm, seen] = [troubles, new Set<string>()];
  await context.exposeFunction("tellHostile", (what: string) => void harm.push(what));
  for (const name of ["XSS", "xss"]) await context.exposeFunction(name, () => void harm.push("a hostile text was run"));
  await context.addInitScript(watching);
  page.on("dialog", (dialog) => {
    harm.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("popup", (popup) => void harm.push(`a window: ${popup.url()}`));
  const underWay = new Set<Request>();
  // The stream of live updates never ends.
  page.on("request", (request) => request.resourceType() !== "eventsource" && void underWay.add(request));
  page.on("requestfinished", (request) => void underWay.delete(request));
  page.on("requestfailed", (request) => void underWay.delete(request));
  const look = async (where: string) => {
    await page.waitForTimeout(40);
    await expect.poll(() => underWay.size, { interval: 10, timeout: 10_000 }).toBe(0);
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))");
    for (const shown of await page.evaluate<string[]>(shownTexts))
      for (const [found] of shown.matchAll(tags)) {
        const tag = found.toUpperCase();
        const text = typed(tag);
        if (text !== undefined && shown.includes(text)) seen.add(tag);
        else harm.push(`${where}: not shown as it was typed: ${shown.slice(0, 500)}`);
      }
  };
  return { ...visitor, harm, seen, look };
}

const typing = ["text", "search", "email", "password", "url", "tel"].map((type) => `input[type=${type}]`).join();
const fieldSelector = `:is(input:not([type]), ${typing}, textarea):not([readonly]):not([disabled])`;

/** Types the text into every field that there is, and sends each form. */
export async function fillAndSend(page: Page, text: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  const within = (await dialog.count()) > 0 ? dialog.last() : page.locator("body");
  for (const field of await within.locator(fieldSelector).all()) if (await field.isVisible()) await field.fill(text);
  for (const button of await within.locator("form button[type=submit]").all()) if (await button.isVisible()) await button.click();
  await page.keyboard.press("Escape");
}

/** By what each is called, the first of those that do the same: `Reverse …` stands once for all the lines of a list. */
async function buttonsOf(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const kinds = new Map();
    document.querySelectorAll("button[data-pressable]").forEach((button) => button.removeAttribute("data-pressable"));
    for (const button of document.querySelectorAll("button:not([type=submit]), [role=combobox]")) {
      if (button.disabled || button.getClientRects().length === 0) continue;
      const name = button.getAttribute("aria-label") ?? (button.textContent.trim() || button.id || "?");
      const kind = button.getAttribute("role") + " " + name.trim().split(/\\s/)[0];
      if (!kinds.has(kind)) kinds.set(kind, name);
    }
    return [...kinds.keys()];
  })()`);
}

/** Presses each button of the screen and looks at what opens, types into it and sends it. */
export async function pressEverything({ page, look }: Watched, address: string, text: string): Promise<number> {
  const kinds = await buttonsOf(page);
  for (const kind of kinds) {
    const pressed = await page.evaluate<boolean>(`(() => {
      const nameOf = (button) => button.getAttribute("aria-label") ?? (button.textContent.trim() || button.id || "?");
      const button = [...document.querySelectorAll("button:not([type=submit]), [role=combobox]")].find((button) => button.getClientRects().length > 0 &&
        button.getAttribute("role") + " " + nameOf(button).trim().split(/\\s/)[0] === ${JSON.stringify(kind)});
      button?.click();
      return button !== undefined;
    })()`);
    if (!pressed) continue;
    await look(`${address}, ${kind}`);
    if ((await page.getByRole("dialog").count()) > 0) {
      await fillAndSend(page, text);
      await look(`${address}, ${kind}, sent`);
      if ((await page.getByRole("dialog").count()) > 0) await page.keyboard.press("Escape");
    } else await page.keyboard.press("Escape");
  }
  return kinds.length;
}

/** Goes to an address, inside the app once it runs, and reads its screen when it is certain that it is this one. */
export async function openAndLook({ page, look, harm }: Watched, address: string): Promise<void> {
  if (page.url() === "about:blank") await page.goto(address);
  else await page.evaluate(`history.pushState({}, "", ${JSON.stringify(address)})`);
  await loaded({ page, look, harm }, address);
}

/** Loads the whole page anew. */
export async function loadAndLook({ page, look, harm }: Watched, address: string): Promise<void> {
  await page.goto(address);
  await loaded({ page, look, harm }, address);
}

async function loaded({ page, look, harm }: Pick<Watched, "page" | "look" | "harm">, address: string): Promise<void> {
  const shown = () =>
    settled(page).catch((cause: unknown) => {
      throw new Error(`${address} shows no screen: ${harm.join("; ")}`, { cause });
    });
  await shown();
  await look(address);
  await shown();
  await look(address);
  expect(page.url()).toContain(new URL(address, page.url()).pathname);
}
