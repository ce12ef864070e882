import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Me } from "#contract/identity.ts";
import { tokenIn } from "#tests/support/mail-server.ts";
import { testPassword } from "#tests/support/fixtures.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("create tenant");
});
afterAll(() => server.close());

async function run(
  args: readonly string[],
  input = "",
  environment: NodeJS.ProcessEnv = {},
  script = "scripts/create-tenant.ts",
): Promise<{ code: number | null; out: string; problems: string }> {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, DATABASE_URL: server.appUrl, DATABASE_OWNER_URL: server.ownerUrl, ...environment },
  });
  child.stdin.end(input);
  const [out, problems, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((done) => void child.once("close", done)),
  ]);
  return { code, out, problems };
}

test("makes a company whose Admin signs in with the password that it shows", async () => {
  const { code, out } = await run([
    "--code",
    "Initech",
    "--name",
    "Initech",
    "--email",
    "Bill@Initech.example",
    "--currency",
    "USD",
    "--time-zone",
    "America/Chicago",
    "--site",
    "tx-1",
    "--site-name",
    "Texas",
  ]);
  expect(code).toBe(0);
  const password = /with the password (\S+)/.exec(out)?.[1] ?? "";
  const { answer, client } = await server.signIn("bill@initech.example", password);
  expect(answer.read(Me)).toMatchObject({
    tenant: { code: "initech", currency: "USD", timeZone: "America/Chicago" },
    role: "Admin",
    sites: [{ code: "TX-1", name: "Texas", active: true }],
  });
  // Work can begin: a first place, a first item.
  const [site] = answer.read(Me).sites;
  expect((await client.post(`/sites/${site?.id}/locations`, { code: "A-01", type: "STORAGE" })).status).toBe(201);
  expect((await client.post("/inventory/items", { sku: "A", name: "First" })).status).toBe(201);
});

test("takes the password from standard input and does not show it", async () => {
  const { code, out } = await run(
    ["--code", "hooli", "--name", "Hooli", "--email", "gavin@hooli.example", "--password-stdin"],
    "Correct-Horse-9\n",
  );
  expect(code).toBe(0);
  expect(out).not.toContain("Correct-Horse-9");
  expect((await server.signIn("gavin@hooli.example", "Correct-Horse-9")).answer.status).toBe(200);
});

test("refuses a password with every fault at once, the company's own name too", async () => {
  const args = ["--code", "umbra", "--name", "Umbra Ltd", "--email", "ann@umbra.example", "--password-stdin"];
  const { code, problems } = await run(args, "umbra ltd\n");
  expect(code).toBe(1);
  expect(problems).toContain("Password must be at least 12 characters long\nPassword must contain at least 3 of");
  expect(problems).toContain("Password must not be your company's name");
  expect((await server.sql("SELECT 1 FROM tenant WHERE code = 'umbra'")).length).toBe(0);
});

test("an Admin who is locked out gets a link on the machine, which sets a new password once", async () => {
  const args = ["--tenant", "acme", "--email", "Admin@acme.test", "--public-url", "https://stock.example"];
  const { code, out } = await run(args, "", {}, "scripts/password-link.ts");
  expect(code).toBe(0);
  expect(out).toContain("https://stock.example/set-password#");
  const password = "Blue-Forklift-42";
  const confirm = () => server.anonymous.post("/auth/password-reset/confirm", { token: tokenIn(out), password });
  expect((await confirm()).status).toBe(200);
  expect((await confirm()).status).toBe(401);
  expect((await server.signIn("admin@acme.test", password)).answer.status).toBe(200);
  const nobody = await run(["--tenant", "acme", "--email", "nobody@acme.test"], "", {}, "scripts/password-link.ts");
  expect([nobody.code, nobody.problems.trim()]).toEqual([1, "Nobody with this address is an active member of acme"]);
});

test("someone known from another company gets a password for this one, and keeps theirs there", async () => {
  const known = server.tenants.acme.users.Viewer.email;
  const { out } = await run(["--code", "umbrella", "--name", "Umbrella", "--email", known]);
  const password = /with the password (\S+)/.exec(out)?.[1] ?? "";
  expect((await server.signIn(known, password)).answer.read(Me)).toMatchObject({ tenant: { code: "umbrella" }, role: "Admin" });
  expect((await server.signIn(known, testPassword)).answer.read(Me)).toMatchObject({ tenant: { code: "acme" }, role: "Viewer" });
  const [salts] = await server.sql("SELECT count(DISTINCT split_part(password_hash, '$', 5))::int AS count FROM find_sign_in($1)", [known]);
  expect(salts).toEqual({ count: 1 });
});

test.each<[string[], string, RegExp]>([
  [[], "", /--code: Is required\n--name: Is required\n--email: Is required/],
  [["--code", "a b", "--name", "X", "--email", "nowhere"], "", /--code: Must be letters.*\n--email: Must be an e-mail address/],
  [["--code", "acme", "--name", "X", "--email", "a@b.example"], "", /There is a company acme already/],
  [["--code", "weak", "--name", "X", "--email", "a@b.example", "--password-stdin"], "weak123", /at least 12 characters/],
  [["--nonsense"], "", /nonsense/],
])("%j is refused and makes nothing", async (args, input, problem) => {
  const { code, problems } = await run(args, input);
  expect(code).toBe(1);
  expect(problems).toMatch(problem);
  const tenants = await server.sql<{ code: string }>("SELECT code FROM tenant WHERE code IN ('weak', 'a b')");
  expect(tenants).toEqual([]);
});

test("with one of the two addresses missing it does not turn to another database", async () => {
  const { code, problems } = await run(["--code", "lost", "--name", "X", "--email", "a@b.example"], "", { DATABASE_OWNER_URL: "" });
  expect({ code, problems }).toEqual({
    code: 1,
    problems: "DATABASE_OWNER_URL is missing: with DATABASE_URL set, the owner's address is needed too\n",
  });
});
