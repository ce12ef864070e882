import { afterAll, beforeAll, expect, test } from "vitest";
import { keepLines } from "#tests/support/log-lines.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { startHousekeeping } from "./housekeeping.ts";

const log = keepLines();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("housekeeping", { log });
});
afterAll(() => server.close());

const addExpired = () =>
  server.sql("INSERT INTO session (tenant_id, user_id, token_hash, expires_at) VALUES ($1, $2, sha256(random()::text::bytea), now())", [
    server.tenants.acme.id,
    server.tenants.acme.users.Viewer.id,
  ]);
const expired = async () => (await server.sql("SELECT 1 FROM session WHERE expires_at <= now()")).length;
const warnings = () => log.lines().filter(({ level }) => level === "warn");

test("what has run out is forgotten, again and again, until it is stopped", async () => {
  const stop = startHousekeeping(server.services, { firstMs: 0, everyMs: 100 });
  for (let round = 0; round < 2; round++) {
    await addExpired();
    await expect.poll(expired).toBe(0);
  }
  stop();
  expect(warnings()).toEqual([]);
  await new Promise((done) => setTimeout(done, 2_000));
  await addExpired();
  await new Promise((done) => setTimeout(done, 300));
  expect(await expired()).toBe(1);
});

test("what fails is told, and keeps nothing else from being done", async () => {
  await server.sql("ALTER FUNCTION close_ledger_days(date) RENAME TO close_ledger_days_away");
  await server.sql("ALTER FUNCTION forget_expired() RENAME TO forget_expired_away");
  const stop = startHousekeeping(server.services, { firstMs: 0, everyMs: 3_600_000 });
  const told = () => warnings().map(({ message }) => message);
  await expect.poll(told).toEqual(["Expired sessions could not be forgotten", "Past days could not be closed"]);
  stop();
});
