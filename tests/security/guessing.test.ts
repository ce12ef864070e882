import { hash as bcrypt } from "@node-rs/bcrypt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inHashingQueue, waitingToHash } from "#platform/hashing-queue.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { rawRequest } from "#tests/support/raw-request.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// Guesses at one account, from however many addresses and processes. Time passes by the rows' being moved into the past.

let server: TestServer;
/** A second process on the same database. */
let other: TestServer;
const env = { RATE_LIMIT_AUTH: "5/15m", RATE_LIMIT_BLOCK: "100000/10m", TRUSTED_PROXIES: "127.0.0.1" };
beforeAll(async () => {
  server = await startTestServer("guessing", { env });
  other = await startTestServer("guessing, second process", { env, beside: server });
});
afterAll(() => Promise.all([server.close(), other.close()]));

let addresses = 0;
const newAddress = () => {
  addresses += 1;
  return `198.51.${100 + (addresses >> 8)}.${addresses & 255}`;
};
const signIn = async (email: string, password: string, from: string = newAddress(), on: TestServer = server) => {
  const { status, text, headers } = await rawRequest(on.baseUrl, {
    method: "POST",
    path: "/api/v1/auth/login",
    headers: { "content-type": "application/json", "x-forwarded-for": from },
    body: JSON.stringify({ email, password }),
  });
  return { status, text, headers, retryAfter: Number(headers.get("retry-after") ?? 0) };
};
const wrong = "Wrong-Horse-77";
const guess = (email: string, from?: string, on?: TestServer) => signIn(email, wrong, from, on);
const passTime = (seconds: number) =>
  server.sql("UPDATE sign_in_attempt SET attempted_at = attempted_at - make_interval(secs => $1)", [seconds]);
let made = 0;
const account = async () => {
  made += 1;
  const email = `target-${made}@acme.test`;
  await server.addUser("acme", { email, name: "Target", role: "Viewer" });
  return email;
};
const unknown = () => {
  made += 1;
  return Promise.resolve(`nobody-${made}@acme.test`);
};

describe.each([
  ["of someone", account],
  ["that nobody has", unknown],
])("an account %s", (_, emailOf) => {
  test("takes five guesses, from as many addresses; then each one doubles the wait, up to half an hour", async () => {
    const email = await emailOf();
    for (let time = 0; time < 5; time++) expect((await guess(email)).status).toBe(401);
    const waits: number[] = [];
    for (let time = 0; time < 8; time++) {
      const refused = await guess(email);
      expect(refused.status).toBe(429);
      waits.push(refused.retryAfter);
      // After exactly that a guess is taken again.
      await passTime(refused.retryAfter);
      expect((await guess(email)).status).toBe(401);
    }
    // Less the moments that passed since the guess before.
    const most = [60, 120, 240, 480, 960, 1_800, 1_800, 1_800];
    expect(waits.map((wait, index) => wait <= (most[index] ?? 0) && wait > (most[index] ?? 0) * 0.8)).toEqual(most.map(() => true));
  });

  test("takes no more than 20 guesses in any hour from any number of addresses and processes, known ones among them", async () => {
    const email = await emailOf();
    const home = newAddress();
    await signIn(email, testPassword, home);
    const taken: number[] = [];
    for (let second = 0; second < 3 * 3_600; second += 50) {
      const all = [guess(email), guess(email, newAddress(), other), guess(email, second < 3_600 ? home : newAddress())];
      for (const { status } of await Promise.all(all)) if (status === 401) taken.push(second);
      await passTime(50);
    }
    const inAnHour = taken.map((start) => taken.filter((at) => at >= start && at < start + 3_600).length);
    expect(Math.max(...inAnHour)).toBeLessThanOrEqual(20);
    expect(taken.length).toBeGreaterThan(10);
  }, 60_000);

  test("is as open to many guesses at once, on two processes, as to one after the other", async () => {
    const email = await emailOf();
    const all = Array.from({ length: 40 }, (_unused, index) => guess(email, newAddress(), index % 2 ? server : other));
    const answers = await Promise.all(all);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    for (const { status } of answers) expect([401, 429, 503]).toContain(status);
  });
});

test("a stranger cannot keep the owner out: from where they signed in before they get in at once, after a restart too", async () => {
  const [email, home] = [await account(), newAddress()];
  expect((await signIn(email, testPassword, home)).status).toBe(200);
  for (let time = 0; time < 6; time++) await guess(email);
  expect((await signIn(email, testPassword, newAddress())).status).toBe(429);
  for (const on of [server, other]) expect((await signIn(email, testPassword, home, on)).status).toBe(200);
});

test("a refusal tells how the account stands, not the address that asks", async () => {
  const email = await account();
  for (let time = 0; time < 5; time++) await guess(email);
  const { status, headers, retryAfter } = await guess(email);
  expect([status, headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-remaining")]).toEqual([429, "5", "0"]);
  expect(headers.get("ratelimit-policy")).toBe('"account";q=5;w=900');
  expect(headers.get("ratelimit")).toBe(`"account";r=0;t=${retryAfter}`);
  const reset = Date.parse(headers.get("x-ratelimit-reset") ?? "") - Date.now();
  expect(Math.abs(reset - retryAfter * 1_000)).toBeLessThan(5_000);
});

test("an address is known by its /64, and for the account that signed in from it only", async () => {
  const [email, second] = [await account(), await account()];
  expect((await signIn(email, testPassword, "2001:db8:9:9::1")).status).toBe(200);
  for (const each of [email, second]) for (let time = 0; time < 6; time++) await guess(each);
  expect((await signIn(email, testPassword, "2001:db8:9:9:aaaa::77")).status).toBe(200);
  expect((await signIn(second, testPassword, "2001:db8:9:9::1")).status).toBe(429);
});

test("a right password that is only asked for the company makes no address known", async () => {
  const [email, home] = [await account(), newAddress()];
  await server.addUser("globex", { email, name: "Target", role: "Viewer" });
  expect((await signIn(email, testPassword, home)).status).toBe(400);
  for (let time = 0; time < 6; time++) await guess(email);
  expect((await signIn(email, testPassword, home)).status).toBe(429);
});

test("guesses from a known address are counted too, and apart", async () => {
  const [email, home] = [await account(), newAddress()];
  await signIn(email, testPassword, home);
  for (let time = 0; time < 5; time++) expect((await guess(email, home)).status).toBe(401);
  const refused = await guess(email, home);
  expect(refused.status).toBe(429);
  expect(refused.text).toMatch(/RATE_LIMITED/);
  expect((await guess(email)).status).toBe(401);
});

test("success is not counted, and makes no guess undone", async () => {
  const [email, home] = [await account(), newAddress()];
  for (let time = 0; time < 12; time++) expect((await signIn(email, testPassword, home)).status).toBe(200);
  for (let time = 0; time < 4; time++) await guess(email);
  expect((await signIn(email, testPassword, newAddress())).status).toBe(200);
  expect((await guess(email)).status).toBe(401);
  expect((await guess(email)).status).toBe(429);
});

test("guesses are forgotten after a day", async () => {
  const email = await account();
  for (let time = 0; time < 6; time++) await guess(email);
  await passTime(24 * 3_600);
  for (let time = 0; time < 5; time++) expect((await guess(email)).status).toBe(401);
  await server.sql("UPDATE sign_in_attempt SET attempted_at = now() - interval '25 hours'");
  await server.services.database.query("SELECT forget_expired()");
  expect(await server.sql("SELECT 1 FROM sign_in_attempt")).toEqual([]);
});

test("neither an address nor who signs in can be read from what is kept, and no more than ten addresses are", async () => {
  const email = await account();
  for (let time = 0; time < 13; time++) await signIn(email, testPassword, `203.0.113.${time}`);
  const rows = await server.sql<{ row: string }>(
    "SELECT k::text AS row FROM known_source k WHERE account_hash = sha256(convert_to($1, 'UTF8'))",
    [email],
  );
  expect(rows).toHaveLength(10);
  for (const { row } of rows) expect(row).not.toMatch(/203\.0\.113|acme/);
  // The newest are kept.
  for (let time = 0; time < 6; time++) await guess(email);
  expect((await signIn(email, testPassword, "203.0.113.12")).status).toBe(200);
  expect((await signIn(email, testPassword, "203.0.113.0")).status).toBe(429);
});

test("a wrong current password counts like a wrong guess: a stolen session guesses no further", async () => {
  const email = await account();
  const { client } = await server.signIn(email, testPassword);
  for (let time = 0; time < 5; time++)
    expect((await client.put("/auth/password", { currentPassword: wrong, newPassword: "Blue-Forklift-42" })).status).toBe(400);
  const refused = await client.put("/auth/password", { currentPassword: testPassword, newPassword: "Blue-Forklift-42" });
  expect(refused.error).toMatchObject({ statusCode: 429, code: "RATE_LIMITED" });
  expect((await client.get("/auth/me")).status).toBe(200);
});

test("what an attempt left behind when its process died counts as a guess after a minute, and blocks nobody for ever", async () => {
  const email = await unknown();
  await server.sql(
    "INSERT INTO sign_in_attempt (account_hash, from_known) SELECT sha256(convert_to($1, 'UTF8')), false FROM generate_series(1, 5)",
    [email],
  );
  await passTime(61);
  expect((await guess(email)).status).toBe(401);
  expect((await guess(email)).status).toBe(429);
});

test("a wrong guess counts, however busy those are who hash", async () => {
  const [email, elsewhere] = [await account(), await account()];
  await server.sql("UPDATE member_password SET password_hash = $2 WHERE user_id = (SELECT id FROM app_user WHERE email = $1)", [
    elsewhere,
    await bcrypt(testPassword, 10),
  ]);
  const [begin, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held = [1, 2].map(() => inHashingQueue(() => begin.promise));
  const answer = guess(email);
  // It waits behind those who hold the queue; behind those who fill it, it would wait for ever.
  await expect.poll(waitingToHash, { timeout: 20_000, interval: 5 }).toBe(1);
  // From now on the queue is full, whoever leaves it.
  const filling = setInterval(() => void inHashingQueue(() => end.promise).catch(() => undefined));
  await expect.poll(waitingToHash, { timeout: 20_000, interval: 5 }).toBe(50);
  begin.resolve();
  expect((await answer).status).toBe(401);
  clearInterval(filling);
  end.resolve();
  await Promise.all(held);
  for (let time = 0; time < 4; time++) expect((await guess(email)).status).toBe(401);
  expect((await guess(email)).status).toBe(429);
});
