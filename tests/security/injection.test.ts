import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyRoute } from "#platform/http/route.ts";
import { routes } from "#server/app.ts";
import { type EveryThing, fillEveryTable, rowsOfTenant } from "#tests/support/every-table.ts";
import { type Field, fieldsOf } from "#tests/support/route-fields.ts";
import { putAt } from "#tests/support/put-at.ts";
import { keyOf, requestOf } from "#tests/support/route-requests.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import type { Answer, TestClient } from "#tests/support/test-client.ts";

// Hostile texts in everything that every route takes. None may fail it, and none may ever become part of a statement.

const mark = "inj3ct";
const hostile = [
  `'; DROP TABLE item; -- ${mark}`,
  `${mark}' OR '1'='1`,
  `${mark}" OR ""="`,
  `${mark}') UNION SELECT password_hash FROM app_user --`,
  `${mark}'||pg_sleep(5)||'`,
  `${mark}\\'; SELECT set_config('app.tenant_id', '', false); --`,
  `${mark}%' ESCAPE '!' --`,
  `$1;$$${mark}$$`,
  `{"$gt":"${mark}"}`,
  `\${${mark}}{{7*7}}<%=7*7%>`,
  `<img src=x onerror=alert('${mark}')>`,
  `../../../../etc/passwd#${mark}`,
  `${mark}\r\nX-Injected: 1`,
  `|| id ; $(id) \`id\` ${mark}`,
];
const misshapen: unknown[] = [{ $gt: "" }, [[mark]], null, true, 1e308, -1, 1e21, { toString: mark }, "\u202e", ""];

let server: TestServer;
let own: EveryThing;
let before: unknown;
beforeAll(async () => {
  server = await startTestServer("injection");
  own = await fillEveryTable(server, server.tenants.acme);
  await fillEveryTable(server, server.tenants.globex);
  before = await rowsOfTenant(server, server.tenants.globex.id);
});
afterAll(() => server.close());

const admin = () => server.newSession("acme", server.tenants.acme.users.Admin.id);
const all = routes.map((route) => ({ name: keyOf(route), route }));

function sent(route: AnyRoute, { place, path }: Field, value: unknown) {
  if (place !== "body")
    return requestOf(route, own, { place, path }, place === "params" ? encodeURIComponent(String(value)) : String(value));
  const request = requestOf(route, own);
  putAt(request.body as object, path, value);
  return request;
}

/** What is wrong with an answer; undefined when nothing is. */
function faultOf({ status, headers, text }: Answer): string | undefined {
  if (status >= 500) return `${status}: ${text}`;
  if (headers.has("x-injected")) return "a header was injected";
  // A document is to be kept, and never opened as a page of ours.
  const isKept = headers.get("content-disposition")?.startsWith("attachment;") ?? false;
  const types = ["application/json", "text/event-stream", ...(isKept ? ["application/pdf"] : [])];
  if (status !== 204 && status !== 304 && !types.includes(headers.get("content-type") ?? ""))
    return "the answer is not JSON, nor a stream of it, nor a document to be kept";
  if (headers.get("x-content-type-options") !== "nosniff") return "a browser may take the answer for a page";
  return status >= 400 && /syntax error|unterminated|pg_catalog|relation "|\bSELECT\b.*\bFROM\b.*\bWHERE\b/.test(text) ? text : undefined;
}

/** Asks for everything, and tells what went wrong, and every statement that has a hostile text in it. */
async function faultsOfAll(route: AnyRoute, work: readonly (() => Promise<Answer>)[]): Promise<string[]> {
  // Of imports only a few run at a time.
  const atOnce = route.acceptsFile ? 1 : 8;
  const faults: (string | undefined)[] = [];
  const statements = await server.statements(async () => {
    for (let next = 0; next < work.length; next += atOnce)
      faults.push(...(await Promise.all(work.slice(next, next + atOnce).map(async (ask) => faultOf(await ask())))));
  });
  return [...faults.filter((fault) => fault !== undefined), ...statements.filter((statement) => statement.includes(mark))];
}

describe("hostile texts and shapes", () => {
  test.each(all.filter(({ route }) => fieldsOf(route).length > 0))("in every parameter and field of $name", async ({ route }) => {
    const client = await admin();
    const ask = (field: Field, value: unknown) => async () => {
      const { path, type, body } = sent(route, field, value);
      return await client.call(route.method, path, body, type ? { "content-type": type } : {});
    };
    const asked = fieldsOf(route).flatMap((field) =>
      [...hostile, ...(field.place === "body" ? misshapen : [])].map((value) => ask(field, value)),
    );
    expect(await faultsOfAll(route, asked)).toEqual([]);
  });

  const headers = ["idempotency-key", "if-match", "if-none-match", "x-request-id", "user-agent", "accept", "accept-encoding", "cookie"];
  const more = [
    "x-forwarded-for",
    "forwarded",
    "traceparent",
    "origin",
    "referer",
    "authorization",
    "x-tenant-id",
    "x-http-method-override",
  ];
  test.each(all)("in the headers of $name", async ({ route }) => {
    const client = await admin();
    const ask = (name: string, value: string) => async () => {
      const { path, type, body } = requestOf(route, own);
      return await client.call(route.method, path, body, { ...(type ? { "content-type": type } : {}), [name]: value });
    };
    // A line break cannot be sent in a header.
    const sendable = hostile.filter((value) => !value.includes("\r"));
    const asked = [...headers, ...more].map((name, index) => ask(name, sendable[index % sendable.length] ?? ""));
    expect(await faultsOfAll(route, asked)).toEqual([]);
  });
});

test("what was taken in is given back as the text that it is", async () => {
  const client: TestClient = await admin();
  for (const [index, text] of hostile.entries()) {
    const answer = await client.post("/inventory/items", { sku: `HOSTILE-${index}`, name: text, description: text });
    expect([index, answer.status]).toEqual([index, 201]);
  }
  const listed = await client.get("/inventory/items?limit=1000");
  for (const text of hostile) expect(listed.text).toContain(JSON.stringify(text));
});

test("and by all of that nothing of the other company was changed", async () => {
  expect(await rowsOfTenant(server, server.tenants.globex.id)).toEqual(before);
});
