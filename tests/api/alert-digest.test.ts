import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { AuditEventList, Me, type Role } from "#contract/identity.ts";
import { FailedMailList } from "#contract/mails.ts";
import { startJobWorker } from "#platform/jobs.ts";
import { createTasks } from "#server/tasks.ts";
import { createCounting } from "#tests/support/counting.ts";
import { type MailServer, startMailServer } from "#tests/support/mail-server.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let smtp: MailServer;
let server: TestServer;
let warehouse: Warehouse;
let stopWorker: () => Promise<void>;

beforeAll(async () => {
  smtp = await startMailServer();
  const env = { SMTP_URL: smtp.url, MAIL_FROM: "stock@acme.test", PUBLIC_URL: "https://stock.example" };
  server = await startTestServer("alert digest", { env });
  warehouse = await createWarehouse(server);
  stopWorker = startJobWorker({ ownerUrl: server.ownerUrl, tasks: createTasks(server.services), log: server.services.log }).stop;
});
beforeEach(() => {
  smtp.received.length = 0;
});
afterAll(async () => {
  await stopWorker();
  await Promise.all([server.close(), smtp.close()]);
});

const choose = async (role: Role, alertDigest: string) => (await server.as(role)).patch("/auth/me", { alertDigest });
const jobsLeft = async () => (await server.sql("SELECT 1 FROM graphile_worker.jobs")).length;
const quiet = async () => {
  await expect.poll(jobsLeft, { timeout: 15_000 }).toBe(0);
};
/** Six in the morning in Vienna, where both companies are. */
const morning = async () => {
  await createTasks(server.services)["begin-hourly"]?.({ _cron: { ts: "2026-01-15T05:00:00Z" } }, undefined);
  await quiet();
};

test("everyone chooses for themselves, and in this company; it is none until then", async () => {
  const viewer = await server.as("Viewer");
  expect((await viewer.get("/auth/me")).read(Me).alertDigest).toBe("NONE");
  expect((await choose("Viewer", "DAILY")).read(Me).alertDigest).toBe("DAILY");
  expect((await viewer.get("/auth/me")).read(Me).alertDigest).toBe("DAILY");
  expect((await (await server.as("Operator")).get("/auth/me")).read(Me).alertDigest).toBe("NONE");
  const { id } = server.tenants.acme.users.Viewer;
  const [event] = (await warehouse.get(`/audit-events?entityId=${id}`)).read(AuditEventList).items;
  expect(event).toMatchObject({ action: "user.digest-chosen", before: { alertDigest: "NONE" }, after: { alertDigest: "DAILY" } });
  expect(faultsOf(await choose("Viewer", "HOURLY"))).toHaveProperty("alertDigest");
  expect((await choose("Viewer", "NONE")).status).toBe(200);
});

test("where nothing is open no mail is sent", async () => {
  await choose("Admin", "DAILY");
  await morning();
  expect(smtp.received).toEqual([]);
  await choose("Admin", "NONE");
});

test("in the morning those who asked are mailed what is open, of their own sites", async () => {
  const counting = await createCounting(server);
  const item = await warehouse.item({ sku: "BOLT", name: "Hexagon bolt", reorderPoint: 5 });
  const lot = await warehouse.stock({
    at: "A-01",
    onHand: 4,
    lotCode: "L-77",
    expiresOn: "2026-01-01",
    more: { sku: "MILK", name: "Milk", tracking: "LOT" },
  });
  const [here, there] = [
    await counting.plan({ name: "Here", itemIds: [lot.id], scheduledFor: "2026-01-02" }),
    await counting.plan({ name: "There", itemIds: [lot.id], scheduledFor: "2026-01-02" }),
  ];
  await server.sql("UPDATE cycle_count SET site_id = $2 WHERE id = $1", [there.id, server.tenants.acme.sites.second.id]);
  await createTasks(server.services)["find-alerts"]?.({ tenantId: server.tenants.acme.id }, undefined);
  await quiet();
  for (const role of ["Admin", "Operator", "Viewer"] as const) await choose(role, "DAILY");
  await server.sql("UPDATE membership SET active = false WHERE user_id = $1", [server.tenants.acme.users.Viewer.id]);
  await morning();
  const mailTo = (role: Role) => smtp.received.filter(({ to }) => to.includes(server.tenants.acme.users[role].email));
  expect(smtp.received).toHaveLength(2);
  const [mine] = mailTo("Operator");
  expect(mine?.headers).toContain("Subject: 3 open alerts at Acme");
  expect(mine?.body).toContain("Out of stock: 1\n  BOLT Hexagon bolt\n");
  expect(mine?.body).toContain("Expired, and still there: 1\n  MILK Milk L-77, in MAIN, 2026-01-01\n");
  expect(mine?.body).toContain(`Counts to begin: 1\n  ${here.number} Here, in MAIN, 2026-01-02\n`);
  expect(mine?.body).toContain("https://stock.example");
  expect(mine?.body).not.toContain(there.number);
  const [all] = mailTo("Admin");
  expect(all?.headers).toContain("Subject: 4 open alerts at Acme");
  expect(all?.body).toContain(`${there.number} There, in SECOND, 2026-01-02`);
  await server.sql("UPDATE membership SET active = true");

  smtp.received.length = 0;
  await createTasks(server.services)["begin-hourly"]?.({ _cron: { ts: "2026-01-15T06:00:00Z" } }, undefined);
  await quiet();
  expect(smtp.received).toEqual([]);
  expect(item.sku).toBe("BOLT");
});

test("twenty of a kind are named, and how many more there are", async () => {
  await server.sql(
    "INSERT INTO item (tenant_id, sku, name, reorder_point) SELECT $1, 'MANY-' || n, 'Many', 1 FROM generate_series(1, 30) n",
    [server.tenants.acme.id],
  );
  await createTasks(server.services)["find-alerts"]?.({ tenantId: server.tenants.acme.id }, undefined);
  for (const role of ["Operator", "Viewer"] as const) await choose(role, "NONE");
  await morning();
  expect(smtp.received).toHaveLength(1);
  const { headers, body } = smtp.received[0]!;
  expect(headers).toContain("Subject: 34 open alerts at Acme");
  expect(body).toContain("Out of stock: 31\n");
  expect(body).toContain("… and 11 more");
});

test("of jobs that were given up, those for a mail are among the failed mails, and no others", async () => {
  await stopWorker();
  const { id: tenantId, users } = server.tenants.acme;
  for (const task of ["find-alerts", "send-alert-digests", "compute-abc-classes", "send-alert-digest"])
    await server.sql("SELECT graphile_worker.add_job($1, $2, max_attempts := 1)", [task, { tenantId, userId: users.Admin.id }]);
  await server.sql("UPDATE graphile_worker._private_jobs SET attempts = 1");
  const { items } = (await warehouse.get("/failed-mails")).read(FailedMailList);
  expect(items.map(({ task, userName }) => ({ task, userName }))).toEqual([{ task: "send-alert-digest", userName: "Admin" }]);
});
