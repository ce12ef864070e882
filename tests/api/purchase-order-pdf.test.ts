import { extractText, getDocumentProxy } from "unpdf";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PurchaseOrder } from "#contract/purchase-orders.ts";
import { createPurchasing, type Purchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { indistinguishable, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let warehouse: Warehouse;
let purchasing: Purchasing;
let admin: TestClient;

beforeAll(async () => {
  server = await startTestServer("purchase order pdf");
  warehouse = await createWarehouse(server);
  purchasing = await createPurchasing(server);
  admin = await server.as("Admin");
});
afterAll(() => server.close());

const pathOf = ({ id }: Pick<PurchaseOrder, "id">) => `/purchasing/purchase-orders/${id}/pdf`;
const ask = (order: Pick<PurchaseOrder, "id">, method = "GET", client = admin) =>
  fetch(`${server.baseUrl}/api/v1${pathOf(order)}`, { method, headers: { cookie: client.cookie ?? "" } });
async function pagesOf(answer: Response): Promise<string[]> {
  expect(answer.status).toBe(200);
  return (await extractText(new Uint8Array(await answer.arrayBuffer()))).text;
}
const lineOf = async (more: object = {}) => ({
  itemId: (await warehouse.item(more)).id,
  quantity: 25,
  unitPrice: 2.5,
  dueDate: "2031-05-01",
});

test("an approved order is the document that its supplier gets, to be kept under its number", async () => {
  const supplier = await purchasing.supplier({ name: "Žižkov Parts" });
  const order = await purchasing.approved([await lineOf({ name: "Hex bolt M8" })], { supplierId: supplier.id, note: "Ring twice" });
  const answer = await ask(order, "GET", await server.as("Viewer"));
  expect(answer.headers.get("content-type")).toBe("application/pdf");
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${order.number}.pdf"`);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("cache-control")).toContain("no-store");
  const [text = "", ...more] = await pagesOf(answer);
  expect(more).toEqual([]);
  for (const part of [
    `Purchase order ${order.number}`,
    "Žižkov Parts",
    "MAIN of acme",
    "Hex bolt M8",
    "2031-05-01",
    "62.50",
    "Total 62.50 EUR",
    "Ring twice",
    "Contact: Viewer",
  ])
    expect(text).toContain(part);
  expect(text).not.toMatch(/DRAFT|CANCELLED/);
});

test("the description of the API says that it is a PDF", async () => {
  const { json } = await server.anonymous.get("/openapi.json");
  const { paths } = json as { paths: Record<string, { get: { responses: Record<string, { content: object }> } }> };
  expect(paths["/api/v1/purchasing/purchase-orders/{id}/pdf"]?.get.responses["200"]?.content).toEqual({
    "application/pdf": { schema: { type: "string", format: "binary", contentEncoding: "binary", contentMediaType: "application/pdf" } },
  });
});

test("HEAD tells what GET would, without a body", async () => {
  const order = await purchasing.approved([await lineOf()]);
  const [head, get] = [await ask(order, "HEAD"), await ask(order)];
  expect((await head.arrayBuffer()).byteLength).toBe(0);
  for (const name of ["content-type", "content-disposition"]) expect(head.headers.get(name)).toBe(get.headers.get(name));
  expect(Number(get.headers.get("content-length"))).toBe((await get.arrayBuffer()).byteLength);
  expect(Number(head.headers.get("content-length"))).toBeGreaterThan(1_000);
});

test("until it is approved, and once it is cancelled, no page can be taken for an order", async () => {
  const lines = await Promise.all(Array.from({ length: 60 }, () => lineOf()));
  const marked = async (order: PurchaseOrder, mark: string) => {
    const answer = await ask(order);
    expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${order.number}-${mark}.pdf"`);
    const pages = await pagesOf(answer);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.filter((text) => !text.includes(mark))).toEqual([]);
  };
  const draft = await purchasing.draft(lines);
  await marked(draft, "DRAFT");
  await purchasing.step(draft, "submit");
  await marked(draft, "DRAFT");
  await purchasing.step(draft, "approve", await server.as("Supervisor"));
  expect((await pagesOf(await ask(draft))).join()).not.toContain("DRAFT");
  await purchasing.step(draft, "cancel");
  await marked(draft, "CANCELLED");
});

test("an order of another site or company is as one that does not exist", async () => {
  const elsewhere = await purchasing.draft([await lineOf()], { siteId: server.tenants.acme.sites.second.id });
  const here = await purchasing.draft([await lineOf()]);
  const operator = await server.as("Operator");
  expect((await operator.get(pathOf(here))).status).toBe(200);
  const none = await operator.get(pathOf({ id: "00000000-0000-7000-8000-000000000000" }));
  expect(none.error).toMatchObject({ statusCode: 404, code: "NOT_FOUND" });
  for (const answer of [await operator.get(pathOf(elsewhere)), await (await server.as("Admin", "globex")).get(pathOf(here))])
    expect([answer.status, indistinguishable(answer)]).toEqual([404, indistinguishable(none)]);
  expect((await server.anonymous.get(pathOf(here))).error.code).toBe("UNAUTHENTICATED");
});

test("whatever supplier, item and number are called, the document can be read and the header is one", async () => {
  const supplier = await purchasing.supplier();
  const line = await lineOf();
  const order = await purchasing.approved([line], { supplierId: supplier.id });
  // Past the API, which would have taken out what cannot be seen.
  const hostile = `<script>alert(1)</script> ) Tj /JS (x) \\( %PDF-1.7 endobj \u202Efdp.exe\r\n\u0007 日本 😀 ${"long".repeat(30)}`;
  await server.sql("UPDATE supplier SET name = $2 WHERE id = $1", [supplier.id, hostile]);
  await server.sql("UPDATE item SET name = $2 WHERE id = $1", [line.itemId, hostile]);
  await server.sql("UPDATE purchase_order SET number = $2, note = $3 WHERE id = $1", [order.id, `ÄÖ"; x="/../\r\nX-Evil: 1`, hostile]);
  const answer = await ask(order);
  expect(answer.headers.get("x-evil")).toBeNull();
  expect(answer.headers.get("content-disposition")).toBe(
    `attachment; filename="-x-..-X-Evil-1.pdf"; filename*=UTF-8''${encodeURIComponent("ÄÖ ; x= .. X-Evil 1.pdf")}`,
  );
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const read = await getDocumentProxy(bytes.slice());
  expect([await read.getJSActions(), await read.getOpenAction(), await read.getAttachments()]).toEqual([null, null, null]);
  const text = (await extractText(bytes)).text.join(" ");
  expect(text.match(/<script>alert\(1\)<\/script>/g)?.length).toBeGreaterThanOrEqual(2);
  expect(text).toContain("Total 62.50 EUR");
});

test("an order of 500 lines has all of them, in as many statements as one of a single line", async () => {
  const { id: tenantId } = server.tenants.acme;
  await server.sql("INSERT INTO item (tenant_id, sku, name) SELECT $1, 'PDF-' || n, 'Item number ' || n FROM generate_series(1, 500) n", [
    tenantId,
  ]);
  const items = await server.sql<{ id: string }>("SELECT id FROM item WHERE sku LIKE 'PDF-%' ORDER BY sku");
  const [one, many] = [
    await purchasing.approved([await lineOf()]),
    await purchasing.approved(items.map(({ id }) => ({ itemId: id, quantity: 1, unitPrice: 1 }))),
  ];
  const few = await server.statements(() => ask(one));
  let answer: Response | undefined;
  expect(await server.statements(async () => (answer = await ask(many)))).toHaveLength(few.length);
  const text = (await pagesOf(answer!)).join(" ");
  const missing = items.map((_, index) => `PDF-${index + 1}`).filter((sku) => !new RegExp(`\\b${sku}\\b`).test(text));
  expect(missing).toEqual([]);
  expect(text).toContain("Total 500.00 EUR");
});
