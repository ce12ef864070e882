import { afterAll, beforeAll, expect, test } from "vitest";
import { keepLines } from "#tests/support/log-lines.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// Every query is slow where the bound is nothing.

const log = keepLines();
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("slow queries", { env: { DB_SLOW_QUERY_MS: "0", LOG_LEVEL: "warn" }, log });
});
afterAll(() => server.close());

test("a slow query is told with its SQL, its time, the request it belongs to, and the types of its parameters, not their values", async () => {
  const supervisor = await server.as("Supervisor");
  log.forget();
  const answer = await supervisor.get("/inventory/items?search=Nightingale");
  expect(answer.status).toBe(200);
  const slow = log.lines().filter(({ message }) => message === "Slow query detected");
  const search = slow.find(({ metadata }) => String(metadata?.["query"]).includes("search_items"));
  expect(search).toMatchObject({ level: "warn", context: { requestId: answer.headers.get("x-request-id") } });
  expect(search?.duration).toBeGreaterThan(0);
  expect(search?.metadata?.["parameterTypes"]).toContain("string");
  expect(log.texts.join("")).not.toContain("Nightingale");
});

test.each<[string, string | undefined, Record<string, string>]>([
  ["in development, at debug", "debug", { NODE_ENV: "development" }],
  ["where it is asked for, at info", "info", { LOG_QUERIES: "true" }],
  ["nowhere else", undefined, {}],
])("every query is a line of the log, without its values: %s", async (_, level, env) => {
  const lines = keepLines();
  const beside = await startTestServer("queries", { beside: server, env, log: lines });
  try {
    const viewer = await beside.newSession("acme", server.tenants.acme.users.Viewer.id);
    const answer = await viewer.get("/inventory/items?search=Nightingale");
    expect(answer.status).toBe(200);
    const queries = lines.lines().filter(({ metadata }) => metadata?.["eventType"] === "query");
    expect([...new Set(queries.map((line) => line.level))]).toEqual(level === undefined ? [] : [level]);
    const search = queries.find(({ metadata }) => String(metadata?.["query"]).includes("search_items"));
    expect(search?.context["requestId"]).toBe(level === undefined ? undefined : answer.headers.get("x-request-id"));
    expect(lines.texts.filter((text) => text.includes("Nightingale") && !text.includes('"path"'))).toEqual([]);
  } finally {
    await beside.close();
  }
});
