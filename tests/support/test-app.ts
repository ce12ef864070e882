import pg from "pg";
import { type Role, User } from "#contract/identity.ts";
import type { DatabaseOptions } from "#platform/database/database.ts";
import { createLogger } from "#platform/logger.ts";
import { hashPassword } from "#platform/passwords.ts";
import type { Services } from "#platform/services.ts";
import { loadConfig } from "#server/config.ts";
import { listen } from "#server/listen.ts";
import { createServices } from "#server/services.ts";
import { provisionTenant, testPassword, type TenantCode, type TestTenant } from "./fixtures.ts";
import { type Answer, TestClient } from "./test-client.ts";
import { createTestDatabase } from "./test-database.ts";

export interface TestServer {
  baseUrl: string;
  services: Services;
  appUrl: string;
  ownerUrl: string;
  /** Two companies alike: sites, locations and a user of each role. */
  tenants: Record<TenantCode, TestTenant>;
  /** Signed in, over a session put into the database; the same one for the same arguments. */
  as(role: Role, tenant?: TenantCode): Promise<TestClient>;
  /** A session more for a user, without the slow password. */
  newSession(tenant: TenantCode, userId: string): Promise<TestClient>;
  /** Makes someone a member, as the Admin does, and gives them a password without the invitation's link. */
  addUser(
    tenant: TenantCode,
    person: { email: string; name: string; role: Role; siteIds?: readonly string[] },
    password?: string,
  ): Promise<User>;
  /** Not signed in. */
  anonymous: TestClient;
  /** A real sign-in; the client is signed in when the answer is 200. */
  signIn(email: string, password: string, tenant?: string): Promise<{ answer: Answer; client: TestClient }>;
  /** Runs `work` and tells every SQL statement that the server sent meanwhile, except BEGIN and COMMIT. */
  statements(work: () => Promise<unknown>): Promise<string[]>;
  /** A query as the database's owner, who sees every tenant. */
  sql<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

type World = Pick<TestServer, "appUrl" | "ownerUrl" | "tenants">;

const unlimited = "1000000/1m";
const settings = {
  NODE_ENV: "test",
  PORT: "0",
  LOG_LEVEL: "silent",
  WEB_ROOT: "tests/support/no-web",
  SESSION_SECRET: "a secret that nothing but tests ever uses",
  OPERATOR_TENANT: "acme",
  RATE_LIMIT_AUTH: unlimited,
  RATE_LIMIT_API: unlimited,
  RATE_LIMIT_WRITE: unlimited,
  RATE_LIMIT_SENSITIVE: unlimited,
};

export interface TestServerOptions {
  env?: Record<string, string>;
  /** Another server, whose database this one works on as well. */
  beside?: World;
  database?: Pick<DatabaseOptions, "answerTimeoutMs">;
  /** Takes every line of the log, from debug on. */
  log?: { write(line: string): void };
}

/** The whole server on a port and a database of its own: HTTP in, PostgreSQL behind. Close it after the file's tests. */
export async function startTestServer(
  label: string,
  { env = {}, beside, log, database = {} }: TestServerOptions = {},
): Promise<TestServer> {
  const { appUrl, ownerUrl, tenants } = beside ?? (await makeWorld(label));
  const config = loadConfig({ ...settings, DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, ...env });
  let sent: string[] = [];
  const made = createServices(config, createLogger(log ? { level: "debug", destination: log } : { level: config.log.level }), {
    observe: (text) => void sent.push(text),
    ...database,
  });
  const { services } = made;
  const server = await listen(config, services);
  const baseUrl = `http://127.0.0.1:${server.port}`;
  const owner = new pg.Pool({ connectionString: ownerUrl, max: 2 });
  // The database may be dropped before the last idle connection is closed.
  owner.on("error", () => undefined);
  const sql = async <Row>(text: string, values: readonly unknown[] = []) => (await owner.query(text, [...values])).rows as Row[];

  const newSession = async (tenant: TenantCode, userId: string) =>
    new TestClient(baseUrl, await putSession(sql, services, tenants[tenant].id, userId));
  const clients = new Map<string, Promise<TestClient>>();
  const as = (role: Role, tenant: TenantCode = "acme") => {
    const known = clients.get(`${tenant} ${role}`) ?? newSession(tenant, tenants[tenant].users[role].id);
    clients.set(`${tenant} ${role}`, known);
    return known;
  };

  return {
    baseUrl,
    services,
    appUrl,
    ownerUrl,
    tenants,
    newSession,
    sql,
    anonymous: new TestClient(baseUrl),
    as,
    addUser: async (tenant, person, password = testPassword) => {
      const user = (await (await as("Admin", tenant)).post("/users", person)).read(User);
      await givePassword(sql, tenants[tenant].id, user.id, password);
      return user;
    },
    signIn: async (email, password, tenant) => {
      const answer = await new TestClient(baseUrl).post("/auth/login", { email, password, ...(tenant === undefined ? {} : { tenant }) });
      return { answer, client: new TestClient(baseUrl, answer.headers.get("set-cookie")?.split(";")[0]) };
    },
    statements: async (work) => {
      sent = [];
      await work();
      return sent;
    },
    close: async () => {
      await server.drain();
      await Promise.all([made.close(), owner.end()]);
    },
  };
}

async function makeWorld(label: string): Promise<World> {
  const { appUrl, ownerUrl } = await createTestDatabase(label);
  return {
    appUrl,
    ownerUrl,
    tenants: { acme: await provisionTenant(ownerUrl, "acme"), globex: await provisionTenant(ownerUrl, "globex") },
  };
}

type Sql = TestServer["sql"];

/** Answers the cookie. */
async function putSession(sql: Sql, { sessions }: Services, tenantId: string, userId: string): Promise<string | undefined> {
  const { tokenHash, setCookie } = sessions.issue(3_600);
  await sql("INSERT INTO session (tenant_id, user_id, token_hash, expires_at) VALUES ($1, $2, $3, now() + interval '7 days')", [
    tenantId,
    userId,
    tokenHash,
  ]);
  return setCookie.split(";")[0];
}

async function givePassword(sql: Sql, tenantId: string, userId: string, password: string): Promise<void> {
  const [found] = await sql<{ salt: Buffer }>("SELECT password_salt AS salt FROM app_user WHERE id = $1", [userId]);
  const hash = await hashPassword(password, found?.salt ?? Buffer.alloc(0));
  await sql("INSERT INTO member_password (tenant_id, user_id, password_hash) VALUES ($1, $2, $3)", [tenantId, userId, hash]);
}
