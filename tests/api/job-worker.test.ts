import { afterEach, beforeAll, afterAll, beforeEach, expect, test } from "vitest";
import { startJobWorker, type Tasks } from "#platform/jobs.ts";
import { type MailServer, startMailServer } from "#tests/support/mail-server.ts";
import { createTasks } from "#server/tasks.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// The worker at its end, and when the database throws it out.

let smtp: MailServer;
let server: TestServer;
let worker: { stop: () => Promise<void> };
beforeAll(async () => {
  smtp = await startMailServer();
  server = await startTestServer("job worker", { env: { SMTP_URL: smtp.url, MAIL_FROM: "stock@acme.test" } });
});
beforeEach(() => server.sql("DELETE FROM graphile_worker._private_jobs"));
afterEach(async () => {
  smtp.behave("take");
  await worker.stop();
});
afterAll(() => Promise.all([server.close(), smtp.close()]));

const begin = (tasks: Tasks) => {
  worker = startJobWorker({ ownerUrl: server.ownerUrl, tasks, log: server.services.log, patienceMs: 300 });
};
const add = (task: string, payload: object) =>
  server.services.database.withTenant(server.tenants.acme.id, (tx) => tx.sql("SELECT add_job($1, $2)", [task, payload]));
const notice = () => add("send-password-notice", { userId: server.tenants.acme.users.Viewer.id });
const jobs = () =>
  server.sql<{ attempts: number; locked_at: string | null; last_error: string | null }>(
    "SELECT attempts, locked_at, last_error FROM graphile_worker.jobs",
  );
const msOf = async (ending: () => Promise<unknown>) => {
  const startedAt = performance.now();
  await ending();
  return performance.now() - startedAt;
};
const patience = { timeout: 15_000 };

test("stops while a mail hangs: the mail is told to stop, and its job waits for its next try", async () => {
  smtp.behave("hang");
  begin(createTasks(server.services));
  const asked = smtp.asked();
  await notice();
  await expect.poll(() => smtp.asked(), patience).toBe(asked + 1);
  expect(await msOf(() => worker.stop())).toBeLessThan(3_000);
  expect(await jobs()).toMatchObject([{ attempts: 1, locked_at: null, last_error: expect.stringContaining("abort") as string }]);
  expect(server.services.circuitBreakers.find("email-service")?.status().failureCount).toBe(0);
});

test("stops while a task hears no signal: its job goes back into the queue, and is not held for hours", async () => {
  let begun = 0;
  begin({
    "send-password-notice": () => {
      begun += 1;
      return new Promise(() => undefined);
    },
  });
  await notice();
  await expect.poll(() => begun, patience).toBe(1);
  expect(await msOf(() => worker.stop())).toBeLessThan(7_000);
  expect(await jobs()).toMatchObject([{ attempts: 1, locked_at: null }]);
});

test("waits at its end for a job that ends in time, and takes no other", async () => {
  const { promise, resolve: finish } = Promise.withResolvers<void>();
  let begun = 0;
  begin({
    "send-password-notice": () => {
      begun += 1;
      return promise;
    },
  });
  await notice();
  await expect.poll(() => begun, patience).toBe(1);
  const stopped = worker.stop();
  await notice();
  finish();
  await stopped;
  expect([begun, await jobs()]).toMatchObject([1, [{ attempts: 0, locked_at: null, last_error: null }]]);
});

test("begins anew when the database has thrown it out, and no error escapes into the process", async () => {
  const escaped: unknown[] = [];
  const listener = (error: unknown) => void escaped.push(error);
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) process.on(kind, listener);
  let done = 0;
  begin({ "send-password-notice": async () => void (done += 1) });
  await notice();
  await expect.poll(() => done, patience).toBe(1);
  await server.sql(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()",
  );
  await notice();
  await expect.poll(() => done, { timeout: 25_000 }).toBe(2);
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) process.off(kind, listener);
  expect(escaped).toEqual([]);
});
