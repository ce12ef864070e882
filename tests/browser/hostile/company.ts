import { z } from "zod";
import { InvitedUser, PasswordLink } from "#contract/account.ts";
import { ItemList } from "#contract/catalog.ts";
import type { ImportKind } from "#contract/data-exchange.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import type { TestServer } from "#tests/support/test-app.ts";
import { TestClient } from "#tests/support/test-client.ts";
import { createFieldTexts, type FieldTexts, send, type TextOf } from "./field-texts.ts";
import { fillCodes, fillEvents, fillItems, fillPlaces, placeOf } from "./stock.ts";
import type { Family } from "./texts.ts";

const Made = z.object({ id: z.string() });

/** Puts texts of the family into every field that takes one, over the API, and knows them all again. */
export async function fillCompany(server: TestServer, family: Family) {
  const fields = createFieldTexts(family);
  const { sites } = server.tenants.acme;
  const person = (text: TextOf) => ({ email: text("email"), name: text("name"), role: "Admin" });
  const invited = await send(fields, await server.as("Admin"), InvitedUser, "POST /users", person);
  const company = (text: TextOf) => ({ version: 1, name: text("name") });
  await send(fields, await server.as("Admin"), Made, "PATCH /settings", company);
  // All that follows is done by someone with a hostile name, at a hostile device.
  const client = await signInAt(server, invited, fields.textOf("the User-Agent of a sign-in"));

  await fillCodes(fields, client);
  const places = await fillPlaces(fields, client, sites.main.id, sites.main.locations["A-01"]);
  const { itemId, plainItemId } = await fillItems(fields, client);
  await fillEvents(fields, client, places, plainItemId);
  await fillSuppliers(fields, client);
  const block = (text: TextOf) => ({ address: "203.0.113.7", minutes: 60, reason: text("reason") });
  await send(fields, client, z.object({}), "POST /admin/security/blocked-addresses", block);
  await importFiles(fields, client);

  const importedSku = encodeURIComponent(fields.textOf("import items sku"));
  const [importedItem] = (await client.get(`/inventory/items?sku=${importedSku}`)).read(ItemList).items;
  const ids = new Map([
    ["itemId", itemId],
    ["userId", invited.id],
  ]);
  return {
    ...fields,
    client,
    email: invited.email,
    /** Of a link that sets a password. */
    token: tokenOf((await client.post(`/users/${invited.id}/password-link`)).read(PasswordLink)),
    /** One was changed, the other came in by a file. */
    otherItems: [plainItemId, importedItem?.id ?? ""],
    /** What stands in the address of a screen for a name such as `itemId`. */
    idOf: (name: string) => {
      const id = ids.get(name);
      if (id === undefined) throw new Error(`fillCompany is to tell what ${name} stands for`);
      return id;
    },
  };
}
export type Company = Awaited<ReturnType<typeof fillCompany>>;

const tokenOf = ({ url }: PasswordLink) => url?.split("#")[1] ?? "";

async function signInAt({ anonymous }: TestServer, { email, invitation }: InvitedUser, userAgent: string): Promise<TestClient> {
  await anonymous.post("/auth/password-reset/confirm", { token: tokenOf(invitation), password: testPassword });
  const { headers } = await anonymous.post("/auth/login", { email, password: testPassword }, { "user-agent": userAgent });
  return new TestClient(anonymous.baseUrl, headers.get("set-cookie")?.split(";")[0]);
}

async function fillSuppliers(fields: FieldTexts, client: TestClient): Promise<void> {
  const contact = (text: TextOf) => ({ name: text("name"), email: text("email"), phone: text("phone"), website: text("website") });
  const create = "POST /purchasing/suppliers";
  await send(fields, client, Made, create, (text) => ({ code: text("code"), ...contact(text) }));
  const plain = await send(fields, client, Made, create, () => ({ code: "PLAIN", name: "x" }));
  await send(fields, client, Made, "PATCH /purchasing/suppliers/{id}", (text) => ({ version: 1, ...contact(text) }), plain.id);
}

/** A file of each kind, with a line that has a text in each of its columns. */
async function importFiles({ lengths, textOf, named }: FieldTexts, client: TestClient): Promise<void> {
  const sendFile = async (kind: ImportKind, more: Record<string, string> = {}) => {
    const columns = [...lengths.keys()].flatMap((field) => (field.startsWith(`import ${kind} `) ? [field.split(" ")[2] ?? ""] : []));
    const cells = new Map([
      ...columns.map((column) => [column, more[column] ?? textOf(`import ${kind} ${column}`)] as const),
      ...Object.entries(more),
    ]);
    const lines = [[...cells.keys()], [...cells.values()]].map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","));
    const answer = await client.call("POST", `/import/${kind}`, lines.join("\r\n"), { "content-type": "text/csv" });
    answer.read(z.object({ rowsCreated: z.literal(1) }));
  };
  const by = (kind: ImportKind, names: Record<string, string>) =>
    Object.fromEntries(Object.entries(names).map(([column, field]) => [column, named(`import ${kind} ${column}`, field)]));
  const [site, uom] = ["POST /sites code", "import units code"];
  await sendFile("units");
  await sendFile("suppliers");
  await sendFile("locations", by("locations", { site, parent: placeOf }));
  await sendFile("items", { ...by("items", { base_uom: uom }), tracking: "LOT" });
  const balance = by("opening-balances", { sku: "import items sku", site, location: "import locations code", uom });
  await sendFile("opening-balances", { ...balance, quantity: "5" });
}
