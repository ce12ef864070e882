import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ErrorBody } from "#contract/errors.ts";
import { type Role, User } from "#contract/identity.ts";
import { LIMITS } from "#contract/limits.ts";
import { bodyBytesMax } from "#platform/http/request-body.ts";
import type { AnyRoute } from "#platform/http/route.ts";
import { routes } from "#server/app.ts";
import { type EveryThing, fillEveryTable, rowsOfTenant, sha256 } from "#tests/support/every-table.ts";
import { testPasswordHash, testRoles } from "#tests/support/fixtures.ts";
import { putAt } from "#tests/support/put-at.ts";
import { rawRequest } from "#tests/support/raw-request.ts";
import { fieldsOf, objectsOf } from "#tests/support/route-fields.ts";
import { keyOf, missingLines, requestOf, slotsOf, thingOf } from "#tests/support/route-requests.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { type Answer, faultsOf, indistinguishable, type TestClient } from "#tests/support/test-client.ts";

// What holds for every route, read from the one list: a route that is added is tested by itself.

let server: TestServer;
let own: EveryThing;
/** The same, but in a site of the company where only its Admin may work. */
let elsewhere: EveryThing;
let foreign: EveryThing;
let before: unknown;

beforeAll(async () => {
  server = await startTestServer("every route");
  own = await fillEveryTable(server, server.tenants.acme);
  foreign = await fillEveryTable(server, server.tenants.globex);
  // Not one of those who ask: what is done to people would be done to them.
  const somebody = { email: "somebody@acme.test", name: "Somebody", role: "Operator" };
  own.user = (await (await server.as("Admin")).post("/users", somebody)).read(User).id;
  const { id, locations } = server.tenants.acme.sites.second;
  const [event] = await server.sql<{ id: string }>(
    `INSERT INTO inventory_event (tenant_id, type, item_id, lot_id, quantity, entered_quantity, entered_uom, unit_cost, to_location_id, to_status, user_id, occurred_at, recorded_at)
     SELECT tenant_id, type, item_id, lot_id, quantity, entered_quantity, entered_uom, unit_cost, $2, to_status, user_id, occurred_at, recorded_at
     FROM inventory_event WHERE id = $1 RETURNING id`,
    [own.event, locations["A-01"]],
  );
  elsewhere = { ...own, site: id, location: locations["A-01"], nextLocation: locations["A-02"], event: event?.id ?? "" };
  before = await rowsOfTenant(server, server.tenants.globex.id);
});
afterAll(() => server.close());
// Some requests change a password, use up a link or let an address in again.
beforeEach(async () => {
  server.services.circuitBreakers.getBreaker("email-service");
  await server.services.ddosProtection.blockIP("203.0.113.7", 60_000, "Guesses passwords");
  const { id, users } = server.tenants.acme;
  await server.sql("UPDATE member_password SET password_hash = $2 WHERE tenant_id = $1", [id, testPasswordHash]);
  await server.sql(
    "INSERT INTO password_link (tenant_id, user_id, purpose, token_hash, expires_at) VALUES ($1, $2, 'RESET', $3, '2035-01-01') ON CONFLICT DO NOTHING",
    [id, users.Operator.id, sha256(own.linkToken)],
  );
});

const roleless: readonly Role[] = [];
const rolesOf = (route: AnyRoute) => (route.requiresAuth === false ? roleless : route.roles);
/** A session for one request, since some requests end the session they come with; of the least who may use the route. */
const someone = (route: AnyRoute, role = rolesOf(route).at(-1)): Promise<TestClient> => {
  const user = role && server.tenants.acme.users[role];
  return user ? server.newSession("acme", user.id) : Promise.resolve(server.anonymous);
};
/** One to be ended: of who asks, or of somebody whose sessions an Admin sees. */
async function sessionFor(route: AnyRoute): Promise<string> {
  const asking = server.tenants.acme.users[rolesOf(route).at(-1) ?? "Viewer"].id;
  const [row] = await server.sql<{ id: string }>(
    "INSERT INTO session (tenant_id, user_id, token_hash, expires_at) VALUES ($1, $2, $3, '2035-01-01') RETURNING id",
    [server.tenants.acme.id, route.path.startsWith("/auth/") ? asking : own.user, randomBytes(32)],
  );
  return row?.id ?? "";
}
const ask = async (client: TestClient, route: AnyRoute, { path, type, body } = requestOf(route, own)) =>
  await client.call(route.method, path, body, type ? { "content-type": type } : {});
const errorOf = (text: string) => ErrorBody.parse(JSON.parse(text)).error;

const nameOf = (route: AnyRoute) => server.services.limiter.limitsOf(route.rateLimit, keyOf(route))[0]?.name?.toLowerCase();

const all = routes.map((route) => ({ name: keyOf(route), route }));
const secured = all.filter(({ route }) => route.requiresAuth !== false);
const withBody = all.filter(({ route }) => route.body);
const withContent = all.filter(({ route }) => route.body || route.acceptsFile);

test("every route is known to these tests: this says which lines to add to tests/support/route-requests.ts for one that is not", () => {
  expect(routes.flatMap(missingLines)).toEqual([]);
});

describe("a route", () => {
  test.each(all)("does its work for the least who may use it, and counts towards its limit: $name", async ({ route }) => {
    const client = await someone(route);
    const answer = await ask(client, route, requestOf(route, { ...own, session: await sessionFor(route) }));
    // A conflict with what other tests did meanwhile: all that this one is about has passed then.
    expect([200, 201, 204, 409]).toContain(answer.status);
    const limit = "unlimited" in route && route.unlimited ? "none" : `"${nameOf(route)}"`;
    expect(answer.headers.get("ratelimit-policy") ?? "none").toContain(limit);
  });

  test.each(secured)("looks at nothing without a session, with a forged one or one that has ended: $name", async ({ route }) => {
    const ended = await someone(route);
    await server.sql("UPDATE session SET expires_at = now() WHERE created_at = (SELECT max(created_at) FROM session)");
    for (const cookie of ["", "session=forged.signature", ended.cookie ?? ""]) {
      const answer = await rawRequest(server.baseUrl, {
        method: route.method,
        path: `/api/v1${requestOf(route, own).path.split("?")[0]}?nobodyKnowsThis=1`,
        headers: { "content-type": "text/plain", cookie },
        body: route.method === "GET" ? undefined : "{ malformed",
      });
      expect(errorOf(answer.text)).toMatchObject({ statusCode: 401, code: "UNAUTHENTICATED" });
    }
  });

  const byRole = secured.flatMap((named) => testRoles.map((role) => ({ ...named, role, isAllowed: rolesOf(named.route).includes(role) })));
  test.each(byRole.filter(({ isAllowed }) => isAllowed))("lets the $role in: $name", async ({ route, role }) => {
    const { status } = await ask(await someone(route, role), route);
    expect([200, 201, 204, 404, 409]).toContain(status);
  });
  test.each(byRole.filter(({ isAllowed }) => !isAllowed))(
    "refuses the $role, for things of their own too: $name",
    async ({ route, role }) => {
      const { error } = await ask(await someone(route, role), route);
      expect(error).toMatchObject({ statusCode: 403, code: "FORBIDDEN" });
    },
  );
});

describe("what is hidden is answered as what does not exist, to the byte", () => {
  const slots = secured.flatMap(({ name, route }) =>
    slotsOf(route).flatMap((slot) => rolesOf(route).map((role) => ({ name, route, role, where: `${slot.place}.${slot.path}`, slot }))),
  );
  type Slot = (typeof slots)[number];
  const said = ({ headers }: Answer) =>
    [...headers].filter(([name]) => !/^(x-request-id|x-response-time|server-timing|x-ratelimit-.*|ratelimit.*|date)$/.test(name));
  const compared = async ({ route, role, slot }: Slot, hidden: EveryThing) => {
    const id = hidden[thingOf(route, slot.path) ?? "site"];
    const client = await someone(route, role);
    const named = (text: string) => ask(client, route, requestOf(route, own, slot, text));
    const [theirs, nobodys] = [await named(id), await named(crypto.randomUUID())];
    expect(theirs.status).toBe(nobodys.status);
    expect(indistinguishable(theirs)).toBe(indistinguishable(nobodys));
    expect(said(theirs)).toEqual(said(nobodys));
    // A list that is filtered by it is empty; everything else is refused, and not for the rest of the request.
    expect(slot.place === "params" ? [404] : route.method === "GET" ? [200, 404] : [400, 404, 409]).toContain(theirs.status);
    return { theirs, id };
  };

  // An Admin works in every site.
  const placed = ["site", "location", "event"];
  test.each(slots.filter(({ role, route, slot }) => role !== "Admin" && placed.includes(thingOf(route, slot.path) ?? "")))(
    "a site where the $role may not work: $name $where",
    async (slot) => {
      const { theirs } = await compared(slot, elsewhere);
      expect(theirs.text).not.toContain(elsewhere.nextLocation);
    },
  );

  test.each(slots)("another company, from the $role: $name $where", async (slot) => {
    const { theirs, id } = await compared(slot, foreign);
    const told = Object.values(foreign as unknown as Record<string, string>).filter((known) => known !== id && theirs.text.includes(known));
    expect(told).toEqual([]);
  });
});

describe("input that nobody named is refused by its name:", () => {
  test.each(all)("a parameter of $name", async ({ route }) => {
    const request = requestOf(route, own);
    const answer = await ask(await someone(route), route, {
      ...request,
      path: `${request.path}${request.path.includes("?") ? "&" : "?"}nobodyKnowsThis=1`,
    });
    expect(answer.error).toMatchObject({ statusCode: 400, code: "VALIDATION_ERROR" });
    expect(faultsOf(answer)).toHaveProperty("nobodyKnowsThis");
  });

  test.each(all.filter(({ route }) => fieldsOf(route).some(({ place }) => place === "query")))(
    "a parameter that is there twice, of $name",
    async ({ route }) => {
      const request = requestOf(route, own);
      const { path: name = "" } = fieldsOf(route).find(({ place }) => place === "query") ?? {};
      const answer = await ask(await someone(route), route, { ...request, path: `${request.path.split("?")[0]}?${name}=1&${name}=1` });
      expect(answer.error).toMatchObject({ statusCode: 400, code: "VALIDATION_ERROR" });
      expect(faultsOf(answer)).toEqual({ [name]: "Is there twice" });
    },
  );

  const objects = withBody.flatMap((named) => objectsOf(named.route).map((where) => ({ ...named, where })));
  test.each(objects)('a field of $name, in "$where" of its body', async ({ route, where }) => {
    const path = where === "" ? "nobodyKnowsThis" : `${where}.nobodyKnowsThis`;
    const request = requestOf(route, own);
    putAt(request.body as object, path, 1);
    const answer = await ask(await someone(route), route, request);
    expect(answer.error).toMatchObject({ statusCode: 400, code: "VALIDATION_ERROR" });
    expect(faultsOf(answer)).toHaveProperty([path], "Unknown field");
  });
});

describe("a text beyond all measure", () => {
  const tooLong = "x".repeat(LIMITS.MAX_STRING_LENGTH + 1);
  const texts = all.flatMap((named) =>
    fieldsOf(named.route)
      .filter(({ type }) => type === "string")
      .map(({ place, path }) => ({ ...named, place, path })),
  );
  const isPaging = ({ place, path }: (typeof texts)[number]) => place === "query" && (path === "limit" || path === "offset");
  const answerOf = async ({ route, ...slot }: (typeof texts)[number]) =>
    await ask(await someone(route), route, requestOf(route, own, slot, tooLong));

  test.each(texts.filter((text) => !isPaging(text)))("is refused: $name $place.$path", async (text) => {
    const { error } = await answerOf(text);
    expect(error).toMatchObject({ statusCode: 400, code: "VALIDATION_ERROR" });
    expect(JSON.stringify(error.details)).toContain(`"path":"${text.path}"`);
    expect(JSON.stringify(error.details)).not.toContain(tooLong);
  });

  test.each(texts.filter(isPaging))("is no number, and becomes the default: $name $path", async (text) => {
    expect((await answerOf(text)).json).toMatchObject({ page: { limit: LIMITS.DEFAULT_PAGE_SIZE, offset: 0 } });
  });
});

describe("a body", () => {
  const wrong = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "application/xml"];
  test.each(withContent)("of another type is refused: $name", async ({ route }) => {
    for (const type of wrong) {
      const { error } = await ask(await someone(route), route, { ...requestOf(route, own), type });
      expect({ type, ...error }).toMatchObject({ type, statusCode: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
    }
  });

  test.each(withContent)("announced as too large is refused before a byte of it has come: $name", async ({ route }) => {
    const length = (route.acceptsFile?.maxBytes ?? route.maxBodyBytes ?? bodyBytesMax) + 1;
    const { path, type = "" } = requestOf(route, own);
    const { cookie = "" } = await someone(route);
    const headers = { "content-type": type, "content-length": String(length), cookie };
    const answer = await rawRequest(server.baseUrl, { method: route.method, path: `/api/v1${path}`, headers, announcedOnly: true });
    expect(errorOf(answer.text)).toMatchObject({ statusCode: 413, code: "BODY_TOO_LARGE" });
  });

  test.each(withBody)("that grows too large is stopped while it is read: $name", async ({ route }) => {
    const pieces = ['{"note":"', ...Array.from({ length: 17 }, () => "x".repeat(64 * 1_024)), '"}'].map((text) => Buffer.from(text));
    const answer = await fetch(`${server.baseUrl}/api/v1${requestOf(route, own).path}`, {
      method: route.method,
      headers: { "content-type": "application/json", cookie: (await someone(route)).cookie ?? "" },
      body: ReadableStream.from(pieces),
      duplex: "half",
    });
    expect(errorOf(await answer.text())).toMatchObject({ statusCode: 413, code: "BODY_TOO_LARGE" });
  });
});

test("and by all of that nothing of the other company was changed", async () => {
  expect(await rowsOfTenant(server, server.tenants.globex.id)).toEqual(before);
});
