import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("failures", { env: { NODE_ENV: "production" } });
});
afterAll(() => server.close());

test("in production a failure of ours tells nothing of what failed", async () => {
  await server.sql("ALTER TABLE supplier RENAME TO supplier_elsewhere");
  const answer = await (await server.as("Admin")).get("/purchasing/suppliers");
  expect(answer.error).toMatchObject({ statusCode: 500, code: "DATABASE_ERROR", message: "The database refused this" });
  expect(answer.error).not.toHaveProperty("stack");
  expect(answer.text).not.toMatch(/supplier_|SELECT|relation|node_modules|\.ts\b|kysely|postgres/i);
});
