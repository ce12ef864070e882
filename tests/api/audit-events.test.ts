import { afterAll, beforeAll, expect, test } from "vitest";
import { type AuditEvent, AuditEventList } from "#contract/identity.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";
import { createWarehouse } from "#tests/support/warehouse.ts";

let server: TestServer;
let admin: TestClient;
let all: AuditEvent[];
let itemId: string;

const read = async (filter: string, client = admin) => (await client.get(`/audit-events?${filter}`)).read(AuditEventList);
const found = async (filter: string) => (await read(filter)).items;

beforeAll(async () => {
  server = await startTestServer("audit events");
  admin = await server.as("Admin");
  const [byAdmin, bySupervisor] = [await createWarehouse(server), await createWarehouse(server, { role: "Supervisor" })];
  const elsewhere = await createWarehouse(server, { tenant: "globex" });
  for (const warehouse of [byAdmin, bySupervisor, elsewhere]) {
    const { id } = await warehouse.item();
    await warehouse.patch(`/inventory/items/${id}`, { version: 1, name: "Renamed" });
    await warehouse.post("/purchasing/suppliers", { code: "S", name: "Supplier" });
    if (warehouse === bySupervisor) itemId = id;
  }
  all = await found("");
});
afterAll(() => server.close());

test("is there of one's own company only, the newest first", () => {
  expect(all.map(({ action }) => action)).toEqual(["item.updated", "item.created", "supplier.created", "item.updated", "item.created"]);
  expect(all.map(({ recordedAt }) => recordedAt)).toEqual(
    all
      .map(({ recordedAt }) => recordedAt)
      .toSorted()
      .toReversed(),
  );
});

const filters: [string, () => [filter: string, wanted: (event: AuditEvent) => boolean]][] = [
  ["person", () => [`userId=${server.tenants.acme.users.Supervisor.id}`, ({ userName }) => userName === "Supervisor"]],
  ["kind of thing", () => ["entityType=item", ({ entityType }) => entityType === "item"]],
  ["thing", () => [`entityId=${itemId}`, ({ entityId }) => entityId === itemId]],
  ["action", () => ["action=item.created", ({ action }) => action === "item.created"]],
  ["the time it began", () => [`from=${all[1]?.recordedAt}`, ({ recordedAt }) => recordedAt >= (all[1]?.recordedAt ?? "")]],
  ["the time before which it ended", () => [`to=${all[1]?.recordedAt}`, ({ recordedAt }) => recordedAt < (all[1]?.recordedAt ?? "")]],
  [
    "several of them",
    () => [
      `action=item.created&entityType=item&userId=${server.tenants.acme.users.Admin.id}`,
      ({ action, userName }) => action === "item.created" && userName === "Admin",
    ],
  ],
];
test.each(filters)("is found by %s", async (_, make) => {
  const [filter, wanted] = make();
  const expected = all.filter(wanted);
  expect(await found(filter)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(all.length);
});

test("of another company nothing is found, whoever is named", async () => {
  const { users } = server.tenants.globex;
  expect(await found(`userId=${users.Admin.id}`)).toEqual([]);
});

test("is read page by page, with none left out or told twice", async () => {
  const pages: AuditEvent[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { items, page }: Awaited<ReturnType<typeof read>> = await read(`limit=2${cursor && `&cursor=${cursor}`}`);
    pages.push(...items);
    cursor = page.nextCursor;
  }
  expect(pages).toEqual(all);
});

test("a span that ends before it begins is refused", async () => {
  const answer = await admin.get("/audit-events?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z");
  expect(faultsOf(answer)).toEqual({ to: "Must not be before from" });
});
