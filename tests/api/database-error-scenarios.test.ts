import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ErrorBody } from "#contract/errors.ts";
import { createLogger } from "#platform/logger.ts";
import { mountRoutes } from "#platform/http/mount.ts";
import { createSecureRoute, everyRole } from "#platform/http/route.ts";
import { loadConfig } from "#server/config.ts";
import { createServices } from "#server/services.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// What a client gets when the database refuses or fails. The failures are PostgreSQL's own, raised in it or brought about in it,
// on their way through the whole of a route.

let server: TestServer;
let ask: (route: string, body: object) => Promise<{ status: number; headers: Headers; text: string; error: ErrorBody["error"] }>;

const fields = { roles: everyRole, rateLimit: "WRITE", response: z.object({}) } as const;
const raise = createSecureRoute({
  ...fields,
  method: "POST",
  path: "/raise",
  summary: "Raises an error of PostgreSQL",
  body: z.strictObject({
    state: z.string(),
    constraint: z.string().default(""),
    table: z.string().default(""),
    column: z.string().default(""),
  }),
  handler: async ({ tx, body }) => {
    await tx.sql("SELECT raise_state($1, $2, $3, $4)", [body.state, body.constraint, body.table, body.column]);
    return {};
  },
});
const run = createSecureRoute({
  ...fields,
  method: "POST",
  path: "/sites/{id}/run",
  summary: "Runs statements, one after the other",
  params: z.strictObject({ id: z.string() }),
  body: z.strictObject({ statements: z.array(z.string()) }),
  handler: async ({ tx, body }) => {
    for (const statement of body.statements) await tx.sql(statement, []);
    return {};
  },
});
const crash = createSecureRoute({
  ...fields,
  method: "POST",
  path: "/crash",
  summary: "Fails by a mistake of ours",
  body: z.strictObject({}),
  handler: async () => (undefined as unknown as { nothing: () => Record<string, never> }).nothing(),
});
const misfit = createSecureRoute({
  ...fields,
  method: "POST",
  path: "/misfit",
  summary: "Answers what does not fit its schema",
  body: z.strictObject({}),
  response: z.object({ promised: z.string() }),
  handler: async () => ({}) as { promised: string },
});

const asker = (services: TestServer["services"], cookie: string): typeof ask => {
  const app = mountRoutes([raise, run, crash, misfit], services, () => undefined);
  return async (route, body) => {
    const headers = { cookie, "content-type": "application/json" };
    const request = new Request(`http://127.0.0.1/api/v1${route}`, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await app.fetch(request);
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, error: ErrorBody.parse(JSON.parse(text)).error };
  };
};

beforeAll(async () => {
  server = await startTestServer("database error scenarios", { env: { NODE_ENV: "production" } });
  await server.sql(`
    CREATE FUNCTION raise_state(state text, con text, tab text, col text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'secret words of the database' USING ERRCODE = state, CONSTRAINT = con, TABLE = tab, COLUMN = col, DETAIL = 'Key (secret)=(x)', HINT = 'secret';
    END $$`);
  ask = asker(server.services, (await server.as("Admin")).cookie ?? "");
});
afterAll(() => server.close());

const leaks = /secret|raise_state|PL\/pgSQL|node_modules|\.ts\b|SELECT|relation|violates|ECONN|127\.0\.0\.1|stack|nothing/i;

describe("what PostgreSQL raises", () => {
  test.concurrent.each<[state: string, status: number, code: string, retryAfter: string | null]>([
    ["23502", 400, "VALIDATION_ERROR", null],
    ["22001", 400, "VALIDATION_ERROR", null],
    ["22003", 400, "VALIDATION_ERROR", null],
    ["22P02", 400, "VALIDATION_ERROR", null],
    ["22008", 400, "VALIDATION_ERROR", null],
    ["22021", 400, "VALIDATION_ERROR", null],
    ["22012", 400, "VALIDATION_ERROR", null],
    ["23505", 409, "UNIQUE_CONSTRAINT_VIOLATION", null],
    ["23P01", 409, "UNIQUE_CONSTRAINT_VIOLATION", null],
    ["23503", 409, "FOREIGN_KEY_VIOLATION", null],
    ["23001", 409, "FOREIGN_KEY_VIOLATION", null],
    ["23514", 400, "VALIDATION_ERROR", null],
    ["40001", 503, "BUSY", "1"],
    ["40P01", 503, "BUSY", "1"],
    ["55P03", 503, "BUSY", "1"],
    ["53100", 503, "BUSY", "1"],
    ["53200", 503, "BUSY", "1"],
    ["57014", 503, "TIMEOUT", "1"],
    ["08000", 503, "DATABASE_UNAVAILABLE", "1"],
    ["08003", 503, "DATABASE_UNAVAILABLE", "1"],
    ["08006", 503, "DATABASE_UNAVAILABLE", "1"],
    ["25006", 503, "DATABASE_UNAVAILABLE", "1"],
    ["53300", 503, "DATABASE_UNAVAILABLE", "1"],
    ["57P01", 503, "DATABASE_UNAVAILABLE", "1"],
    ["57P02", 503, "DATABASE_UNAVAILABLE", "1"],
    ["57P03", 503, "DATABASE_UNAVAILABLE", "1"],
    ["57P04", 503, "DATABASE_UNAVAILABLE", "1"],
    ["42501", 500, "DATABASE_ERROR", null],
    ["42P01", 500, "DATABASE_ERROR", null],
    ["42601", 500, "DATABASE_ERROR", null],
    ["XX000", 500, "DATABASE_ERROR", null],
    ["P0001", 500, "DATABASE_ERROR", null],
  ])("%s is told as %i %s", async (state, status, code, retryAfter) => {
    const { error, headers, text } = await ask("/raise", { state });
    expect([error.statusCode, error.code, headers.get("retry-after")]).toEqual([status, code, retryAfter]);
    expect(text).not.toMatch(leaks);
  });

  test("a column that must not be empty is told by its name in the API", async () => {
    const { error } = await ask("/raise", { state: "23502", column: "base_uom" });
    expect(error.details).toEqual({ errors: [{ path: "baseUom", message: "Is required" }] });
  });

  test("each constraint there is is told in words for people, which do not name it", async () => {
    const constraints = await server.sql<{ table: string; name: string; kind: string }>(
      `SELECT c.relname AS table, k.conname AS name, k.contype AS kind FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
       WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('u', 'p', 'f', 'c') AND k.conrelid <> 0`,
    );
    expect(constraints.length).toBeGreaterThan(80);
    const states: Record<string, string> = { u: "23505", p: "23505", f: "23503", c: "23514" };
    for (const { table, name, kind } of constraints) {
      const { error, text } = await ask("/raise", { state: states[kind], constraint: name, table });
      expect([name, error.statusCode], text).toEqual([name, kind === "c" && error.code === "VALIDATION_ERROR" ? 400 : 409]);
      expect(text, name).not.toContain(name);
      expect(text, name).not.toMatch(leaks);
      const faults = (error.details?.["errors"] ?? []) as { message: string }[];
      for (const said of [error.message, ...faults.map(({ message }) => message)])
        expect(said, name).not.toMatch(/_|fit with what is stored/);
    }
  });
});

describe("what happens in PostgreSQL", () => {
  const statements = (...all: string[]) => ask(`/sites/${server.tenants.acme.sites.main.id}/run`, { statements: all });
  const missing = "0198c0de-0000-7000-8000-000000000001";
  const place = (siteId: string) => `INSERT INTO location (site_id, code, type) VALUES ('${siteId}', 'X', 'STORAGE')`;

  test("what was asked for is gone when it is referred to: 404", async () => {
    const { error } = await ask(`/sites/${missing}/run`, { statements: [place(missing)] });
    expect(error).toMatchObject({ statusCode: 404, code: "NOT_FOUND", message: "Not found" });
  });
  test("something else that is referred to is not there: 409, and which", async () => {
    const { error } = await statements("INSERT INTO item (sku, name, base_uom) VALUES ('X', 'x', 'FURLONG')");
    expect(error).toMatchObject({ statusCode: 409, code: "FOREIGN_KEY_VIOLATION", message: "baseUom names something that does not exist" });
  });
  test("something still refers to what was to go: 409, though it was asked for", async () => {
    await server.sql("GRANT DELETE ON site TO PUBLIC");
    const { error } = await statements(`DELETE FROM site WHERE id = '${server.tenants.acme.sites.main.id}'`);
    expect(error).toMatchObject({ statusCode: 409, code: "FOREIGN_KEY_VIOLATION", message: "Something still refers to this" });
  });
  test("a statement takes too long", async () => {
    const { error } = await statements("SET LOCAL statement_timeout = 50", "SELECT pg_sleep(20)");
    expect(error).toMatchObject({ statusCode: 503, code: "TIMEOUT" });
  });
  test("a row is held by someone else for too long", async () => {
    const holder = server.sql("SELECT pg_sleep(1.5) FROM (SELECT id FROM site ORDER BY id FOR UPDATE) held LIMIT 1");
    await server.sql("SELECT pg_sleep(0.2)");
    const { error } = await statements("SET LOCAL lock_timeout = 50", "SELECT id FROM site FOR UPDATE");
    expect(error).toMatchObject({ statusCode: 503, code: "BUSY" });
    await holder;
  });
  test("the connection is ended in the middle, each time anew", async () => {
    const { error, text } = await statements("SELECT pg_terminate_backend(pg_backend_pid())");
    expect(error).toMatchObject({ statusCode: 503, code: "DATABASE_UNAVAILABLE" });
    expect(text).not.toMatch(/terminat/i);
  });
  test("a number beyond its column", async () => {
    const { error } = await statements("SELECT 99999999999999999999::numeric(15,4)");
    expect(error).toMatchObject({ statusCode: 400, code: "VALIDATION_ERROR" });
  });
  test("a right that the application has not", async () => {
    const { error, text } = await statements("DELETE FROM audit_event");
    expect(error).toMatchObject({ statusCode: 500, code: "DATABASE_ERROR" });
    expect(text).not.toMatch(/permission|audit_event/);
  });
});

describe("a mistake of ours tells nothing of itself", () => {
  test.each(["/crash", "/misfit"])("%s", async (route) => {
    const { error, text } = await ask(route, {});
    expect(error).toMatchObject({ statusCode: 500, code: "INTERNAL_ERROR", message: "Something went wrong on our side" });
    expect(text).not.toMatch(leaks);
  });
});

describe("the database is not there at all", () => {
  const reach = async (env: Record<string, string>) => {
    const config = loadConfig({
      NODE_ENV: "production",
      LOG_LEVEL: "silent",
      SESSION_SECRET: "a secret that nothing but tests ever uses",
      DATABASE_OWNER_URL: server.ownerUrl,
      DATABASE_URL: server.appUrl,
      ...env,
    });
    const made = createServices(config, createLogger({ level: "silent" }));
    return { ask: asker(made.services, (await server.as("Admin")).cookie ?? ""), ...made };
  };

  test("nobody listens where it should be", async () => {
    const nowhere = await reach({ DATABASE_URL: "postgresql://warehouse_app:secret@127.0.0.1:1/nothing" });
    const { error, text } = await nowhere.ask("/raise", { state: "00000" });
    expect(error).toMatchObject({ statusCode: 503, code: "DATABASE_UNAVAILABLE" });
    expect(text).not.toMatch(leaks);
    await nowhere.close();
  });

  test("every connection is taken for too long", async () => {
    const narrow = await reach({ DB_CONNECTION_LIMIT: "1", DB_POOL_TIMEOUT: "1" });
    const taken = narrow.services.database.query("SELECT pg_sleep(1.5)");
    const { error, headers } = await narrow.ask("/raise", { state: "00000" });
    expect([error.statusCode, error.code, headers.get("retry-after")]).toEqual([503, "DATABASE_BUSY", "1"]);
    await taken;
    await narrow.close();
  });
});
