import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { InvitedUser, PasswordLink, PasswordResetRequested } from "#contract/account.ts";
import { Me } from "#contract/identity.ts";
import { FailedMailList } from "#contract/mails.ts";
import { startJobWorker } from "#platform/jobs.ts";
import { createTasks } from "#server/tasks.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { type MailServer, parsed, type ReceivedMail, startMailServer, tokenIn } from "#tests/support/mail-server.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { indistinguishable, TestClient } from "#tests/support/test-client.ts";

// A real SMTP server, and the worker beside the server, as in production.

let smtp: MailServer;
let server: TestServer;
let stopWorker: () => Promise<void>;
const workFor = ({ services, ownerUrl }: TestServer) => startJobWorker({ ownerUrl, tasks: createTasks(services), log: services.log }).stop;

beforeAll(async () => {
  smtp = await startMailServer();
  const env = { SMTP_URL: smtp.url, MAIL_FROM: "Stock <stock@acme.test>", PUBLIC_URL: "https://stock.example" };
  server = await startTestServer("mails", { env });
  stopWorker = workFor(server);
});
afterAll(async () => {
  smtp.behave("take");
  await stopWorker();
  await Promise.all([server.close(), smtp.close()]);
});
beforeEach(async () => {
  smtp.behave("take");
  await nothingUnderWay();
  server.services.circuitBreakers.find("email-service")?.close();
  await server.sql("DELETE FROM graphile_worker._private_jobs");
  smtp.received.length = 0;
});

const patience = { timeout: 15_000 };
const mailsTo = (address: string) => smtp.received.filter(({ to }) => to.includes(address));
const mailTo = async (address: string): Promise<ReceivedMail> => {
  await expect.poll(() => mailsTo(address).length, patience).toBe(1);
  return mailsTo(address)[0]!;
};
const jobsLeft = async () =>
  (await server.sql<{ n: number }>("SELECT count(*)::int AS n FROM graphile_worker.jobs WHERE attempts < max_attempts"))[0]?.n;
const quiet = async () => {
  await expect.poll(jobsLeft, patience).toBe(0);
};
const nothingUnderWay = async () => {
  const locked = "SELECT 1 FROM graphile_worker.jobs WHERE locked_at IS NOT NULL";
  await expect.poll(async () => (await server.sql(locked)).length, patience).toBe(0);
};
const askFor = (email: string) => server.anonymous.post("/auth/password-reset", { email });
const confirm = (token: string, password: string) => server.anonymous.post("/auth/password-reset/confirm", { token, password });
const member = (email: string, tenant: "acme" | "globex" = "acme") => server.addUser(tenant, { email, name: "Mia Müller", role: "Viewer" });

describe("an invitation", () => {
  test("comes by mail, with a link below PUBLIC_URL that the Admin never sees", async () => {
    const answer = await (await server.as("Admin")).post("/users", { email: "new@acme.test", name: "Zoë Žižek", role: "Viewer" });
    expect(answer.read(InvitedUser).invitation).toEqual({ purpose: "INVITATION", delivery: "MAIL", url: null, expiresAt: null });
    const mail = await mailTo("new@acme.test");
    expect(mail.headers).toMatch(/^From: Stock <stock@acme\.test>$/m);
    expect(mail.headers).toMatch(/^Subject: Your account at Acme$/m);
    expect(mail.headers).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(mail.body).toContain("Hello Zoë Žižek,");
    expect(mail.body).toMatch(/^https:\/\/stock\.example\/set-password#[\w-]{43}$/m);
    expect((await confirm(tokenIn(mail.body), "Blue-Forklift-42")).status).toBe(200);
    expect((await server.signIn("new@acme.test", "Blue-Forklift-42")).answer.read(Me).user.name).toBe("Zoë Žižek");
  });

  test("is not sent for what was rolled back", async () => {
    const admin = await server.as("Admin");
    const person = { email: "rolled-back@acme.test", name: "X", role: "Viewer", siteIds: [crypto.randomUUID()] };
    expect((await admin.post("/users", person)).status).toBe(400);
    expect(await server.sql("SELECT 1 FROM graphile_worker._private_jobs")).toEqual([]);
  });
});

describe("a new password", () => {
  test("comes by mail to whoever forgot theirs, and is told about afterwards", async () => {
    await member("forgetful@acme.test");
    await quiet();
    smtp.received.length = 0;
    expect((await askFor("Forgetful@ACME.test")).read(PasswordResetRequested)).toEqual({ delivery: "MAIL" });
    const mail = await mailTo("forgetful@acme.test");
    expect(mail.headers).toMatch(/^Subject: A new password for Acme$/m);
    // Until it is used nothing changes: anyone can ask.
    expect((await server.signIn("forgetful@acme.test", testPassword)).answer.status).toBe(200);
    expect((await confirm(tokenIn(mail.body), "Blue-Forklift-42")).status).toBe(200);
    await expect.poll(() => mailsTo("forgetful@acme.test").length, patience).toBe(2);
    expect(mailsTo("forgetful@acme.test")[1]?.headers).toMatch(/^Subject: Your password for Acme was changed$/m);
    expect(mailsTo("forgetful@acme.test")[1]?.body).not.toContain("#");
  });

  test("comes from each company that the address is a member of, each for that company", async () => {
    const email = "of-two@people.test";
    await member(email);
    await member(email, "globex");
    await quiet();
    smtp.received.length = 0;
    await askFor(email);
    await expect.poll(() => mailsTo(email).length, patience).toBe(2);
    const ofGlobex = mailsTo(email).find(({ headers }) => headers.includes("A new password for Globex"));
    await confirm(tokenIn(ofGlobex?.body ?? ""), "Blue-Forklift-42");
    expect((await server.signIn(email, "Blue-Forklift-42")).answer.read(Me).tenant.code).toBe("globex");
    expect((await server.signIn(email, testPassword)).answer.read(Me).tenant.code).toBe("acme");
  });

  test("is asked for with the same answer and the same statements by an address that nobody has, which gets no mail", async () => {
    await member("known@acme.test");
    await quiet();
    let answers: string[] = [];
    const asked = async (email: string) => await server.statements(async () => answers.push(indistinguishable(await askFor(email))));
    await stopWorker();
    try {
      expect(await asked("known@acme.test")).toEqual(await asked("nobody@nowhere.test"));
      expect(answers[0]).toBe(answers[1]);
      answers = await Promise.all(
        (
          await server.sql<{ job: string }>(
            "SELECT (to_jsonb(j) - '{id,payload,created_at,updated_at,run_at}'::text[])::text AS job FROM graphile_worker._private_jobs j",
          )
        ).map(async ({ job }) => job),
      );
      expect(answers).toHaveLength(2);
      expect(answers[0]).toBe(answers[1]);
    } finally {
      stopWorker = workFor(server);
    }
    await mailTo("known@acme.test");
    await quiet();
    expect(mailsTo("nobody@nowhere.test")).toEqual([]);
  });

  test("asked for over and over sends three mails, and leaves those links good", async () => {
    await member("pestered@acme.test");
    await quiet();
    smtp.received.length = 0;
    for (let time = 0; time < 6; time++) await askFor("pestered@acme.test");
    await quiet();
    expect(mailsTo("pestered@acme.test")).toHaveLength(3);
    expect((await confirm(tokenIn(mailsTo("pestered@acme.test")[0]?.body ?? ""), "Blue-Forklift-42")).status).toBe(200);
  });

  test("of an Admin's making goes to the person, not to the Admin", async () => {
    const { id } = await member("helped@acme.test");
    await quiet();
    smtp.received.length = 0;
    const answer = await (await server.as("Admin")).post(`/users/${id}/password-link`);
    expect(answer.read(PasswordLink)).toEqual({ purpose: "RESET", delivery: "MAIL", url: null, expiresAt: null });
    expect(tokenIn((await mailTo("helped@acme.test")).body)).toHaveLength(43);
  });
});

describe("a mail server that", () => {
  const lastError = async () =>
    (await server.sql<{ attempts: number; last_error: string | null }>("SELECT attempts, last_error FROM graphile_worker.jobs"))[0];

  test("refuses for now is asked again later, with another link; the answer to the person did not wait", async () => {
    await member("later@acme.test");
    await quiet();
    smtp.received.length = 0;
    smtp.behave("refuse");
    expect((await askFor("later@acme.test")).status).toBe(200);
    await expect.poll(async () => (await lastError())?.last_error ?? "", patience).toContain("Not this one");
    const links =
      "SELECT 1 FROM password_link l JOIN app_user u ON u.id = l.user_id WHERE u.email = 'later@acme.test' AND purpose = 'RESET'";
    // Nobody has the link of a mail that was not sent.
    await expect.poll(() => server.sql(links), patience).toEqual([]);
    smtp.behave("take");
    await server.sql("UPDATE graphile_worker._private_jobs SET run_at = now() WHERE locked_at IS NULL");
    const mail = await mailTo("later@acme.test");
    expect((await confirm(tokenIn(mail.body), "Blue-Forklift-42")).status).toBe(200);
  });

  test("is down holds up no answer; after five failures in a row it is left alone, and all mails come when it is back", async () => {
    const emails = Array.from({ length: 6 }, (_, n) => `patient-${n}@acme.test`);
    for (const email of emails) await member(email);
    await quiet();
    smtp.received.length = 0;
    smtp.behave("refuse");
    for (const email of emails) expect((await askFor(email)).status).toBe(200);
    const breaker = server.services.circuitBreakers.getBreaker("email-service");
    await expect.poll(() => breaker.status().state, patience).toBe("OPEN");
    await nothingUnderWay();
    const asked = smtp.asked();
    await server.sql("UPDATE graphile_worker._private_jobs SET run_at = now() WHERE locked_at IS NULL");
    await expect.poll(() => breaker.status().rejected, patience).toBeGreaterThan(0);
    expect(smtp.asked()).toBe(asked);
    smtp.behave("take");
    breaker.close();
    await server.sql("UPDATE graphile_worker._private_jobs SET run_at = now() WHERE locked_at IS NULL");
    for (const email of emails) await mailTo(email);
  });

  test("cannot be reached at all holds up nobody either: the mail comes when there is one", async () => {
    const gone = await startMailServer();
    const port = Number(new URL(gone.url).port);
    await gone.close();
    const own = await startTestServer("mails unreachable", { env: { SMTP_URL: gone.url, MAIL_FROM: "stock@acme.test" } });
    const stop = workFor(own);
    let back: MailServer | undefined;
    try {
      expect((await own.anonymous.post("/auth/password-reset", { email: "viewer@acme.test" })).status).toBe(200);
      const errors = "SELECT last_error FROM graphile_worker.jobs WHERE last_error IS NOT NULL";
      const lastErrors = async () => (await own.sql<{ last_error: string }>(errors)).map(({ last_error }) => last_error);
      await expect.poll(lastErrors, patience).toEqual([expect.stringContaining("ECONNREFUSED")]);
      back = await startMailServer(port);
      await own.sql("UPDATE graphile_worker._private_jobs SET run_at = now() WHERE locked_at IS NULL");
      await expect.poll(() => back?.received.map(({ to }) => to), patience).toEqual([["viewer@acme.test"]]);
    } finally {
      await stop();
      await own.close();
      await back?.close();
    }
  });

  test("never answers holds up nobody", async () => {
    await member("hanging@acme.test");
    await quiet();
    smtp.behave("hang");
    const asked = smtp.asked();
    expect((await askFor("hanging@acme.test")).status).toBe(200);
    await expect.poll(() => smtp.asked(), patience).toBeGreaterThan(asked);
    expect((await server.signIn("hanging@acme.test", testPassword)).answer.status).toBe(200);
  });
});

test("a mail whose tries are used up is kept, is told to the Admin of its company only, and is sent on request", async () => {
  const { id } = await member("dead-letter@acme.test");
  await quiet();
  smtp.received.length = 0;
  smtp.behave("refuse for good");
  await askFor("dead-letter@acme.test");
  const job =
    "SELECT attempts FROM graphile_worker.jobs WHERE task_identifier = 'send-password-link' AND attempts > 0 AND locked_at IS NULL";
  await expect.poll(async () => (await server.sql(job)).length, patience).toBe(1);
  await server.sql("UPDATE graphile_worker._private_jobs SET attempts = 12, run_at = now() WHERE locked_at IS NULL");
  const [acme, globex] = [await server.as("Admin"), await server.as("Admin", "globex")];
  const failed = async (admin: TestClient) => (await admin.get("/failed-mails")).read(FailedMailList).items;
  await expect.poll(async () => (await failed(acme)).length, patience).toBe(1);
  const [letter] = await failed(acme);
  expect(letter).toMatchObject({ task: "send-password-link", userId: id, userName: "Mia Müller", attempts: 13 });
  expect(letter?.lastError).toContain("Not this one");
  expect(await failed(globex)).toEqual([]);
  expect((await globex.post(`/failed-mails/${letter?.id}/send`)).status).toBe(404);
  smtp.behave("take");
  expect((await acme.post(`/failed-mails/${letter?.id}/send`)).status).toBe(204);
  await mailTo("dead-letter@acme.test");
  expect(await failed(acme)).toEqual([]);
  expect((await acme.post(`/failed-mails/${letter?.id}/send`)).status).toBe(404);
});

test("the application's role reaches no table of the jobs, adds none that is unknown, and none for another company", async () => {
  const asApp = (text: string, tenant?: string) =>
    server.services.database.withTransaction((tx) => tx.sql(text, tenant === undefined ? [] : [tenant]));
  for (const text of ["SELECT * FROM graphile_worker._private_jobs", "SELECT graphile_worker.add_job('send-password-link')"])
    await expect(asApp(text)).rejects.toMatchObject({ cause: { code: "42501" } });
  await expect(asApp("SELECT add_job('send-password-link', '{}')")).rejects.toMatchObject({ statusCode: 400 });
  const inAcme = (text: string) => server.services.database.withTenant(server.tenants.acme.id, (tx) => tx.sql(text, []));
  await expect(inAcme("SELECT add_job('format-the-disk', '{}')")).rejects.toMatchObject({ statusCode: 400 });
  await stopWorker();
  try {
    await inAcme(`SELECT add_job('send-password-notice', '{"tenantId": "${server.tenants.globex.id}"}')`);
    expect(await server.sql("SELECT payload ->> 'tenantId' AS tenant FROM graphile_worker._private_jobs")).toEqual([
      { tenant: server.tenants.acme.id },
    ]);
    await server.sql("DELETE FROM graphile_worker._private_jobs");
  } finally {
    stopWorker = workFor(server);
  }
});

test("with the built-in database a mail is a file, readable by us only", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "mails-"));
  const own = await startTestServer("mails in a folder", { env: { DATA_DIR: dataDir } });
  const stop = workFor(own);
  try {
    const asked = await new TestClient(own.baseUrl).post("/auth/password-reset", { email: "viewer@acme.test" });
    expect(asked.read(PasswordResetRequested)).toEqual({ delivery: "FOLDER" });
    const folder = join(dataDir, "mail");
    const files = () => (readdirSync(dataDir).includes("mail") ? readdirSync(folder) : []);
    await expect.poll(() => files().length, patience).toBe(1);
    const file = join(folder, files()[0] ?? "");
    await expect.poll(() => readFileSync(file, "utf8"), patience).toContain("set-password");
    expect([statSync(folder).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(tokenIn(parsed(readFileSync(file, "utf8")).body)).toHaveLength(43);
  } finally {
    await stop();
    await own.close();
    rmSync(dataDir, { recursive: true });
  }
});
