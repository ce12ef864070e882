import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("health");
});
afterAll(() => server.close());

const megabytes = /^\d+\.\d\d MB$/;
const viaProxy = { "x-forwarded-for": "203.0.113.7" };
const keysOf = (json: unknown) => Object.keys(json as object).toSorted();

/** How often each check looked meanwhile. */
async function looksDuring(work: () => Promise<unknown>) {
  const looks = { checkDatabaseHealth: 0, pendingMigrations: 0, countJobs: 0 };
  const { checkDatabaseHealth, pendingMigrations, countJobs } = server.services;
  const counted = <T>(name: keyof typeof looks, look: () => Promise<T>) => {
    return () => {
      looks[name] += 1;
      return look();
    };
  };
  Object.assign(server.services, {
    checkDatabaseHealth: counted("checkDatabaseHealth", checkDatabaseHealth),
    pendingMigrations: counted("pendingMigrations", pendingMigrations),
    countJobs: counted("countJobs", countJobs),
  });
  await work();
  Object.assign(server.services, { checkDatabaseHealth, pendingMigrations, countJobs });
  return looks;
}

describe("the details of health", () => {
  test("are told on the machine itself, each field by its name", async () => {
    const { status, json } = await server.anonymous.get("/health");
    expect(status).toBe(200);
    expect(json).toEqual({
      status: "healthy",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      uptime: expect.any(Number) as number,
      version: server.services.settings.version,
      checks: {
        database: { status: "pass", responseTime: expect.any(Number) as number, message: "Database healthy" },
        migrations: { status: "pass", message: "Schema is current" },
        memory: {
          status: "pass",
          message: expect.stringMatching(/^Heap usage: \d+\.\d\d%$/) as string,
          details: {
            heapUsed: expect.stringMatching(megabytes) as string,
            heapTotal: expect.stringMatching(megabytes) as string,
            rss: expect.stringMatching(megabytes) as string,
          },
        },
        redis: { status: "pass", message: "Not set up" },
        circuitBreakers: expect.any(Object) as object,
        logSinks: {},
        rateLimits: {
          totalKeys: expect.any(Number) as number,
          totalRequests: expect.any(Number) as number,
          refused: expect.any(Number) as number,
        },
        jobs: { waiting: 0, failed: 0 },
      },
      metadata: { environment: "test", nodeVersion: process.version, platform: process.platform },
    });
  });

  test.each(["x-forwarded-for", "forwarded", "x-real-ip"])("but not over a proxy, by %s", async (name) => {
    const answer = await server.anonymous.get("/health", { [name]: "127.0.0.1" });
    expect([answer.status, keysOf(answer.json)]).toEqual([200, ["status", "timestamp"]]);
  });

  test("to an Admin from anywhere, and to nobody else", async () => {
    expect(keysOf((await (await server.as("Admin")).get("/health", viaProxy)).json)).toContain("checks");
    expect(keysOf((await (await server.as("Supervisor")).get("/health", viaProxy)).json)).not.toContain("checks");
  });
});

test("once a shutdown has begun it is alive and not ready, and asks every client to leave", async () => {
  expect((await server.anonymous.get("/health?type=ready")).status).toBe(200);
  server.services.lifecycle.draining = true;
  try {
    const [ready, live] = [await server.anonymous.get("/health?type=ready"), await server.anonymous.get("/health?type=live")];
    expect([ready.status, ready.json]).toMatchObject([503, { status: "unhealthy" }]);
    expect([live.status, live.headers.get("connection")]).toEqual([200, "close"]);
  } finally {
    server.services.lifecycle.draining = false;
  }
});

test("a service outside that is cut off makes health degraded, and the server no less ready", async () => {
  const { circuitBreakers } = server.services;
  const breaker = circuitBreakers.getBreaker("email-service");
  const healthNow = async () => {
    // A report is kept for a second.
    await new Promise((done) => setTimeout(done, 1_050));
    return await server.anonymous.get("/health");
  };
  breaker.open();
  const cutOff = await healthNow();
  expect([cutOff.status, cutOff.json]).toMatchObject([
    200,
    { status: "degraded", checks: { circuitBreakers: { "email-service": { status: "warn", state: "OPEN", failureCount: 0 } } } },
  ]);
  expect((await server.anonymous.get("/health?type=ready")).status).toBe(200);
  breaker.close();
  expect((await healthNow()).json).toMatchObject({
    status: "healthy",
    checks: { circuitBreakers: { "email-service": { status: "pass", state: "CLOSED", failureCount: 0 } } },
  });
});

test("a thousand breakers of others make nobody forget those of the database and of mail", async () => {
  const env = { SMTP_URL: "smtp://127.0.0.1:9", MAIL_FROM: "stock@acme.test" };
  const crowded = await startTestServer("health", { beside: server, env });
  try {
    const { circuitBreakers } = crowded.services;
    const kept = () => [circuitBreakers.find("database"), circuitBreakers.find("email-service")];
    const before = kept();
    expect(before).not.toContain(undefined);
    for (let host = 0; host < 1_100; host++) circuitBreakers.getBreaker(`hook of ${host}`);
    expect(Object.keys(circuitBreakers.getHealthStatus())).toHaveLength(1_000);
    expect(kept()).toEqual(before);
  } finally {
    await crowded.close();
  }
});

test("however often health is asked for, the checks run once a second", async () => {
  const startedAt = performance.now();
  const looks = await looksDuring(async () => {
    for (let round = 0; round < 20; round++)
      await Promise.all(["", "?type=ready", "?type=live"].map((type) => server.anonymous.get(`/health${type}`)));
  });
  const seconds = Math.ceil((performance.now() - startedAt) / 1_000);
  for (const count of Object.values(looks)) expect(count).toBeLessThanOrEqual(seconds + 1);
});

test("whether the process lives is answered by nothing but the process", async () => {
  // A report is kept for a second.
  await new Promise((done) => setTimeout(done, 1_050));
  let looks = {};
  const statements = await server.statements(async () => {
    looks = await looksDuring(async () => {
      const { status, json } = await server.anonymous.get("/health?type=live");
      expect([status, keysOf(json)]).toEqual([200, ["status", "timestamp"]]);
    });
  });
  expect([statements, looks]).toEqual([[], { checkDatabaseHealth: 0, pendingMigrations: 0, countJobs: 0 }]);
  expect(await looksDuring(() => server.anonymous.get("/health?type=ready"))).toMatchObject({ checkDatabaseHealth: 1 });
});

test("a pool without a free connection makes nobody wait for health, and the server no less ready", async () => {
  const busy = await startTestServer("health busy", { beside: server, env: { DB_CONNECTION_LIMIT: "2" } });
  const { promise: over, resolve: letGo } = Promise.withResolvers<void>();
  try {
    const admin = await busy.as("Admin");
    const held = [1, 2].map(() => busy.services.database.withTenant(server.tenants.acme.id, () => over, { readOnly: true }));
    await expect.poll(() => busy.services.database.statistics()).toMatchObject({ connections: 2, idle: 0 });
    const startedAt = performance.now();
    const [ready, whole, outside] = await Promise.all([
      busy.anonymous.get("/health?type=ready"),
      busy.anonymous.get("/health"),
      // Whose session cannot be looked up now.
      admin.get("/health", viaProxy),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect([ready.status, outside.status, keysOf(outside.json)]).toEqual([200, 200, ["status", "timestamp"]]);
    expect([whole.status, whole.json]).toMatchObject([
      200,
      { status: "healthy", checks: { database: { status: "pass" }, migrations: { status: "pass" }, jobs: { waiting: 0 } } },
    ]);
    letGo();
    await Promise.all(held);
  } finally {
    letGo();
    await busy.close();
  }
});

test("a migration that is not in makes it unready", async () => {
  const { services } = server;
  const { pendingMigrations } = services;
  await new Promise((done) => setTimeout(done, 1_050));
  services.pendingMigrations = async () => ["0099_not_in.sql"];
  try {
    expect((await server.anonymous.get("/health?type=ready")).status).toBe(503);
    const whole = await server.anonymous.get("/health");
    const migrations = { status: "fail", message: "Not applied: 0099_not_in.sql" };
    expect([whole.status, whole.json]).toMatchObject([200, { status: "degraded", checks: { migrations } }]);
  } finally {
    services.pendingMigrations = pendingMigrations;
    await new Promise((done) => setTimeout(done, 1_050));
  }
});

test("health asks nothing of the limits, and is in nobody's way", async () => {
  const before = await server.services.limiter.getRateLimitStats();
  for (const type of ["", "?type=live", "?type=ready"]) {
    const { headers } = await server.anonymous.get(`/health${type}`);
    expect([...headers.keys()].filter((name) => name.includes("ratelimit"))).toEqual([]);
  }
  expect(await server.services.limiter.getRateLimitStats()).toEqual(before);
});

describe("without a database", () => {
  test("it lives, is not ready and unhealthy, and says so in time to whoever asks", async () => {
    const lost = await startTestServer("health lost", { env: { DATABASE_URL: "postgresql://nobody:nothing@127.0.0.1:1/nothing" } });
    try {
      const asked = (type: string, headers = {}) => lost.anonymous.get(`/health${type}`, headers);
      expect((await asked("?type=live")).status).toBe(200);
      expect((await asked("?type=ready")).status).toBe(503);
      const whole = await asked("");
      expect([whole.status, whole.json]).toMatchObject([
        503,
        { status: "unhealthy", checks: { database: { status: "fail" }, migrations: { status: "fail" }, memory: { status: "pass" } } },
      ]);
      // A signed cookie, which nobody can look up now.
      const { cookie = "" } = await lost.as("Admin");
      const outside = await asked("", { ...viaProxy, cookie });
      expect([outside.status, keysOf(outside.json)]).toEqual([503, ["status", "timestamp"]]);
    } finally {
      await lost.close();
    }
  });
});
