import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorBody } from "#contract/errors.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { Answer, TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

// What a client gets in each situation that it can bring about itself, as our shape and as RFC 9457.

let server: TestServer;
let admin: TestClient;
let warehouse: Warehouse;
let item: { id: string; sku: string; version: number };
beforeAll(async () => {
  server = await startTestServer("error scenarios", { env: { NODE_ENV: "production" } });
  admin = await server.as("Admin");
  warehouse = await createWarehouse(server);
  item = await warehouse.stock({ at: "A-01", onHand: 5, allocated: 2 });
});
afterAll(() => server.close());

type Headers = Record<string, string>;
type Scenario = [situation: string, status: number, code: string, ask: (headers: Headers) => Promise<Answer>];

const post = (path: string, body: unknown) => (headers: Headers) => admin.post(path, body, headers);
const get = (path: string) => (headers: Headers) => admin.get(path, headers);
const newItem = (more: object) => post("/inventory/items", { sku: `S-${randomUUID()}`, name: "x", ...more });
const event = (more: object) => (headers: Headers) =>
  admin.post(
    "/inventory/events",
    { type: "SHIP", itemId: item.id, quantity: 1, fromLocationId: warehouse.locationId("A-01"), ...more },
    headers,
  );
const typed = (type: string, body: unknown) => (headers: Headers) => admin.post("/sites", body, { ...headers, "content-type": type });
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

const scenarios: Scenario[] = [
  ["no such address", 404, "NOT_FOUND", get("/nothing")],
  ["an address with a slash too many", 404, "NOT_FOUND", get("/sites/")],
  ["a percent sign that encodes nothing, where an id is expected", 400, "VALIDATION_ERROR", get("/sites/%E0%A4%A")],
  ["an id that is none", 400, "VALIDATION_ERROR", get("/sites/1")],
  ["an id of nothing", 404, "NOT_FOUND", get(`/sites/${randomUUID()}`)],
  ["a method that the address does not take", 405, "METHOD_NOT_ALLOWED", (headers) => admin.delete("/sites", headers)],
  ["a text that is not JSON", 400, "INVALID_JSON", post("/sites", "{")],
  ["JSON with something behind it", 400, "INVALID_JSON", post("/sites", "{} {}")],
  ["JSON with a comma too many", 400, "INVALID_JSON", post("/sites", '{"code":"x",}')],
  ["JSON with single quotes", 400, "INVALID_JSON", post("/sites", "{'code':'x'}")],
  ["JSON with a number that is none", 400, "INVALID_JSON", post("/sites", '{"code":NaN}')],
  ["a key twice", 400, "INVALID_JSON", post("/sites", '{"code":"x","code":"y"}')],
  ["a key that reaches prototypes", 400, "INVALID_JSON", post("/sites", '{"__proto__":{"admin":true}}')],
  ["nesting too deep", 400, "INVALID_JSON", post("/sites", nested(33))],
  ["a NUL in a text", 400, "INVALID_JSON", post("/sites", '{"code":"a\\u0000b"}')],
  ["half a surrogate pair", 400, "INVALID_JSON", post("/sites", '{"code":"\\ud800"}')],
  ["a body that is a list", 400, "VALIDATION_ERROR", post("/sites", "[]")],
  ["a body that is null", 400, "VALIDATION_ERROR", post("/sites", "null")],
  ["a body that is a text", 400, "VALIDATION_ERROR", post("/sites", '"x"')],
  ["no body", 400, "VALIDATION_ERROR", post("/sites", "")],
  ["a field that is missing", 400, "VALIDATION_ERROR", post("/sites", {})],
  ["a field that nobody knows", 400, "VALIDATION_ERROR", post("/sites", { code: "X", name: "x", colour: "red" })],
  ["a text where a number belongs", 400, "VALIDATION_ERROR", newItem({ reorderPoint: "much" })],
  ["a number where a text belongs", 400, "VALIDATION_ERROR", newItem({ name: 1 })],
  ["an object where a text belongs", 400, "VALIDATION_ERROR", newItem({ name: { $ne: null } })],
  ["a number below its range", 400, "VALIDATION_ERROR", newItem({ reorderPoint: -1 })],
  ["a number beyond all measure", 400, "VALIDATION_ERROR", event({ quantity: 1e300 })],
  ["a word that is none of those known", 400, "VALIDATION_ERROR", newItem({ tracking: "SOMETIMES" })],
  ["a unit that there is not", 400, "VALIDATION_ERROR", newItem({ baseUom: "FURLONG" })],
  ["a text too long", 400, "VALIDATION_ERROR", newItem({ name: "x".repeat(201) })],
  ["a parameter that nobody knows", 400, "VALIDATION_ERROR", get("/sites?colour=red")],
  ["a parameter twice", 400, "VALIDATION_ERROR", get("/sites?limit=1&limit=2")],
  ["an order that there is not", 400, "VALIDATION_ERROR", get("/inventory/items?sort=password")],
  ["a cursor that is none of ours", 400, "VALIDATION_ERROR", get("/inventory/items?cursor=forged")],
  ["a search that is an attack", 400, "VALIDATION_ERROR", get(`/inventory/items?search=${encodeURIComponent("'; DROP TABLE item; --")}`)],
  ["no type of the body", 415, "UNSUPPORTED_MEDIA_TYPE", typed("", "{}")],
  ["a body as a form", 415, "UNSUPPORTED_MEDIA_TYPE", typed("application/x-www-form-urlencoded", "code=x")],
  ["a body as XML", 415, "UNSUPPORTED_MEDIA_TYPE", typed("application/xml", "<code/>")],
  ["a type that only looks like JSON", 415, "UNSUPPORTED_MEDIA_TYPE", typed("application/jsonp", "{}")],
  ["a body larger than a MiB", 413, "BODY_TOO_LARGE", post("/sites", `"${"x".repeat(1024 * 1024)}"`)],
  ["nobody signed in", 401, "UNAUTHENTICATED", (headers) => server.anonymous.get("/sites", headers)],
  [
    "a cookie that was made up",
    401,
    "UNAUTHENTICATED",
    (headers) => server.anonymous.get("/sites", { ...headers, cookie: "__Host-session=a.b" }),
  ],
  [
    "a wrong password",
    401,
    "INVALID_CREDENTIALS",
    (headers) => server.anonymous.post("/auth/login", { email: "nobody@acme.test", password: "Wrong-Horse-7" }, headers),
  ],
  [
    "a role that may not",
    403,
    "FORBIDDEN",
    async (headers) => (await server.as("Viewer")).post("/sites", { code: "X", name: "x" }, headers),
  ],
  [
    "another site's page",
    403,
    "CROSS_SITE_REQUEST",
    (headers) => admin.post("/sites", { code: "X", name: "x" }, { ...headers, "sec-fetch-site": "cross-site" }),
  ],
  ["a thing of another company", 404, "NOT_FOUND", (headers) => admin.get(`/sites/${server.tenants.globex.sites.main.id}`, headers)],
  [
    "a site that one has no access to",
    404,
    "NOT_FOUND",
    async (headers) => (await server.as("Operator")).get(`/sites/${server.tenants.acme.sites.second.id}`, headers),
  ],
  [
    "a code that is taken",
    409,
    "UNIQUE_CONSTRAINT_VIOLATION",
    (headers) => admin.post("/inventory/items", { sku: item.sku, name: "x" }, headers),
  ],
  ["more stock than there is", 409, "INSUFFICIENT_STOCK", event({ quantity: 6 })],
  ["stock that is promised", 409, "INSUFFICIENT_STOCK", event({ quantity: 4 })],
  ["an item that there is not", 404, "NOT_FOUND", event({ itemId: randomUUID() })],
  [
    "a version seen too long ago",
    409,
    "STALE_VERSION",
    (headers) => admin.patch(`/inventory/items/${item.id}`, { name: "y", version: 999 }, headers),
  ],
  [
    "an If-Match of another version",
    412,
    "PRECONDITION_FAILED",
    (headers) => admin.patch(`/inventory/items/${item.id}`, { name: "y" }, { ...headers, "if-match": '"999"' }),
  ],
  [
    "an Idempotency-Key too long",
    400,
    "VALIDATION_ERROR",
    (headers) => admin.post("/inventory/events", {}, { ...headers, "idempotency-key": "k".repeat(256) }),
  ],
  [
    "an Idempotency-Key used for something else",
    422,
    "IDEMPOTENCY_KEY_REUSED",
    async (headers) => {
      const key = randomUUID();
      const receive = (quantity: number) => ({
        type: "RECEIVE",
        itemId: item.id,
        quantity,
        toLocationId: warehouse.locationId("B-01"),
        unitCost: 1,
      });
      await admin.post("/inventory/events", receive(1), { "idempotency-key": key });
      return await admin.post("/inventory/events", receive(2), { ...headers, "idempotency-key": key });
    },
  ],
];

const leaks = /node_modules|\.ts\b|\bat \w+ \(|SELECT|INSERT|relation "|violates|pg_|postgres|kysely|hono|zod|undici|ECONN|SQLSTATE|stack/i;

describe("told in our shape, and with the same facts as RFC 9457, without a word of what is inside", () => {
  test.each(scenarios)("%s: %i %s", async (_, status, code, ask) => {
    const [ours, theirs] = [await ask({}), await ask({ accept: "application/problem+json, application/json;q=0.9" })];
    const { error } = ErrorBody.parse(ours.json);
    expect([ours.status, error.statusCode, error.code]).toEqual([status, status, code]);
    expect([ours.headers.get("content-type"), ours.headers.get("cache-control")]).toEqual(["application/json", "no-store"]);
    expect(error.requestId).toBe(ours.headers.get("x-request-id"));
    expect(error.message.length).toBeGreaterThan(3);
    expect(theirs.headers.get("content-type")).toBe("application/problem+json");
    expect(theirs.json).toMatchObject({
      status: theirs.status,
      detail: error.message,
      instance: error.path,
      code,
      requestId: theirs.headers.get("x-request-id"),
      ...(error.details === undefined ? {} : { details: error.details }),
    });
    expect([ours.status, ours.text + theirs.text]).toEqual([theirs.status, expect.not.stringMatching(leaks) as string]);
  });
});

test("there are as many situations as were promised", () => expect(scenarios.length).toBeGreaterThanOrEqual(50));

describe("files", () => {
  test.each([
    ["GET", "/assets/missing.js", 404],
    ["POST", "/index.html", 404],
    ["GET", "/..%2f..%2fpackage.json", 404],
    ["DELETE", "/", 404],
  ])("%s %s is an error of the one shape", async (method, path, status) => {
    const answer = await fetch(server.baseUrl + path, { method });
    const { error } = ErrorBody.parse(await answer.json());
    expect([answer.status, error.statusCode, error.requestId]).toEqual([status, status, answer.headers.get("x-request-id")]);
  });
});
