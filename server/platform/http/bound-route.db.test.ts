import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ErrorBody } from "#contract/errors.ts";
import { IdParams } from "#contract/primitives.ts";
import type { Services } from "#platform/services.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { bindRoute } from "./handle.ts";
import { MiddlewarePresets } from "./presets.ts";

// A route answers by itself, with no server around it.

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startTestServer("bound route");
  cookie = (await server.as("Operator")).cookie ?? "";
});
afterAll(() => server.close());

let done = 0;
const echo = MiddlewarePresets.write({
  method: "POST",
  path: "/things/{id}/do",
  summary: "x",
  params: IdParams,
  query: z.strictObject({ loud: z.enum(["true"]).optional() }),
  body: z.strictObject({ word: z.string().max(10) }),
  response: z.object({ id: z.string(), word: z.string(), loud: z.boolean(), who: z.string() }),
  handler: async ({ params, query, body, context }) => {
    done += 1;
    return { id: params.id, word: body.word, loud: query.loud === "true", who: context.email, secret: "never shown" };
  },
});
const id = "0196f0a0-0000-7000-8000-000000000001";
const ask = (services: Services, { path = `/api/v1/things/${id}/do`, method = "POST", body = '{"word":"go"}', headers = {} } = {}) =>
  bindRoute(echo, services).handle(
    new Request(`https://stock.example${path}`, {
      method,
      headers: { cookie, "content-type": "application/json", ...headers },
      ...(method === "POST" ? { body } : {}),
    }),
  );
const errorOf = async (response: Response) => ErrorBody.parse(await response.json()).error;

describe("a route with its services", () => {
  test.each([`/api/v1/things/${id}/do?loud=true`, `/api/things/${id}/do?loud=true`, `/api/v1/th%69ngs/${id.toUpperCase()}/do?loud=true`])(
    "answers %s with what its schema names",
    async (path) => {
      const response = await ask(server.services, { path });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ id, word: "go", loud: true, who: "operator@acme.test" });
      expect(response.headers.get("x-request-id")).toMatch(/^req_/);
      expect(response.headers.get("ratelimit-policy")).toContain("write");
    },
  );

  test.each([
    ["no session", { headers: { cookie: "" } }, 401, "UNAUTHENTICATED"],
    ["another site's page", { headers: { "sec-fetch-site": "cross-site" } }, 403, "CROSS_SITE_REQUEST"],
    ["another method", { method: "PUT" }, 405, "METHOD_NOT_ALLOWED"],
    ["another address", { path: `/api/v1/things/${id}/undo` }, 404, "NOT_FOUND"],
    ["an address outside the API", { path: `/things-and-more/${id}/do` }, 404, "NOT_FOUND"],
    ["a parameter that does not fit", { path: "/api/v1/things/7/do" }, 400, "VALIDATION_ERROR"],
    ["an unknown field", { body: '{"word":"go","role":"Admin"}' }, 400, "VALIDATION_ERROR"],
    ["another type", { headers: { "content-type": "text/plain" } }, 415, "UNSUPPORTED_MEDIA_TYPE"],
  ])("refuses %s", async (_, request, statusCode, code) => {
    const before = done;
    expect(await errorOf(await ask(server.services, request))).toMatchObject({ statusCode, code });
    expect(done).toBe(before);
  });

  test("refuses a role that it does not name", async () => {
    const viewer = await server.as("Viewer");
    expect(await errorOf(await ask(server.services, { headers: { cookie: viewer.cookie } }))).toMatchObject({
      statusCode: 403,
      code: "FORBIDDEN",
    });
  });
});

describe("what stands before the handler refuses when it fails itself:", () => {
  /** The services, with one of them failing at whatever is asked of it. */
  const failing = (name: keyof Services): Services => {
    const fail = () => {
      throw new Error("planted");
    };
    const broken = new Proxy(fail, { get: () => fail, apply: fail });
    return { ...server.services, [name]: broken };
  };

  test.each(["clientAddress", "ddosProtection", "overload", "limiter", "sessions", "database"] as const)("%s", async (name) => {
    const bound = bindRoute(echo, server.services);
    expect((await bound.handle(new Request("https://stock.example/"))).status).toBe(404);
    const before = done;
    const services = failing(name);
    // A route's limits are looked up when it is bound.
    services.limiter = name === "limiter" ? { ...services.limiter, limitsOf: server.services.limiter.limitsOf } : services.limiter;
    const response = await ask(services);
    expect(response.status).toBe(500);
    expect(await errorOf(response)).toMatchObject({ statusCode: 500, code: "INTERNAL_ERROR", message: "Something went wrong on our side" });
    expect(response.headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(done).toBe(before);
  });

  test("a handler whose answer does not fit its schema tells nothing of it", async () => {
    const route = MiddlewarePresets.public({
      method: "GET",
      path: "/things",
      summary: "x",
      response: z.object({ count: z.int() }),
      handler: async () => ({ count: "secret" as unknown as number }),
    });
    const response = await bindRoute(route, server.services).handle(new Request("https://stock.example/api/v1/things"));
    expect(response.status).toBe(500);
    expect((await errorOf(response)).message).not.toContain("secret");
  });
});
