import { afterAll, beforeAll, expect, test } from "vitest";
import { withImportConnection } from "#features/data-exchange/import-connection.ts";
import { startTestServer, type TestServer } from "#tests/support/test-app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer("import commit");
});
afterAll(() => server.close());

const suppliers = async () => (await server.sql<{ code: string }>("SELECT code FROM supplier ORDER BY code")).map(({ code }) => code);
const withConnection = (work: Parameters<typeof withImportConnection>[2]) =>
  withImportConnection(server.appUrl, server.tenants.acme.id, work);
const insert = "INSERT INTO supplier (code, name) VALUES ($1, 'Supplier')";

test("what work says is right is saved, what it says is not leaves nothing", async () => {
  await withConnection(async ({ tx }) => Boolean(await tx.sql(insert, ["SAVED"])));
  await withConnection(async ({ tx }) => {
    await tx.sql(insert, ["LEFT-OUT"]);
    return false;
  });
  expect(await suppliers()).toEqual(["SAVED"]);
});

test("a failed statement that nobody looked at is not told as saved", async () => {
  const importing = withConnection(async ({ tx }) => {
    await tx.sql(insert, ["LOST"]);
    await tx.sql("SELECT 1 / 0", []).catch(() => undefined);
    return true;
  });
  await expect(importing).rejects.toThrow("rolled back instead of saved");
  expect(await suppliers()).toEqual(["SAVED"]);
});
