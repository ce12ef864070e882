import { afterAll, beforeAll, expect, test } from "vitest";
import { routes } from "#server/app.ts";
import { type EveryThing, fillEveryTable } from "#tests/support/every-table.ts";
import { keyOf, requestOf } from "#tests/support/route-requests.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

// What a page of another site can make a browser send in the name of who is signed in: every changing route, whatever the content type.

let server: TestServer;
let own: EveryThing;
beforeAll(async () => {
  server = await startTestServer("cross site");
  own = await fillEveryTable(server, server.tenants.acme);
});
afterAll(() => server.close());

const sites = ["cross-site", "same-site", "none", undefined];
const origins = ["https://evil.example", "null", undefined, "ours"];
const types = [
  undefined,
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
];
const combinations = sites.flatMap((site) => origins.flatMap((origin) => types.map((type) => ({ site, origin, type }))));
const changing = routes.filter(({ method }) => method !== "GET").map((route) => ({ name: keyOf(route), route }));

test.each(changing)("$name is done for our own pages and for what is no browser, and for nobody else's page", async ({ route }) => {
  const { cookie = "" } = await server.newSession("acme", server.tenants.acme.users.Admin.id);
  // Let through it would be refused as malformed: the question here is only whether it is let through.
  const body = route.body || route.acceptsFile ? "{ malformed" : undefined;
  const asked = combinations.map(async ({ site, origin, type }) => {
    const answer = await fetch(`${server.baseUrl}/api/v1${requestOf(route, own).path}`, {
      method: route.method,
      headers: {
        cookie,
        ...(site ? { "sec-fetch-site": site } : {}),
        ...(origin ? { origin: origin === "ours" ? ([...server.services.settings.ownOrigins][0] ?? "") : origin } : {}),
        ...(type ? { "content-type": type } : {}),
      },
      ...(body ? { body } : {}),
    });
    const isRefused = answer.status === 403 && (await answer.text()).includes('"CROSS_SITE_REQUEST"');
    return { site, origin, type, isRefused };
  });
  const expected = combinations.map(({ site, origin, type }) => ({
    site,
    origin,
    type,
    isRefused: site !== undefined || (origin !== undefined && origin !== "ours"),
  }));
  expect(await Promise.all(asked)).toEqual(expected);
});
