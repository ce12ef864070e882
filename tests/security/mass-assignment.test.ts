import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "#server/app.ts";
import { type EveryThing, fillEveryTable, rowsOfTenant } from "#tests/support/every-table.ts";
import { fieldsOf, objectsOf } from "#tests/support/route-fields.ts";
import { putAt } from "#tests/support/put-at.ts";
import { keyOf, requestOf } from "#tests/support/route-requests.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf } from "#tests/support/test-client.ts";

// Fields that exist somewhere in the database, added to every body that does not take them.

let server: TestServer;
let own: EveryThing;
let before: unknown;
const kept = () => Promise.all([rowsOfTenant(server, server.tenants.acme.id, ["session"]), rowsOfTenant(server, server.tenants.globex.id)]);
beforeAll(async () => {
  server = await startTestServer("mass assignment");
  own = await fillEveryTable(server, server.tenants.acme);
  before = await kept();
});
afterAll(() => server.close());

const known = ["id", "role", "roles", "tenantId", "tenant_id", "userId", "active", "isAdmin", "createdAt", "updatedAt", "passwordHash"];
const columns = ["password_hash", "password_salt", "average_cost", "onHand", "allocated", "recordedAt", "requestId", "siteIds", "email"];
const names = [...known, ...columns];
const objects = routes
  .filter(({ body }) => body)
  .flatMap((route) => objectsOf(route).map((where) => ({ name: keyOf(route), route, where, prefix: where === "" ? "" : `${where}.` })));
const admin = () => server.newSession("acme", server.tenants.acme.users.Admin.id);

describe("what a body does not take is refused, each field by its name:", () => {
  test.each(objects)('$name, in "$where"', async ({ route, prefix }) => {
    const taken = new Set(fieldsOf(route).flatMap(({ path }) => path.split(".")));
    const added = names.filter((name) => !taken.has(name));
    const request = requestOf(route, own);
    for (const name of added) putAt(request.body as object, prefix + name, own.user);
    const answer = await (await admin()).call(route.method, request.path, request.body);
    expect(answer.error).toMatchObject({ statusCode: 400, code: "VALIDATION_ERROR" });
    expect(faultsOf(answer)).toMatchObject(Object.fromEntries(added.map((name) => [prefix + name, "Unknown field"])));
  });
});

describe("a key that reaches prototypes is refused, wherever it stands:", () => {
  test.each(objects)('$name, in "$where"', async ({ route, prefix }) => {
    for (const name of ["__proto__", "constructor", "prototype"]) {
      const request = requestOf(route, own);
      putAt(request.body as object, `${prefix}here`, { role: "Admin" });
      const body = JSON.stringify(request.body).replace('"here"', JSON.stringify(name));
      const { error } = await (await admin()).call(route.method, request.path, body);
      expect(error).toMatchObject({ statusCode: 400, code: "INVALID_JSON", message: `The key ${name} is not allowed` });
    }
  });
});

test("and by all of that nothing was changed", async () => {
  expect(objects.length).toBeGreaterThan(25);
  expect(await kept()).toEqual(before);
});
