import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "#contract/identity.ts";
import { type LiveTopic, siteTopics } from "#contract/live.ts";
import { createTasks } from "#server/tasks.ts";
import { type OpenStream, openStream } from "#tests/support/live-stream.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
/** A second process on the same database. */
let other: TestServer;
let warehouse: Warehouse;
const opened: OpenStream[] = [];

beforeAll(async () => {
  server = await startTestServer("live");
  other = await startTestServer("live, second process", { beside: server });
  warehouse = await createWarehouse(server);
  // The first who watch hear of everything once a process has begun to listen.
  for (const each of [server, other]) {
    const first = await openStream(await each.as("Admin"));
    await first.hears("stock");
    await first.leave();
  }
});
afterAll(async () => {
  await Promise.all(opened.map((stream) => stream.leave()));
  await Promise.all([server.close(), other.close()]);
});

const watchAs = async (client: TestClient, headers?: Record<string, string>): Promise<OpenStream> => {
  const stream = await openStream(client, headers);
  opened.push(stream);
  if (stream.status === 200) expect((await stream.next())?.name).toBe("ready");
  return stream;
};
const watch = async (role: Role, { on = server, tenant = "acme" as const }: { on?: TestServer; tenant?: "acme" | "globex" } = {}) =>
  await watchAs(await on.as(role, tenant));
/** Of a person of their own, to be shut out. */
let people = 0;
const newPerson = async (siteIds: readonly string[], on = server) => {
  people += 1;
  const person = await server.addUser("acme", { email: `watcher-${people}@acme.test`, name: "Watcher", role: "Operator", siteIds });
  return { person, client: await on.newSession("acme", person.id) };
};
const receiveAt = async (locationId: string, headers?: Record<string, string>) => {
  const item = await warehouse.item();
  return async (query = "") =>
    await warehouse.post(`/inventory/events${query}`, { type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: locationId }, headers);
};
/** Something that everyone in the company hears of: what was told before it was told before. */
const mark = async (client: Pick<TestClient, "post"> = warehouse) => {
  const made = await client.post("/inventory/units", {
    code: `U${crypto.randomUUID().slice(0, 6)}`.toUpperCase(),
    name: "Mark",
    whole: true,
  });
  expect(made.status).toBe(201);
};

describe("the stream", () => {
  test("is of server-sent events, kept by nobody on the way", async () => {
    const { headers } = await watch("Viewer");
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(headers.get("cache-control")).toContain("no-store");
    expect(headers.get("x-accel-buffering")).toBe("no");
  });

  test("is for who is signed in", async () => {
    const answer = await server.anonymous.get("/live");
    expect([answer.status, answer.error.code]).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("is not opened by HEAD, and forgotten when its client leaves", async () => {
    const before = server.services.live.count();
    const { cookie = "" } = await server.as("Viewer");
    expect((await fetch(`${server.baseUrl}/api/v1/live`, { method: "HEAD", headers: { cookie } })).status).toBe(200);
    await expect.poll(server.services.live.count).toBe(before);
    const stream = await watch("Viewer");
    expect(server.services.live.count()).toBe(before + 1);
    await stream.leave();
    await expect.poll(server.services.live.count).toBe(before);
  });

  test("is refused to a person who has twenty open, until one is closed", async () => {
    const { client } = await newPerson([]);
    const streams = await Promise.all(Array.from({ length: 20 }, () => watchAs(client)));
    const refused = await client.get("/live");
    expect([refused.status, refused.error.code, refused.headers.get("retry-after")]).toEqual([429, "TOO_MANY_STREAMS", "30"]);
    await streams[0]?.leave();
    await expect.poll(async () => (await watchAs(client)).status).toBe(200);
  });
});

describe("what is told", () => {
  test("that stock changed, to who watches at this process and at another", async () => {
    const watching = [await watch("Operator"), await watch("Operator", { on: other })];
    expect((await (await receiveAt(warehouse.locationId("A-01")))()).status).toBe(201);
    for (const stream of watching) await stream.hears("stock");
  });

  test("nothing of what another company does", async () => {
    const stream = await watch("Admin", { tenant: "globex" });
    await (
      await receiveAt(warehouse.locationId("A-01"))
    )();
    await mark(await server.as("Admin", "globex"));
    expect(await stream.topicsUntil("unit")).toEqual(["unit"]);
  });

  test("of a count that the clock plans, where it is planned", async () => {
    const { id: tenantId, sites } = server.tenants.acme;
    await warehouse.stock({ at: "A-01", onHand: 1, more: { abcClass: "A" } });
    await server.sql("UPDATE tenant SET settings = settings || $2 WHERE id = $1", [tenantId, JSON.stringify({ countEveryDaysA: 30 })]);
    const elsewhere = await watchAs((await newPerson([sites.second.id])).client);
    const here = await watch("Operator");
    await createTasks(server.services)["plan-counts"]?.({ tenantId }, undefined);
    await mark();
    expect(await here.topicsUntil("unit")).toContain("cycle-count");
    expect(await elsewhere.topicsUntil("unit")).not.toContain("cycle-count");
  });

  test("nothing of stock and documents in sites that are not one's own", async () => {
    const receive = await receiveAt(server.tenants.acme.sites.second.locations["A-01"]);
    const [own, all] = [await watch("Operator"), await watch("Admin")];
    await receive();
    const count = { name: "Elsewhere", siteId: server.tenants.acme.sites.second.id, type: "LOCATION" };
    const planned = await warehouse.post("/cycle-counts", {
      ...count,
      locationIds: [server.tenants.acme.sites.second.locations["A-01"]],
    });
    expect(planned.status).toBe(201);
    await mark();
    expect(await all.topicsUntil("unit")).toEqual(expect.arrayContaining(["stock", "cycle-count"]));
    expect((await own.topicsUntil("unit")).filter((topic) => (siteTopics as readonly LiveTopic[]).includes(topic))).toEqual([]);
  });

  test("nothing of dry runs, refusals and repeated answers", async () => {
    const receive = await receiveAt(warehouse.locationId("A-01"), { "idempotency-key": crypto.randomUUID() });
    const first = await receive();
    const stream = await watch("Admin");
    await mark();
    await stream.hears("unit");
    expect((await receive("?dryRun=true")).status).toBe(200);
    expect((await receive()).headers.get("idempotency-replayed")).toBe("true");
    expect(first.status).toBe(201);
    const missing = { type: "SHIP", itemId: crypto.randomUUID(), quantity: 1, fromLocationId: warehouse.locationId("A-01") };
    expect((await warehouse.post("/inventory/events", missing)).status).toBe(404);
    await mark();
    expect(await stream.topicsUntil("unit")).toEqual(["unit"]);
  });

  test("of people and sessions to Admins only", async () => {
    const [admin, supervisor] = [await watch("Admin"), await watch("Supervisor")];
    await newPerson([]);
    await mark();
    expect(await admin.topicsUntil("unit")).toContain("user");
    expect(await supervisor.topicsUntil("unit")).not.toContain("user");
  });

  test("everything, once the line to the database was lost and stands again; and then what comes", async () => {
    const stream = await watch("Admin");
    await server.services.database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '% live'",
    );
    expect(await stream.topicsUntil("stock")).toEqual(expect.arrayContaining(["purchase-order", "settings", "user"]));
    await (
      await receiveAt(warehouse.locationId("A-01"))
    )();
    await stream.hears("stock");
  });

  test("not in the transaction that changes, whose commit would wait for all others that tell", async () => {
    const receive = await receiveAt(warehouse.locationId("A-01"));
    const statements = await server.statements(() => receive());
    expect(statements.filter((text) => /notify/i.test(text))).toEqual([]);
    expect(statements.length).toBeGreaterThan(3);
  });
});

describe("a session that is over ends the stream, at every process", () => {
  const main = () => server.tenants.acme.sites.main.id;
  test.each<[string, (who: Awaited<ReturnType<typeof newPerson>>) => Promise<unknown>]>([
    ["signed out", ({ client }) => client.post("/auth/logout")],
    ["signed out by an Admin", ({ person }) => warehouse.delete(`/users/${person.id}/sessions`)],
    ["out of use", ({ person }) => warehouse.patch(`/users/${person.id}`, { version: person.version, active: false })],
    ["of another role now", ({ person }) => warehouse.patch(`/users/${person.id}`, { version: person.version, role: "Viewer" })],
  ])("%s", async (_, shutOut) => {
    const who = await newPerson([main()]);
    const streams = [await watchAs(who.client), await watchAs(await other.newSession("acme", who.person.id))];
    const mine = await openStream(new TestClient(other.baseUrl, who.client.cookie));
    opened.push(mine);
    await mine.next();
    await shutOut(who);
    expect(await streams[0]?.toItsEnd()).toContain("ended");
    expect(await mine.toItsEnd()).toContain("ended");
  });

  test("run out, though somebody watched all the time", async () => {
    const { person, client } = await newPerson([main()]);
    const stream = await watchAs(client);
    await server.sql("UPDATE session SET last_seen_at = now() - interval '1 day' WHERE user_id = $1", [person.id]);
    // What was looked up at the sign-in is believed for 5 s.
    await new Promise((done) => setTimeout(done, 5_500));
    await mark();
    expect(await stream.toItsEnd()).toEqual(["ended"]);
  }, 20_000);

  test("but other rights do not: what they show is told from then on", async () => {
    const { second } = server.tenants.acme.sites;
    const { person, client } = await newPerson([main()]);
    const stream = await watchAs(client);
    const answer = await warehouse.put(`/users/${person.id}/site-access`, { version: person.version, siteIds: [main(), second.id] });
    expect(answer.status).toBe(200);
    await stream.hears("stock");
    await (
      await receiveAt(second.locations["A-01"])
    )();
    await stream.hears("stock");
  });
});

test("at the end of its process a stream ends at once, and no new one begins", async () => {
  const third = await startTestServer("live, third process", { beside: server });
  const stream = await openStream(await third.as("Viewer"));
  const closed = third.close();
  expect(await stream.toItsEnd()).not.toContain("ended");
  await closed;
  expect(() => third.services.live.open({ tenantId: "", userId: "", role: "Viewer", siteIds: [] }, Buffer.alloc(32))).toThrow("busy");
});
