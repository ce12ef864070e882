import { afterAll, beforeAll, expect, test } from "vitest";
import { Supplier, SupplierList } from "#contract/purchasing.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";
import { faultsOf, type TestClient } from "#tests/support/test-client.ts";

let server: TestServer;
let supervisor: TestClient;
beforeAll(async () => {
  server = await startTestServer("suppliers");
  supervisor = await server.as("Supervisor");
});
afterAll(() => server.close());

const create = async (body: object) => (await supervisor.post("/purchasing/suppliers", body)).read(Supplier);

test("a supplier comes back as it was made", async () => {
  const supplier = await create({ code: "acme-parts", name: "Acme Parts", email: "Sales@Parts.example", phone: "+43 1 555" });
  expect(supplier).toMatchObject({
    code: "ACME-PARTS",
    email: "sales@parts.example",
    phone: "+43 1 555",
    website: null,
    active: true,
    version: 1,
  });
  expect((await supervisor.get(`/purchasing/suppliers/${supplier.id}`)).read(Supplier)).toEqual(supplier);
});

test("a code is there once", async () => {
  await create({ code: "ONCE", name: "One" });
  const answer = await supervisor.post("/purchasing/suppliers", { code: "once", name: "Two" });
  expect(answer.error).toMatchObject({
    statusCode: 409,
    code: "UNIQUE_CONSTRAINT_VIOLATION",
    message: "A record with this code already exists",
  });
});

test("what is wrong is told by field", async () => {
  const answer = await supervisor.post("/purchasing/suppliers", { code: "", email: "nowhere", rating: 5 });
  expect(answer.status).toBe(400);
  expect(Object.keys(faultsOf(answer)).toSorted()).toEqual(["code", "email", "name", "rating"]);
});

test("a change is made from the state that was seen", async () => {
  const { id } = await create({ code: "CHANGED", name: "Before", email: "a@b.example" });
  const path = `/purchasing/suppliers/${id}`;
  expect(faultsOf(await supervisor.patch(path, { name: "Blind" }))).toHaveProperty("version");
  expect((await supervisor.patch(path, { version: 1, name: "After", email: null })).read(Supplier)).toMatchObject({
    name: "After",
    email: null,
    version: 2,
  });
  expect((await supervisor.patch(path, { version: 1, name: "Late" })).error.code).toBe("STALE_VERSION");
  expect((await supervisor.patch(path, { name: "Late" }, { "if-match": '"1-abc"' })).error.code).toBe("PRECONDITION_FAILED");
});

test("suppliers are found by code and name; those out of use apart", async () => {
  const { id } = await create({ code: "ZED-1", name: "Zebra & Söhne" });
  await create({ code: "ZED-2", name: "Other" });
  const codes = async (query: string) =>
    (await supervisor.get(`/purchasing/suppliers?${query}`)).read(SupplierList).items.map(({ code }) => code);
  expect(await codes("search=zed-")).toEqual(["ZED-1", "ZED-2"]);
  expect(await codes(`search=${encodeURIComponent("SÖHNE")}`)).toEqual(["ZED-1"]);
  expect(await codes("search=zed&sort=-name")).toEqual(["ZED-1", "ZED-2"]);
  await supervisor.patch(`/purchasing/suppliers/${id}`, { version: 1, active: false });
  expect(await codes("active=false")).toEqual(["ZED-1"]);
  expect(await codes("active=true&search=zed")).toEqual(["ZED-2"]);
});
