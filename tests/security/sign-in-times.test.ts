import { hash as bcrypt } from "@node-rs/bcrypt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { median, rankTest } from "#scripts/rank-test.ts";
import { testPasswordHash } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { indistinguishable } from "#tests/support/test-client.ts";

// 1,000 of each kind, interleaved. A fair comparison is told apart once in a hundred by chance: it has three tries. One that is not
// fair is told apart in each of them.

const pairs = 500;
const warmUps = 10;
const tries = 3;

let server: TestServer;
const accounts = Array.from({ length: pairs }, (_, index) => ({
  known: `someone-${index}@acme.test`,
  unknown: `no-body-${index}@acme.test`,
}));
beforeAll(async () => {
  server = await startTestServer("sign-in times");
  await server.sql(
    `WITH person AS (INSERT INTO app_user (email, password_salt) SELECT unnest($1::text[]), decode($3, 'base64') RETURNING id),
          member AS (INSERT INTO membership (tenant_id, user_id, name, role) SELECT $2, id, 'Someone', 'Viewer' FROM person RETURNING user_id)
     SELECT 1`,
    [accounts.map(({ known }) => known), server.tenants.acme.id, `${testPasswordHash.split("$")[4]}==`],
  );
  await server.sql(
    "INSERT INTO member_password (tenant_id, user_id, password_hash) SELECT tenant_id, user_id, $2 FROM membership WHERE tenant_id = $1 AND name = 'Someone'",
    [server.tenants.acme.id, testPasswordHash],
  );
});
afterAll(() => server.close());

/** Asks for each pair in a random order, one after the other; answers the times of both, and what all were told. */
async function compare(ask: (email: string) => Promise<string>, among = accounts) {
  const times = { known: [] as number[], unknown: [] as number[] };
  const told = new Set<string>();
  for (const account of among) {
    for (const which of Math.random() < 0.5 ? (["known", "unknown"] as const) : (["unknown", "known"] as const)) {
      const startedAt = performance.now();
      told.add(await ask(account[which]));
      times[which].push(performance.now() - startedAt);
    }
  }
  return { times, told };
}

/** Tries until the times of one comparison cannot be told apart. Answers how sure one may be then. */
async function likeness(ask: (email: string) => Promise<string>, among = accounts): Promise<number> {
  const found: number[] = [];
  for (let time = 0; time < tries && (found.at(-1) ?? 0) <= 0.01; time++) {
    const { times, told } = await compare(ask, among);
    expect(told.size).toBe(1);
    found.push(rankTest(times.known, times.unknown));
    if (found.at(-1)! <= 0.01) console.log(`Told apart: medians ${median(times.known)} and ${median(times.unknown)} ms, p ${found.at(-1)}`);
  }
  return found.at(-1) ?? 0;
}
const signIn = (email: string) => server.anonymous.post("/auth/login", { email, password: "Wrong-Horse-7" });
const said = async (answer: ReturnType<typeof signIn>) => `${(await answer).status} ${indistinguishable(await answer)}`;

test.each([
  ["a sign-in", signIn],
  ["asking for a new password", (email: string) => server.anonymous.post("/auth/password-reset", { email })],
])(
  "neither the answer of %s nor its time tells who has an account",
  async (_, ask) => {
    await compare((email) => said(ask(email)), accounts.slice(0, warmUps));
    expect(await likeness((email) => said(ask(email)))).toBeGreaterThan(0.01);
  },
  300_000,
);

// The cost of what came from elsewhere is 12; of 8 and 7 a thousand guesses are made sooner, and differ by as much of the whole.
test.each([
  ["the highest", 8],
  ["a lower", 7],
])(
  "nor does a sign-in tell whose hash is still of bcrypt, of %s cost there is",
  async (_, cost) => {
    const among = accounts.slice(0, 100);
    const set = async (emails: readonly string[], hash: string) =>
      await server.sql("UPDATE member_password SET password_hash = $2 WHERE user_id IN (SELECT id FROM app_user WHERE email = ANY ($1))", [
        emails,
        hash,
      ]);
    await set(["viewer@acme.test"], await bcrypt("Correct-Horse-7", 8));
    await set(
      among.map(({ known }) => known),
      await bcrypt("Correct-Horse-7", cost),
    );
    expect(await likeness((email) => said(signIn(email)), among)).toBeGreaterThan(0.01);
  },
  300_000,
);
