import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { extractText } from "unpdf";
import { PurchaseOrder } from "#contract/purchase-orders.ts";
import { startJobWorker } from "#platform/jobs.ts";
import { createTasks } from "#server/tasks.ts";
import { type MailServer, type ReceivedMail, startMailServer } from "#tests/support/mail-server.ts";
import { createPurchasing, type Purchasing } from "#tests/support/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

// A real SMTP server, and the worker beside the server, as in production.

let smtp: MailServer;
let server: TestServer;
let warehouse: Warehouse;
let purchasing: Purchasing;
let stopWorker: () => Promise<void>;

beforeAll(async () => {
  smtp = await startMailServer();
  server = await startTestServer("purchase order mail", { env: { SMTP_URL: smtp.url, MAIL_FROM: "Stock <stock@acme.test>" } });
  warehouse = await createWarehouse(server);
  purchasing = await createPurchasing(server);
  stopWorker = startJobWorker({ ownerUrl: server.ownerUrl, tasks: createTasks(server.services), log: server.services.log }).stop;
});
afterAll(async () => {
  smtp.behave("take");
  await stopWorker();
  await Promise.all([server.close(), smtp.close()]);
});
beforeEach(() => {
  smtp.behave("take");
  smtp.received.length = 0;
});

const patience = { timeout: 15_000 };
const mailTo = async (address: string): Promise<ReceivedMail> => {
  const found = () => smtp.received.filter(({ to }) => to.includes(address));
  await expect.poll(() => found().length, patience).toBe(1);
  return found()[0]!;
};
const orderAt = async (email: string | null) => {
  const supplier = await purchasing.supplier({ name: "Žižkov Parts", ...(email ? { email } : {}) });
  const item = await warehouse.item({ name: "Hex bolt M8" });
  return await purchasing.approved([{ itemId: item.id, quantity: 12.5 * 2, unitPrice: 2.5, dueDate: "2031-05-01" }], {
    supplierId: supplier.id,
    note: "Ring twice",
  });
};
const jobs = async () =>
  (await server.sql<{ n: number }>("SELECT count(*)::int AS n FROM graphile_worker.jobs WHERE task_identifier = 'send-purchase-order'"))[0]
    ?.n;

/** The attached PDF, as text. */
async function pdfIn({ headers, body }: ReceivedMail): Promise<string> {
  const boundary = /boundary="([^"]+)"/.exec(headers)?.[1] ?? "none";
  const part = body.split(`--${boundary}`).find((text) => text.includes("application/pdf")) ?? "";
  const content = part.split("\n\n").slice(1).join("");
  return (await extractText(new Uint8Array(Buffer.from(content, "base64")), { mergePages: true })).text;
}

test("an approved order goes to its supplier by mail, with the order as a PDF, and answers go to who sent it", async () => {
  const order = await orderAt("sales@zizkov.example");
  const sent = (await purchasing.step(order, "send")).read(PurchaseOrder);
  expect(sent).toMatchObject({ status: "SENT", sentAt: expect.any(String) as string });
  const mail = await mailTo("sales@zizkov.example");
  expect(mail.headers).toContain(`Subject: Purchase order ${order.number} of Acme`);
  expect(mail.headers).toMatch(/^Reply-To: Admin <admin@acme\.test>$/m);
  expect(mail.body).toContain(`filename=${order.number}.pdf`);
  const text = await pdfIn(mail);
  for (const part of [
    order.number,
    "Žižkov Parts",
    "MAIN of acme",
    "# Item Description Due Quantity Unit Price (EUR) Amount",
    "Hex bolt M8",
    "2031-05-01",
    "25",
    "2.50",
    "62.50",
    "Total 62.50 EUR",
    "Ring twice",
  ])
    expect(text).toContain(part);
});

test("a mail server that is away is asked again, and the order counts as sent meanwhile", async () => {
  const order = await orderAt("later@zizkov.example");
  smtp.behave("refuse");
  await purchasing.step(order, "send");
  await expect.poll(() => smtp.asked(), patience).toBeGreaterThan(0);
  expect((await purchasing.read(order)).status).toBe("SENT");
  smtp.behave("take");
  await mailTo("later@zizkov.example");
});

test("an order that was told otherwise is only noted as sent", async () => {
  const order = await orderAt(null);
  expect((await purchasing.step(order, "send")).error).toMatchObject({ statusCode: 409, code: "NO_EMAIL" });
  expect((await purchasing.read(order)).status).toBe("APPROVED");
  expect((await purchasing.step(order, "send", undefined, { byMail: false })).read(PurchaseOrder).status).toBe("SENT");
  expect(await jobs()).toBe(0);
  expect((await purchasing.step(order, "send")).error).toMatchObject({ code: "INVALID_STATE", details: { status: "SENT" } });
});

test("sent ten times at once it is one mail", async () => {
  const order = await orderAt("once@zizkov.example");
  const answers = await Promise.all(Array.from({ length: 10 }, () => purchasing.step(order, "send")));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  await mailTo("once@zizkov.example");
  await expect.poll(jobs, patience).toBe(0);
  expect(smtp.received).toHaveLength(1);
});

test("what was sent and undone counts as sent again", async () => {
  const order = await orderAt("undone@zizkov.example");
  await purchasing.step(order, "send");
  const receipt = await purchasing.received(purchasing.receive(order, [{ quantity: 5 }]));
  expect((await purchasing.read(order)).status).toBe("PARTIALLY_RECEIVED");
  await purchasing.received(purchasing.reverse(receipt));
  expect((await purchasing.read(order)).status).toBe("SENT");
});
