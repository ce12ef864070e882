import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ErrorBody } from "#contract/errors.ts";
import { LocationList } from "#contract/sites.ts";
import type { AnyRoute } from "#platform/http/route.ts";
import { routes } from "#server/app.ts";
import { type EveryThing, fillEveryTable } from "#tests/support/every-table.ts";
import { requestOf } from "#tests/support/route-requests.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";

// What holds for every address, read from the one list of routes: a route that is added is tested by itself.

let server: TestServer;
let admin: TestClient;
beforeAll(async () => {
  server = await startTestServer("conventions");
  admin = await server.as("Admin");
});
afterAll(() => server.close());

const addressOf = (path: string) => path.replaceAll("{kind}", "items").replaceAll(/\{\w+\}/g, () => crypto.randomUUID());
const send = (path: string, { cookie = admin.cookie ?? "", ...init }: RequestInit & { cookie?: string } = {}) =>
  fetch(server.baseUrl + path, { ...init, headers: { cookie, ...(init.headers as Record<string, string>) } });

describe("every address", () => {
  const methodsOf = Map.groupBy(routes, ({ path }) => path);

  test.each([...methodsOf.keys()])("%s tells which methods it takes", async (path) => {
    const methods = (methodsOf.get(path) ?? []).map(({ method }) => method as string);
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].toSorted().join(", ");
    for (const prefix of ["/api/v1", "/api"]) {
      const answer = await send(prefix + addressOf(path), { method: "OPTIONS" });
      expect({ status: answer.status, allow: answer.headers.get("allow") }).toEqual({ status: 405, allow });
      expect(ErrorBody.parse(await answer.json()).error).toMatchObject({ code: "METHOD_NOT_ALLOWED", statusCode: 405 });
    }
  });

  test.each(["/api", "/api/", "/api/v1", "/api/v2/sites", "/api/v1/nothing", "/api/v1/sites/", "/api/v1//sites", "/api/v1/Sites"])(
    "%s, which there is not, is a 404 of the one shape",
    async (path) => {
      const answer = await send(path);
      const { error } = ErrorBody.parse(await answer.json());
      expect(error).toMatchObject({ code: "NOT_FOUND", statusCode: 404, path, requestId: answer.headers.get("x-request-id") });
    },
  );
});

describe("every answer", () => {
  test.each([
    ["scanner-7:000123", true],
    ["short", false],
    ["x".repeat(129), false],
    ['forged"id with spaces', false],
  ])("takes over the request's own id %s: %s", async (id, taken) => {
    const answer = await send("/api/v1/nothing", { headers: { "x-request-id": id } });
    const { requestId } = ErrorBody.parse(await answer.json()).error;
    expect([requestId === id, answer.headers.get("x-request-id")]).toEqual([taken, requestId]);
  });

  test("to HEAD is the one to GET without its body", async () => {
    const [head, get] = [await send("/api/v1/sites", { method: "HEAD" }), await send("/api/v1/sites")];
    expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([200, get.headers.get("content-type"), ""]);
  });
});

describe("every body", () => {
  const bodied = routes.filter(({ body }) => body);
  test.each(bodied.map((route) => [`${route.method} ${route.path}`, route] as const))("of %s", async (_, route) => {
    const refused = async (body: string) => {
      const answer = await send(`/api/v1${addressOf(route.path)}`, {
        method: route.method,
        body,
        headers: { "content-type": "application/json" },
      });
      return ErrorBody.parse(await answer.json()).error;
    };
    expect(await refused("{")).toMatchObject({ statusCode: 400, code: "INVALID_JSON" });
    expect(await refused('{"a":1,"a":2}')).toMatchObject({ statusCode: 400, code: "INVALID_JSON" });
    expect(await refused('{"__proto__":{}}')).toMatchObject({ statusCode: 400, code: "INVALID_JSON" });
    expect(await refused("[]")).toMatchObject({ statusCode: 400, code: "VALIDATION_ERROR" });
  });
});

describe("every list", () => {
  const isList = ({ query }: AnyRoute) => query instanceof z.ZodObject && "cursor" in query.shape;
  const lists = routes.filter((route) => route.method === "GET" && isList(route));
  const Listed = z.object({ items: z.array(z.unknown()), page: z.record(z.string(), z.unknown()) });
  let own: EveryThing;
  const listed = async (route: AnyRoute, query: string) => {
    const { path } = requestOf(route, own);
    return await admin.get(`${path}${path.includes("?") ? "&" : "?"}${query}`);
  };
  beforeAll(async () => {
    own = await fillEveryTable(server, server.tenants.acme);
  });

  test.each(lists)("$path pages, counts when asked, and refuses what it does not know", async (route) => {
    const page = async (query: string) => (await listed(route, query)).read(Listed).page;
    expect(await page("")).toMatchObject({ limit: 50, offset: 0 });
    expect(await page("")).not.toHaveProperty("total");
    expect(await page("limit=5000&total=true")).toMatchObject({ limit: 1_000, total: expect.any(Number) as number });
    expect(await page("limit=-1&offset=x")).toMatchObject({ limit: 50, offset: 0 });
    for (const name of ["sort", "cursor", "nothing", "total"]) expect(faultsOf(await listed(route, `${name}=x`))).toHaveProperty(name);
    expect(faultsOf(await listed(route, "limit=1&limit=2"))).toHaveProperty("limit");
  });

  test("refuses the cursor of another one in the same order", async () => {
    const { page } = (await admin.get("/locations?sort=code&limit=1")).read(LocationList);
    const taken = [];
    for (const route of lists) {
      if ((await listed(route, `sort=code&cursor=${page.nextCursor}`)).status !== 400) taken.push(route.path);
    }
    expect(taken).toEqual(["/sites/{id}/locations", "/locations"]);
  });
});
