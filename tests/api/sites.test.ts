import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AuditEventList, Me } from "#contract/identity.ts";
import { Location, LocationList, Site, SiteList } from "#contract/sites.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse, type Warehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let admin: TestClient;
let supervisor: TestClient;
let warehouse: Warehouse;
beforeAll(async () => {
  server = await startTestServer("sites");
  [admin, supervisor] = await Promise.all([server.as("Admin"), server.as("Supervisor")]);
  warehouse = await createWarehouse(server);
});
afterAll(() => server.close());

let made = 0;
const place = async (parentId: string | null = null, more: object = {}): Promise<Location> => {
  made += 1;
  const answer = await supervisor.post(`/sites/${server.tenants.acme.sites.main.id}/locations`, {
    code: `NEW-${made}`,
    type: "STORAGE",
    parentId,
    ...more,
  });
  expect(answer.status).toBe(201);
  return answer.read(Location);
};
const move = (id: string, version: number, parentId: string | null) => supervisor.patch(`/locations/${id}`, { version, parentId });

describe("sites", () => {
  test("are opened by an Admin, who sees them at once", async () => {
    const answer = await admin.post("/sites", { code: "north", name: "North", timeZone: "Europe/Oslo" });
    expect(answer.status).toBe(201);
    const site = answer.read(Site);
    expect(site).toMatchObject({ code: "NORTH", name: "North", address: null, timeZone: "Europe/Oslo", active: true, version: 1 });
    expect((await admin.get(`/sites/${site.id}`)).read(Site)).toEqual(site);
    expect((await admin.get("/auth/me")).read(Me).sites.map(({ code }) => code)).toContain("NORTH");
    expect((await supervisor.get("/sites")).read(SiteList).items.map(({ code }) => code)).toEqual(["MAIN"]);
    expect((await admin.post("/sites", { code: "NORTH", name: "Again" })).error).toMatchObject({
      code: "UNIQUE_CONSTRAINT_VIOLATION",
      message: "A record with this code already exists",
    });
  });

  test.each<[object, Record<string, string>]>([
    [{ code: "X" }, { name: "Invalid input: expected string, received undefined" }],
    [{ code: "X", name: "x", timeZone: "Mars/Olympus" }, { timeZone: "Must be an IANA time zone, such as Europe/Vienna" }],
    [{ code: "X", name: "x", id: "1" }, { id: "Unknown field" }],
  ])("%j is refused where it is wrong", async (body, faults) => {
    expect(faultsOf(await admin.post("/sites", body))).toEqual(faults);
  });

  test("are changed from the state that was seen", async () => {
    const { id } = (await admin.post("/sites", { code: "EAST", name: "East" })).read(Site);
    expect(faultsOf(await admin.patch(`/sites/${id}`, { name: "Far east" }))).toHaveProperty("version");
    expect((await admin.patch(`/sites/${id}`, { version: 1, name: "Far east" })).read(Site)).toMatchObject({
      name: "Far east",
      version: 2,
    });
    const trail = (await admin.get(`/audit-events?entityType=site&entityId=${id}`)).read(AuditEventList).items;
    expect(trail).toMatchObject([
      { action: "site.updated", before: { name: "East" }, after: { name: "Far east" } },
      { action: "site.created" },
    ]);
    expect((await admin.patch(`/sites/${id}`, { version: 1, name: "Late" })).error.code).toBe("STALE_VERSION");
    expect((await admin.patch(`/sites/${id}`, { name: "Late" }, { "if-match": '"1-x"' })).error.code).toBe("PRECONDITION_FAILED");
  });

  test("are closed only when every location is, and then take no new one", async () => {
    const { id } = (await admin.post("/sites", { code: "WEST", name: "West" })).read(Site);
    const bin = (await admin.post(`/sites/${id}/locations`, { code: "A", type: "STORAGE" })).read(Location);
    expect((await admin.patch(`/sites/${id}`, { version: 1, active: false })).error).toMatchObject({ statusCode: 409, code: "IN_USE" });
    await admin.patch(`/locations/${bin.id}`, { version: 1, active: false });
    expect((await admin.patch(`/sites/${id}`, { version: 1, active: false })).read(Site).active).toBe(false);
    expect((await admin.post(`/sites/${id}/locations`, { code: "B", type: "STORAGE" })).error).toMatchObject({
      statusCode: 409,
      code: "INVALID_STATE",
    });
    expect((await admin.patch(`/locations/${bin.id}`, { version: 2, active: true })).error.code).toBe("INVALID_STATE");
    expect((await admin.get("/sites?active=false")).read(SiteList).items.map(({ code }) => code)).toEqual(["WEST"]);
  });

  test("are found by code and name", async () => {
    const codes = async (search: string) => (await admin.get(`/sites?search=${search}`)).read(SiteList).items.map(({ code }) => code);
    expect(await codes("mai")).toEqual(["MAIN"]);
    expect(await codes("OF ACME")).toEqual(["MAIN", "SECOND"]);
  });
});

describe("locations", () => {
  test("stand in a tree, with all that is known of them", async () => {
    const zone = await place(null, { name: "Cold zone" });
    const bin = await place(zone.id, { type: "PICKING", barcode: "LOC-77", pickSequence: 7, capacity: 12.5 });
    expect(bin).toMatchObject({
      parentId: zone.id,
      siteId: server.tenants.acme.sites.main.id,
      type: "PICKING",
      barcode: "LOC-77",
      pickSequence: 7,
      capacity: 12.5,
      active: true,
      version: 1,
    });
    expect((await supervisor.get(`/locations/${bin.id}`)).read(Location)).toEqual(bin);
    expect((await supervisor.get(`/locations?parentId=${zone.id}`)).read(LocationList).items).toEqual([bin]);
  });

  test.each<[object, Record<string, string>]>([
    [
      { code: "X" },
      {
        type: 'Invalid option: expected one of "RECEIVING"|"STORAGE"|"PICKING"|"STAGING"|"PRODUCTION"|"QUALITY"|"SHIPPING"|"RETURNS"|"TRANSIT"',
      },
    ],
    [{ code: "X", type: "STORAGE", capacity: 0 }, { capacity: "Must be greater than 0" }],
    [{ code: "X", type: "STORAGE", pickSequence: 1.5 }, { pickSequence: "Invalid input: expected int, received number" }],
    [{ code: "X", type: "STORAGE", siteId: crypto.randomUUID() }, { siteId: "Unknown field" }],
    [{ code: "X", type: "STORAGE", parentId: "no-id" }, { parentId: "Invalid UUID" }],
  ])("%j is refused where it is wrong", async (body, faults) => {
    expect(faultsOf(await supervisor.post(`/sites/${server.tenants.acme.sites.main.id}/locations`, body))).toEqual(faults);
  });

  test("have a code once in their site, and a barcode once in the company", async () => {
    const { main, second } = server.tenants.acme.sites;
    expect((await admin.post(`/sites/${main.id}/locations`, { code: "a-01", type: "STORAGE" })).error).toMatchObject({
      statusCode: 409,
      message: "A record with this code already exists",
    });
    await admin.post(`/sites/${main.id}/locations`, { code: "ONLY-MAIN", type: "STORAGE", barcode: "BAR" });
    expect((await admin.post(`/sites/${second.id}/locations`, { code: "ONLY-MAIN", type: "STORAGE" })).status).toBe(201);
    expect((await admin.post(`/sites/${second.id}/locations`, { code: "BARRED", type: "STORAGE", barcode: "BAR" })).error.message).toBe(
      "A record with this barcode already exists",
    );
  });

  test("have a parent in their own site", async () => {
    const { main, second } = server.tenants.acme.sites;
    const body = { code: "ELSEWHERE", type: "STORAGE", parentId: second.locations["A-01"] };
    expect(faultsOf(await admin.post(`/sites/${main.id}/locations`, body))).toEqual({ parentId: "Must be in the same site" });
    expect(faultsOf(await admin.patch(`/locations/${main.locations["B-01"]}`, { version: 1, parentId: second.locations["A-01"] }))).toEqual(
      { parentId: "Must be in the same site" },
    );
  });

  test("do not come to stand in themselves", async () => {
    const zone = await place();
    const aisle = await place(zone.id);
    const bin = await place(aisle.id);
    expect((await move(zone.id, 1, bin.id)).error).toMatchObject({
      statusCode: 409,
      code: "LOCATION_LOOP",
      details: { path: [bin.code, aisle.code, zone.code] },
    });
    expect((await move(zone.id, 1, zone.id)).error.code).toBe("LOCATION_LOOP");
    expect((await move(bin.id, 1, zone.id)).read(Location)).toMatchObject({ parentId: zone.id, version: 2 });
    expect((await move(bin.id, 2, null)).read(Location).parentId).toBeNull();
  });

  test("moved into each other at the same moment make no loop", async () => {
    for (let round = 0; round < 5; round++) {
      const [one, other] = [await place(), await place()];
      const answers = await Promise.all([move(one.id, 1, other.id), move(other.id, 1, one.id)]);
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
      expect(answers.find(({ status }) => status === 409)?.error.code).toBe("LOCATION_LOOP");
    }
  });

  test("with stock or open places in them are not closed", async () => {
    const zone = await place();
    const bin = await place(zone.id);
    const item = await warehouse.item();
    const event = (type: string, side: string) =>
      warehouse.post("/inventory/events", { type, itemId: item.id, quantity: 1, [side]: bin.id });
    expect((await event("RECEIVE", "toLocationId")).status).toBe(201);
    const close = (location: Location, version = 1) => supervisor.patch(`/locations/${location.id}`, { version, active: false });
    expect((await close(zone)).error).toMatchObject({ statusCode: 409, code: "IN_USE", details: { location: bin.code } });
    expect((await close(bin)).error).toMatchObject({ statusCode: 409, code: "IN_USE" });
    expect((await event("SHIP", "fromLocationId")).status).toBe(201);
    expect((await close(bin)).status).toBe(200);
    expect((await close(zone)).status).toBe(200);
    expect((await supervisor.patch(`/locations/${bin.id}`, { version: 2, active: true })).error).toMatchObject({
      code: "INVALID_STATE",
      message: `${zone.code} is closed`,
    });
  });

  test("closed while goods come in are either empty or refused", async () => {
    const item = await warehouse.item();
    for (let round = 0; round < 5; round++) {
      const bin = await place();
      const [received, closed] = await Promise.all([
        warehouse.post("/inventory/events", { type: "RECEIVE", itemId: item.id, quantity: 1, toLocationId: bin.id }),
        supervisor.patch(`/locations/${bin.id}`, { version: 1, active: false }),
      ]);
      expect([received.status === 201, closed.status === 200].filter(Boolean)).toHaveLength(1);
    }
  });

  test("are listed by site, type and text, in the order asked for", async () => {
    const { main } = server.tenants.acme.sites;
    const codes = async (query: string, path = "/locations") =>
      (await supervisor.get(`${path}?${query}`)).read(LocationList).items.map(({ code }) => code);
    expect(await codes("type=QUALITY")).toEqual(["Q-01"]);
    expect(await codes("search=a-0")).toEqual(["A-01", "A-02"]);
    expect(await codes("search=a-0&sort=-code", `/sites/${main.id}/locations`)).toEqual(["A-02", "A-01"]);
    expect((await codes("sort=pickSequence&limit=1"))[0]).toMatch(/^NEW-/);
    expect(faultsOf(await supervisor.get(`/sites/${main.id}/locations?siteId=${main.id}`))).toEqual({ siteId: "Unknown field" });
  });

  test("are changed from the state that was seen", async () => {
    const { id } = await place();
    expect((await supervisor.patch(`/locations/${id}`, { version: 1, name: "Named", pickSequence: 3 })).read(Location)).toMatchObject({
      name: "Named",
      pickSequence: 3,
      version: 2,
    });
    expect((await supervisor.patch(`/locations/${id}`, { version: 1, name: "Late" })).error.code).toBe("STALE_VERSION");
    expect(faultsOf(await supervisor.patch(`/locations/${id}`, { name: "Blind" }))).toHaveProperty("version");
  });
});
