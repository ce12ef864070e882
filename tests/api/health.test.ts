import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("health");
});
afterAll(() => server.close());

const viaProxy = { "x-forwarded-for": "203.0.113.7" };
const keysOf = (json: unknown) => Object.keys(json as object).toSorted();

describe("the details of health", () => {
  test("are told on the machine itself", async () => {
    const answer = await server.anonymous.get("/health");
    expect(answer.json).toMatchObject({ status: "healthy", checks: { database: { status: "pass" }, migrations: { status: "pass" } } });
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
